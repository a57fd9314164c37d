"""The types of sums and products of numbers, and which of them cannot overflow. Pure: types in, types out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.engine import sql_types as t
from golconda.engine.sql_types import Family, SqlType

if TYPE_CHECKING:
    from collections.abc import Callable


def total_result(
    left: SqlType, right: SqlType, decimals: Callable[[SqlType, SqlType], SqlType | None]
) -> SqlType | None:
    """Return the type of a sum or product that cannot overflow: doubles become infinite, some decimals fit."""
    families = {left.family, right.family}
    if not families <= t.NUMERIC:
        return None
    if Family.DOUBLE in families:
        return t.DOUBLE
    return decimals(_as_decimal(left), _as_decimal(right)) if Family.DECIMAL in families else None


def _as_decimal(type_: SqlType) -> SqlType:
    return type_ if type_.family is Family.DECIMAL else SqlType(Family.DECIMAL, t.digits_before(type_), 0)


def added(left: SqlType, right: SqlType) -> SqlType | None:
    scale = max(left.scale, right.scale)
    width = max(t.digits_before(left), t.digits_before(right)) + scale + 1
    return SqlType(Family.DECIMAL, width, scale) if width <= _room(left, right) else None


def multiplied(left: SqlType, right: SqlType) -> SqlType | None:
    width = left.precision + right.precision
    scale = left.scale + right.scale
    return SqlType(Family.DECIMAL, width, scale) if width <= _room(left, right) else None


def _room(left: SqlType, right: SqlType) -> int:
    # DuckDB keeps 64 bits where both sides have them, and checks for overflow instead of widening.
    return 18 if max(left.precision, right.precision) <= 18 else t.WIDEST


def multiplied_type(left: SqlType, right: SqlType) -> SqlType:
    if Family.DECIMAL in (left.family, right.family) and {left.family, right.family} <= t.NUMERIC:
        pair = _as_decimal(left), _as_decimal(right)
        width = min(pair[0].precision + pair[1].precision, _room(*pair))
        return SqlType(Family.DECIMAL, width, pair[0].scale + pair[1].scale)
    return t.common([left, right]) or t.UNKNOWN


def moved(left: SqlType, right: SqlType, *, subtracts: bool) -> SqlType:
    """Return the type of a sum that can fail: of times and intervals, or of numbers that may overflow."""
    families = (left.family, right.family)
    if families == (Family.DATE, Family.INTERVAL):
        return t.TIMESTAMP
    if families == (Family.DATE, Family.INTEGER):
        return t.DATE
    if subtracts and families == (Family.DATE, Family.DATE):
        return t.INTEGER
    if Family.INTERVAL in families and left.family in (Family.TIMESTAMP, Family.TIMESTAMPTZ):
        return left
    return t.common([left, right]) or t.UNKNOWN
