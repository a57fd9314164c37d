"""What names mean at a place in a query: the sources in sight, their columns, and the scopes around."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from golconda.engine.sql_types import UNKNOWN, SqlType
from golconda.gate.binding.refusals import construct
from golconda.gate.dialect import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlglot import exp

    from golconda.gate.leaf.view import VisibleColumn
    from golconda.gate.protected import ProtectedTable


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a source or of a query's result."""

    name: str
    type: SqlType = UNKNOWN
    column: VisibleColumn | None = None  # of a stored table, whatever the query calls it


@dataclass(slots=True, eq=False)
class Source:
    """Something in FROM. `table` only for a stored table, which `node` names.

    `nullable`: an outer join may replace its rows by NULLs, so conditions may not move into it. `home`: the scope it
    was brought into. `counted`: its leaf must show the unit that groups are counted by. `sampled`: it shows a few
    stretches of its rows, and which.
    """

    alias: str
    fields: tuple[Field, ...]
    node: exp.Expr
    table: ProtectedTable | None = None
    columns: tuple[VisibleColumn, ...] = ()
    parts: tuple[str, ...] = ()  # of its name as written, for references that repeat them
    nullable: bool = False
    home: Scope | None = None
    counted: bool = False
    sampled: bool = False

    def find(self, name: str) -> Field | None:
        """Return the field of that name, without regard to case."""
        key = folded(name)
        return next((one for one in self.fields if folded(one.name) == key), None)

    def names_unit(self, field: Field) -> bool:
        """Say whether a field of this table names a person or thing: a key, a unit, an identifier by the contract."""
        if self.table is None or field.column is None:
            return False
        table = self.table
        return field.column.name in (table.identifiers | table.unique | {table.obligations.unit})


class Use(NamedTuple):
    """A column as a query uses it: of which source, and whether from a scope further out."""

    source: Source
    field: Field
    is_outer: bool


@dataclass(slots=True, eq=False)
class Scope:
    """One select's names. `aliases`: of its projections so far. `merged`: columns that USING made one."""

    outer: Scope | None
    ctes: Mapping[str, tuple[Field, ...]]
    sources: list[Source] = field(default_factory=list)
    aliases: dict[str, SqlType] = field(default_factory=dict)
    merged: dict[str, SqlType] = field(default_factory=dict)

    def chain(self) -> Iterator[Scope]:
        """Yield this scope and those around it, from the inside out."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def named(self, alias: str) -> list[Source]:
        """Return the sources of that alias, without regard to case."""
        key = folded(alias)
        return [source for source in self.sources if folded(source.alias) == key]

    def holding(self, name: str) -> list[Source]:
        """Return the sources that have a column of that name."""
        return [source for source in self.sources if source.find(name) is not None]


def renamed(fields: tuple[Field, ...], alias: exp.Expr | None) -> tuple[Field, ...]:
    """Return the fields under the names a column list gives the first of them."""
    names = [column.name for column in (alias.args.get("columns") or ())] if alias is not None else []
    if len(names) > len(fields):
        raise construct("more column names than columns", hint="Give as many names as there are columns.")
    named = [Field(name, field.type, field.column) for name, field in zip(names, fields, strict=False)]
    return (*named, *fields[len(named) :])
