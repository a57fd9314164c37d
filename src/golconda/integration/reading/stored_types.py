"""Columns of a typed source as logical types; what has no logical type is refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Column, Kind, LogicalType
from golconda.kernel.names import column_name, repeated

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = {
    "BOOLEAN": Kind.BOOLEAN,
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), Kind.BIGINT),
    **dict.fromkeys(("FLOAT", "DOUBLE"), Kind.DOUBLE),
    **dict.fromkeys(("VARCHAR", "UUID", "JSON", '"NULL"', "NULL"), Kind.VARCHAR),
    "DATE": Kind.DATE,
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), Kind.TIMESTAMP),
    **dict.fromkeys(("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"), Kind.TIMESTAMPTZ),
    "BLOB": Kind.BLOB,
}
# The contract's columns in order, and the type it names, if any; empty where there is no contract yet.
Known = Mapping[str, LogicalType | None]


@dataclass(frozen=True, slots=True)
class Stored:
    """A column of the source, the column it becomes, and whether it has to be cast."""

    source: str
    column: Column
    is_cast: bool
    is_finer: bool = False  # nanoseconds, of which the lake keeps whole microseconds alone

    @property
    def expression(self) -> exp.Expr:
        """Return the source's value as that column."""
        value: exp.Expr = exp.column(self.source, quoted=True)
        if self.is_cast:
            value = exp.Cast(this=value, to=exp.DataType.build(str(self.column.type), dialect="duckdb"))
        return exp.alias_(value, self.column.name, quoted=True)

    @property
    def loss(self) -> exp.CountIf:
        """Return the number of values that the cast would cut."""
        value = exp.column(self.source, quoted=True)
        nanoseconds = exp.Anonymous(this="epoch_ns", expressions=[value])
        part = exp.Mod(this=nanoseconds, expression=exp.Literal.number(1000))
        return exp.CountIf(this=exp.NEQ(this=part, expression=exp.Literal.number(0)))


def stored(described: Sequence[tuple[str, str]], known: Known, *, subject: str) -> tuple[Stored, ...]:
    """Return how each column (name, DuckDB type) is kept, in the contract's order if there is one."""
    names = [column_name(name) for name, _ in described]
    refuse_repeated(names, subject=subject)
    order = ordered(names, known, subject=subject)
    kept = [_stored(source, type_) for source, type_ in described]
    return tuple(sorted(kept, key=lambda one: order.index(one.column.name)))


def refuse_repeated(names: Sequence[str], *, subject: str) -> None:
    """Raise ``column-duplicate`` where two columns have one name, case aside."""
    if twice := repeated(names):
        raise InvalidInput(
            "column-duplicate",
            f"{subject} has more than one column called {', '.join(twice)}.",
            hint="Names must differ in more than their case: rename the columns.",
        )


def ordered(names: Sequence[str], known: Known, *, subject: str) -> tuple[str, ...]:
    """Return the columns in the contract's order, or raise ``contract-broken`` where they are others."""
    if not known:
        return tuple(names)
    absent = [name for name in known if name not in names]
    extra = [name for name in names if name not in known]
    if absent:
        raise broken(f"{subject} has no column {absent[0]!r}, which the contract promises")
    if extra:
        raise broken(f"{subject} has a column {extra[0]!r}, which the contract does not know")
    return tuple(known)


def broken(what: str) -> InvalidInput:
    """Return the error that the source does not keep the contract."""
    return InvalidInput(
        "contract-broken",
        f"{what}.",
        hint="Correct the source or the contract; without a contract file the next publish drafts a new one.",
    )


def _stored(source: str, duckdb_type: str) -> Stored:
    name = column_name(source)
    kept = logical(duckdb_type, column=name)
    is_finer = duckdb_type.endswith("_NS")
    return Stored(source, Column(name, kept), is_cast=duckdb_type != _duckdb(kept), is_finer=is_finer)


def _duckdb(type_: LogicalType) -> str:
    return "TIMESTAMP WITH TIME ZONE" if type_.kind is Kind.TIMESTAMPTZ else str(type_)


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
        f"Column {column!r} has the type {_bare(duckdb_type)}, which not every engine reads alike.",
        hint="Cast it to text, a whole number, a decimal, a double, a date or a timestamp before publishing.",
    )


def _bare(duckdb_type: str) -> str:
    return "LIST" if duckdb_type.endswith("]") else duckdb_type.partition("(")[0]
