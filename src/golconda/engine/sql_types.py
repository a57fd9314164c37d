"""The types an expression may have inside the engine, as far as they decide whether something can fail."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from golconda.kernel.logical_types import Kind, LogicalType


class Family(StrEnum):
    """Types between which a comparison casts nothing."""

    BOOLEAN = "boolean"
    INTEGER = "integer"  # up to 64 bits
    HUGE = "huge"
    DECIMAL = "decimal"
    DOUBLE = "double"
    TEXT = "text"
    BLOB = "blob"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    TIME = "time"
    INTERVAL = "interval"
    LIST = "list"
    NULL = "null"  # the bare NULL, which casts to anything
    UNKNOWN = "unknown"


class SqlType(NamedTuple):
    """A family, with precision and scale for decimals."""

    family: Family
    precision: int = 0
    scale: int = 0


BOOLEAN = SqlType(Family.BOOLEAN)
INTEGER = SqlType(Family.INTEGER)
HUGE = SqlType(Family.HUGE)
DOUBLE = SqlType(Family.DOUBLE)
TEXT = SqlType(Family.TEXT)
DATE = SqlType(Family.DATE)
TIMESTAMP = SqlType(Family.TIMESTAMP)
TIMESTAMPTZ = SqlType(Family.TIMESTAMPTZ)
INTERVAL = SqlType(Family.INTERVAL)
LIST = SqlType(Family.LIST)
NULL = SqlType(Family.NULL)
UNKNOWN = SqlType(Family.UNKNOWN)

NUMERIC = frozenset({Family.INTEGER, Family.HUGE, Family.DECIMAL, Family.DOUBLE})
WIDEST = 38  # digits of a decimal
BIGINT_DIGITS = 19

_OF_KIND = {
    Kind.BOOLEAN: Family.BOOLEAN,
    Kind.BIGINT: Family.INTEGER,
    Kind.DOUBLE: Family.DOUBLE,
    Kind.DECIMAL: Family.DECIMAL,
    Kind.VARCHAR: Family.TEXT,
    Kind.DATE: Family.DATE,
    Kind.TIMESTAMP: Family.TIMESTAMP,
    Kind.TIMESTAMPTZ: Family.TIMESTAMPTZ,
    Kind.BLOB: Family.BLOB,
}


def of(logical: LogicalType) -> SqlType:
    """Return the engine's view of a logical type."""
    return SqlType(_OF_KIND[logical.kind], logical.precision or 0, logical.scale or 0)


def common(types: list[SqlType]) -> SqlType | None:
    """Return the type values of these types are brought to where no value can fail to be cast, else None.

    DuckDB widens: whole numbers to huge to decimal to double, dates to timestamps. A decimal needs room for the
    digits before the point of the one and behind the point of the other.
    """
    found = NULL
    for type_ in types:
        joined = _pair(found, type_)
        if joined is None:
            return None
        found = joined
    return found


def _pair(left: SqlType, right: SqlType) -> SqlType | None:
    if Family.UNKNOWN in (left.family, right.family):
        return None
    if left.family is Family.NULL or left == right:
        return right
    if right.family is Family.NULL:
        return left
    if left.family in NUMERIC and right.family in NUMERIC:
        return _numbers(left, right)
    return None


def _numbers(left: SqlType, right: SqlType) -> SqlType | None:
    families = {left.family, right.family}
    if Family.DOUBLE in families:
        return DOUBLE
    if Family.DECIMAL not in families:
        return HUGE if Family.HUGE in families else INTEGER
    if Family.HUGE in families:
        return None
    before = max(digits_before(left), digits_before(right))
    scale = max(left.scale, right.scale)
    return SqlType(Family.DECIMAL, before + scale, scale) if before + scale <= WIDEST else None


def digits_before(type_: SqlType) -> int:
    """Return how many digits may stand before the point."""
    return type_.precision - type_.scale if type_.family is Family.DECIMAL else type_.precision or BIGINT_DIGITS
