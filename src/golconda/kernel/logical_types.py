"""The closed set of logical types, and their one lossless mapping to and from Arrow and SQL.

What is not listed is refused when data comes in, so that nothing downstream meets a type it does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from golconda.kernel.errors import InvalidInput


class Kind(StrEnum):
    """The kinds of value a column may hold; the string is the SQL name."""

    BOOLEAN = "BOOLEAN"
    BIGINT = "BIGINT"
    DOUBLE = "DOUBLE"
    DECIMAL = "DECIMAL"
    VARCHAR = "VARCHAR"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    TIMESTAMPTZ = "TIMESTAMPTZ"
    BLOB = "BLOB"


@dataclass(frozen=True, slots=True)
class LogicalType:
    """A kind, with precision and scale where it is a decimal.

    >>> str(LogicalType(Kind.DECIMAL, 10, 2))
    'DECIMAL(10,2)'
    """

    kind: Kind
    precision: int | None = None
    scale: int | None = None

    def __str__(self) -> str:
        return f"DECIMAL({self.precision},{self.scale})" if self.kind is Kind.DECIMAL else self.kind.value

    @property
    def is_numeric(self) -> bool:
        """Say whether arithmetic makes sense."""
        return self.kind in {Kind.BIGINT, Kind.DOUBLE, Kind.DECIMAL}

    @property
    def is_temporal(self) -> bool:
        """Say whether the values lie on a calendar."""
        return self.kind in {Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ}

    @property
    def arrow(self) -> pa.DataType:
        """Return the Arrow type that carries it."""
        if self.kind is Kind.DECIMAL:
            return pa.decimal128(self.precision, self.scale)
        return _ARROW[self.kind]

    @classmethod
    def parse(cls, text: str) -> LogicalType:
        """Read the SQL name back."""
        decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", text)
        if decimal:
            return cls(Kind.DECIMAL, int(decimal[1]), int(decimal[2]))
        return cls(Kind(text))


_ARROW = {
    Kind.BOOLEAN: pa.bool_(),
    Kind.BIGINT: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.VARCHAR: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us"),
    Kind.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
    Kind.BLOB: pa.binary(),
}


def from_arrow(arrow: pa.DataType, *, column: str) -> LogicalType:
    """Return the logical type that holds every value of an Arrow type, or raise ``type-unsupported``."""
    found = _simple(arrow)
    if found is not None:
        return found
    raise InvalidInput(
        "type-unsupported",
        f"Column {column!r} has the type {arrow}, which no exchange engine reads alike.",
        hint="Cast it to text, a whole number, a decimal, a double, a date or a timestamp before publishing.",
    )


def _simple(arrow: pa.DataType) -> LogicalType | None:
    checks = (
        (pa.types.is_boolean, Kind.BOOLEAN),
        (lambda t: pa.types.is_integer(t) and t != pa.uint64(), Kind.BIGINT),
        (lambda t: pa.types.is_float32(t) or pa.types.is_float64(t), Kind.DOUBLE),
        (
            lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or t == pa.string_view(),
            Kind.VARCHAR,
        ),
        (pa.types.is_date, Kind.DATE),
        (lambda t: pa.types.is_binary(t) or pa.types.is_large_binary(t), Kind.BLOB),
    )
    if pa.types.is_dictionary(arrow):
        return _simple(arrow.value_type)
    if pa.types.is_decimal(arrow) and arrow.precision <= 38 and 0 <= arrow.scale <= arrow.precision:
        return LogicalType(Kind.DECIMAL, arrow.precision, arrow.scale)
    if arrow == pa.uint64():
        return LogicalType(Kind.DECIMAL, 20, 0)
    if pa.types.is_null(arrow):
        return LogicalType(Kind.VARCHAR)
    if pa.types.is_timestamp(arrow):
        return LogicalType(Kind.TIMESTAMPTZ if arrow.tz else Kind.TIMESTAMP)
    return next((LogicalType(kind) for holds, kind in checks if holds(arrow)), None)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a stored table: the name it came with, its type, and whether it may be missing."""

    name: str
    type: LogicalType
    nullable: bool = True
