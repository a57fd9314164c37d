"""Columns of a typed source as logical types, by name and cast; what has no logical type is refused by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Column, Kind, LogicalType
from golconda.kernel.names import column_name, repeated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KINDS = {
    "BOOLEAN": Kind.BOOLEAN,
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), Kind.BIGINT
    ),
    **dict.fromkeys(("FLOAT", "DOUBLE"), Kind.DOUBLE),
    **dict.fromkeys(("VARCHAR", "UUID", "JSON", '"NULL"', "NULL"), Kind.VARCHAR),
    "DATE": Kind.DATE,
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), Kind.TIMESTAMP),
    "TIMESTAMP WITH TIME ZONE": Kind.TIMESTAMPTZ,
    "BLOB": Kind.BLOB,
}
# What a contract may ask of a source of another type, since every value stays what it was.
_WIDENINGS = {
    (Kind.BIGINT, Kind.DECIMAL),
    (Kind.DECIMAL, Kind.DECIMAL),
    (Kind.BIGINT, Kind.DOUBLE),
    (Kind.DATE, Kind.TIMESTAMP),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A column of the source, the column it becomes, and whether it has to be cast."""

    source: str
    column: Column
    is_cast: bool

    @property
    def expression(self) -> exp.Expression:
        """Return the source's value as that column."""
        value: exp.Expression = exp.column(self.source, quoted=True)
        if self.is_cast:
            value = exp.Cast(this=value, to=exp.DataType.build(str(self.column.type), dialect="duckdb"))
        return exp.alias_(value, self.column.name, quoted=True)


def stored(
    described: Sequence[tuple[str, str]], known: Mapping[str, LogicalType], *, subject: str
) -> tuple[Stored, ...]:
    """Return how each column (name, DuckDB type) is kept; `known` are the contract's types."""
    names = [column_name(name) for name, _ in described]
    if twice := repeated(names):
        raise InvalidInput(
            "column-duplicate",
            f"{subject} has more than one column called {', '.join(twice)}.",
            hint="Names must differ in more than their case: rename the columns.",
        )
    return tuple(_stored(name, type_, known) for name, type_ in described)


def _stored(source: str, duckdb_type: str, known: Mapping[str, LogicalType]) -> Stored:
    name = column_name(source)
    own = logical(duckdb_type, column=name)
    asked = known.get(name, own)
    type_ = asked if (own.kind, asked.kind) in _WIDENINGS else own
    return Stored(source, Column(name, type_), is_cast=str(type_) != duckdb_type and not _same(type_, duckdb_type))


def _same(type_: LogicalType, duckdb_type: str) -> bool:
    return type_.kind is Kind.TIMESTAMPTZ and duckdb_type == "TIMESTAMP WITH TIME ZONE"


def logical(duckdb_type: str, *, column: str) -> LogicalType:
    """Return the logical type that keeps every value of a DuckDB type, or raise ``type-unsupported``."""
    if decimal := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", duckdb_type):
        return LogicalType(Kind.DECIMAL, int(decimal[1]), int(decimal[2]))
    if duckdb_type == "UBIGINT":
        return LogicalType(Kind.DECIMAL, 20, 0)
    if duckdb_type in ("HUGEINT", "UHUGEINT"):
        return LogicalType(Kind.DECIMAL, 38, 0)
    if re.fullmatch(r"ENUM\(.*\)", duckdb_type, re.DOTALL):
        return LogicalType(Kind.VARCHAR)
    if duckdb_type in _KINDS:
        return LogicalType(_KINDS[duckdb_type])
    raise InvalidInput(
        "type-unsupported",
        f"Column {column!r} has the type {duckdb_type.partition('(')[0]}, which not every engine reads alike.",
        hint="Cast it to text, a whole number, a decimal, a double, a date or a timestamp before publishing.",
    )
