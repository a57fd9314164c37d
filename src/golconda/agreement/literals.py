"""Literals of a `where` clause, checked and written in the type of the column they meet."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Kind

if TYPE_CHECKING:
    from golconda.kernel.logical_types import LogicalType

_BIGINT = range(-(2**63), 2**63)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# No engine keeps more than microseconds, and Python would cut off the rest without a word.
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


def typed(node: exp.Expr, type_: LogicalType) -> exp.Expr:
    """Return the literal as a constant of exactly this type, or raise ``where-refused``."""
    kind = type_.kind
    if kind is Kind.VARCHAR:
        return exp.Literal.string(_string(node, type_))
    if kind is Kind.BOOLEAN and isinstance(node, exp.Boolean):
        return exp.Boolean(this=node.this)
    if type_.is_numeric:
        return _number(node, type_)
    if type_.is_temporal:
        return _moment(node, type_)
    raise _mismatch(node, type_)


def _number(node: exp.Expr, type_: LogicalType) -> exp.Expr:
    value = _decimal(node, type_)
    if type_.kind is Kind.BIGINT:
        return _cast(str(_whole(value, node, type_)), "BIGINT")
    if type_.kind is Kind.DOUBLE:
        return _cast(repr(_double(value, node, type_)), "DOUBLE")
    return _cast(_fixed(value, node, type_), str(type_))


def _whole(value: Decimal, node: exp.Expr, type_: LogicalType) -> int:
    if abs(value.adjusted()) <= 20 and value == int(value) and int(value) in _BIGINT:
        return int(value)
    raise _mismatch(node, type_)


def _double(value: Decimal, node: exp.Expr, type_: LogicalType) -> float:
    if math.isfinite(float(value)):
        return float(value)
    raise _mismatch(node, type_)


def _fixed(value: Decimal, node: exp.Expr, type_: LogicalType) -> str:
    """Return the value with the column's scale, if it is exactly one of the column's possible values."""
    scale, precision = type_.scale or 0, type_.precision or 0
    if abs(value.adjusted()) <= 40 and value == round(value, scale) and value.adjusted() < precision - scale:
        return f"{value:.{scale}f}"
    raise _mismatch(node, type_)


def _decimal(node: exp.Expr, type_: LogicalType) -> Decimal:
    if isinstance(node, exp.Neg):
        return -_decimal(node.this, type_)
    if isinstance(node, exp.Literal) and not node.is_string and len(node.this) <= 60:
        return Decimal(node.this)
    raise _mismatch(node, type_)


def _moment(node: exp.Expr, type_: LogicalType) -> exp.Expr:
    if isinstance(node, exp.CurrentDate):
        return node if type_.kind is Kind.DATE else exp.Cast(this=node, to=exp.DataType.build(str(type_), "duckdb"))
    text = _written(node, type_)
    try:
        return _cast(_date(text) if type_.kind is Kind.DATE else _time(text, type_), type_.kind.value)
    except (ValueError, OverflowError):
        raise _mismatch(node, type_) from None


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text).isoformat()


def _time(text: str, type_: LogicalType) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    time = datetime.fromisoformat(text)
    if type_.kind is Kind.TIMESTAMP:
        if time.tzinfo is not None:
            raise ValueError(text)
        return time.isoformat(sep=" ")
    return (time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)).isoformat(sep=" ")


def _written(node: exp.Expr, type_: LogicalType) -> str:
    """Return the text of a string or of DATE '…': its own type gives way to the column's."""
    if isinstance(node, exp.Cast):
        return str(node.this.this)
    return _string(node, type_)


def _string(node: exp.Expr, type_: LogicalType) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise _mismatch(node, type_)


def _cast(text: str, type_: str) -> exp.Expr:
    return exp.Cast(this=exp.Literal.string(text), to=exp.DataType.build(type_, "duckdb"))


def _mismatch(node: exp.Expr, type_: LogicalType) -> InvalidInput:
    return InvalidInput(
        "where-refused",
        f"The clause where compares a column of type {type_} with {node.sql('duckdb', comments=False)}.",
        hint="Write the value as the column's type has it: 5, 1.50, 'text', DATE '2026-01-31', TRUE.",
    )
