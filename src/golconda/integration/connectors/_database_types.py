"""Columns of a database as Arrow types, and how a driver's values become theirs.

SQLite's declared types are hints: there, what the stored values are decides, and a mixed column is text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.dialects import mysql

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_INSTANT = pa.timestamp("us", tz="UTC")
_LARGEST_DECIMAL = 38
# NUMERIC without a precision holds anything; what does not fit this is refused when it is met.
_OPEN_DECIMAL = pa.decimal128(_LARGEST_DECIMAL, 10)


@dataclass(frozen=True, slots=True)
class Kept:
    """A column, the Arrow type it is kept as, and what makes a driver's value one of that type."""

    name: str
    arrow: pa.DataType
    convert: Callable[[Any], Any]  # a driver's value, never None

    def array(self, values: Iterable[Any], *, subject: str) -> pa.Array:
        """Return the values of one batch, or raise ``value-unfit``."""
        try:
            converted = [None if value is None else self.convert(value) for value in values]
            return pa.array(converted, self.arrow)
        except (pa.ArrowException, ValueError, TypeError, OverflowError, ArithmeticError):
            # The cause quotes the value, so it is left out.
            raise InvalidInput(
                "value-unfit",
                f"Column {self.name!r} of {subject} has a value that is no {self.arrow}.",
                hint="Correct it in the database, or publish a view that casts the column.",
            ) from None


def declared(column: sa.Column[Any]) -> Kept:
    """Return how a column is kept by its declared type, or raise ``type-unsupported``."""
    kind = column.type
    if isinstance(kind, types.Float):
        return Kept(column.name, pa.float64(), float)
    if isinstance(kind, types.Numeric):
        return _numeric(column.name, kind)
    if isinstance(kind, types.DateTime):
        return _moment(column.name, has_zone=bool(kind.timezone) or isinstance(kind, mysql.TIMESTAMP))
    for classes, arrow, convert in _SIMPLE:
        if isinstance(kind, classes):
            is_unsigned = isinstance(kind, types.BigInteger) and getattr(kind, "unsigned", False)
            return Kept(column.name, pa.decimal128(20, 0) if is_unsigned else arrow, convert)
    raise InvalidInput(
        "type-unsupported",
        f"Column {column.name!r} has the type {type(kind).__name__}, which not every engine reads alike.",
        hint="Publish a view that casts it to text, a number, a date or a timestamp.",
    )


def _numeric(name: str, kind: types.Numeric[Any]) -> Kept:
    if kind.precision is None:
        return Kept(name, _OPEN_DECIMAL, Decimal)
    if kind.precision > _LARGEST_DECIMAL:
        return Kept(name, pa.string(), str)
    return Kept(name, pa.decimal128(kind.precision, kind.scale or 0), Decimal)


def _moment(name: str, *, has_zone: bool) -> Kept:
    return Kept(name, _INSTANT if has_zone else pa.timestamp("us"), _same)


def _same(value: Any) -> Any:  # already what Arrow takes
    return value


def _text_alone(value: Any) -> str:  # of a type that SQLAlchemy does not know
    if not isinstance(value, str):
        raise TypeError
    return value


def _json(value: Any) -> str:  # any JSON value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


_BLOBS = (mysql.TINYBLOB, mysql.MEDIUMBLOB, mysql.LONGBLOB)
_SIMPLE: tuple[tuple[tuple[type[Any], ...], pa.DataType, Callable[[Any], Any]], ...] = (
    ((types.Boolean,), pa.bool_(), bool),
    ((types.Integer, mysql.YEAR), pa.int64(), int),
    ((types.Date,), pa.date32(), _same),
    ((types.LargeBinary, types.BINARY, types.VARBINARY, *_BLOBS), pa.binary(), bytes),
    ((types.JSON,), pa.string(), _json),
    ((types.String, types.Uuid), pa.string(), str),
    ((types.NullType,), pa.string(), _text_alone),
)


# ── SQLite ────────────────────────────────────────────────────────────────────────────────────────────────


def observations(columns: Iterable[sa.Column[Any]]) -> list[sa.ColumnElement[Any]]:
    """Return what has to be asked of a SQLite table, in one scan, to know what its columns hold."""
    return [
        sa.func.max(test).label(f"{index}:{name}")
        for index, column in enumerate(columns)
        for name, test in _tests(column).items()
    ]


def _tests(column: sa.Column[Any]) -> dict[str, sa.ColumnElement[Any]]:
    raw = sa.type_coerce(column, types.NullType())
    stored = sa.func.typeof(raw)
    return {
        "text": stored == "text",
        "real": stored == "real",
        "blob": stored == "blob",
        "number": stored == "integer",
        "not_boolean": raw.not_in([0, 1]),
        "not_date": sa.func.date(raw).is_distinct_from(raw),
        "not_moment": sa.func.datetime(raw).is_(None) & raw.is_not(None),
    }


def observed(column: sa.Column[Any], index: int, answer: Mapping[str, Any]) -> Kept:
    """Return how a SQLite column is kept by what its values are and what was declared."""

    def holds(name: str) -> bool:
        return bool(answer[f"{index}:{name}"])

    name, kind = column.name, column.type
    if holds("blob"):
        return Kept(name, pa.binary(), _bytes)
    if holds("text"):
        return _text(name, kind, is_mixed=holds("number") or holds("real"), holds=holds)
    if holds("real"):
        return Kept(name, pa.float64(), float)
    if isinstance(kind, types.Boolean) and not holds("not_boolean"):
        return Kept(name, pa.bool_(), bool)
    if holds("number"):
        return _whole(name, kind)
    return Kept(name, declared(column).arrow, _same)  # no values at all


def _whole(name: str, kind: types.TypeEngine[Any]) -> Kept:
    if isinstance(kind, types.String):
        return Kept(name, pa.string(), str)
    is_real = isinstance(kind, types.Numeric | types.Float)
    return Kept(name, pa.float64(), float) if is_real else Kept(name, pa.int64(), int)


def _text(name: str, kind: types.TypeEngine[Any], *, is_mixed: bool, holds: Callable[[str], bool]) -> Kept:
    if isinstance(kind, types.Date) and not is_mixed and not holds("not_date"):
        return Kept(name, pa.date32(), date.fromisoformat)
    if isinstance(kind, types.DateTime) and not is_mixed and not holds("not_moment"):
        return Kept(name, pa.timestamp("us"), _naive)
    return Kept(name, pa.string(), str)


def _naive(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _bytes(value: Any) -> bytes:  # what SQLite stores
    return value if isinstance(value, bytes) else str(value).encode()
