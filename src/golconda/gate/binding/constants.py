"""What can be known of an expression without data: literals that cast, constant days."""

from __future__ import annotations

import re
from datetime import date, datetime

from sqlglot import exp

from golconda.engine.sql_types import Family, SqlType

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d{1,6})?)?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_SHORT = re.compile(r"-?\d{1,9}", re.ASCII)  # what 32 bits hold, too
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,15})?", re.ASCII)
_DAYS = frozenset({"DAY", "DAYS", "WEEK", "WEEKS", "MONTH", "MONTHS", "QUARTER", "QUARTERS", "YEAR", "YEARS"})


def number_type(text: str) -> SqlType:
    """Return the type DuckDB gives a number written so."""
    if "e" in text.lower():
        return SqlType(Family.DOUBLE)
    whole, point, decimals = text.partition(".")
    if point:
        digits = len(whole.lstrip("0")) + len(decimals)
        return SqlType(Family.DECIMAL, max(digits, 1), len(decimals)) if digits <= 38 else SqlType(Family.DOUBLE)
    if not (whole.isascii() and whole.isdigit()):
        return SqlType(Family.UNKNOWN)
    return SqlType(Family.INTEGER, len(whole)) if len(whole) <= 18 else SqlType(Family.HUGE)


def casts(text: str, type_: SqlType) -> bool:
    """Say whether a text is surely a value of a type: DuckDB tries it once, for the plan or for each row."""
    family = type_.family
    if family is Family.DATE:
        return _is_moment(_DATE, text)
    if family in (Family.TIMESTAMP, Family.TIMESTAMPTZ):
        return _is_moment(_TIME, text)
    if family is Family.INTEGER:
        return bool(_SHORT.fullmatch(text))
    if family is Family.DOUBLE:
        return bool(_NUMBER.fullmatch(text))
    if family is Family.DECIMAL:
        whole, _, decimals = text.lstrip("-").partition(".")
        fits = len(whole) <= type_.precision - type_.scale and len(decimals) <= type_.scale
        return bool(_NUMBER.fullmatch(text)) and fits
    return family is Family.TEXT or (family is Family.BOOLEAN and text.lower() in ("true", "false"))


def _is_moment(pattern: re.Pattern[str], text: str) -> bool:
    if not pattern.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def string(node: exp.Expr) -> str | None:
    """Return the text of a string literal, through brackets."""
    inner = node.unnest()
    return str(inner.this) if isinstance(inner, exp.Literal) and inner.is_string else None


def whole(node: exp.Expr) -> int | None:
    """Return the value of a whole number written out, perhaps negated."""
    inner = node.unnest()
    if isinstance(inner, exp.Neg):
        positive = whole(inner.this)
        return None if positive is None else -positive
    if isinstance(inner, exp.Literal) and not inner.is_string and _WHOLE.fullmatch(str(inner.this)):
        return int(str(inner.this))
    return None


def is_midnight(node: exp.Expr) -> bool:
    """Say whether a node is a constant day moved by whole days, DATE '…' - INTERVAL '90' DAY: always a midnight."""
    inner = node.unnest()
    return isinstance(inner, exp.Add | exp.Sub) and is_day(inner.this) and is_days(inner.expression)


def is_day(node: exp.Expr) -> bool:
    """Say whether a node is a constant day that no calendar arithmetic we let pass can lose."""
    inner = node.unnest()
    if isinstance(inner, exp.Cast):
        text = string(inner.this)
        return (
            inner.to.this is exp.DType.DATE
            and text is not None
            and casts(text, SqlType(Family.DATE))
            and (date(1000, 1, 1) <= date.fromisoformat(text) <= date(8000, 1, 1))
        )
    return isinstance(inner, exp.CurrentDate)


def is_days(node: exp.Expr) -> bool:
    """Say whether a node is a constant interval of whole days, small enough for any present date."""
    inner = node.unnest()
    if not isinstance(inner, exp.Interval) or inner.this is None:
        return False
    number = string(inner.this)
    amount = whole(inner.this) if number is None else int(number) if _WHOLE.fullmatch(number) else None
    unit = str(inner.args["unit"].name).upper() if inner.args.get("unit") else ""
    most = 500 if unit.startswith("YEAR") else 2000 if unit.startswith("QUARTER") else 5000
    return amount is not None and unit in _DAYS and abs(amount) <= most


def is_small(node: exp.Expr) -> bool:
    """Say whether a node is a whole number far from overflowing when a few are added."""
    number = whole(node)
    return number is not None and abs(number) < 10**8
