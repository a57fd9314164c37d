"""The columns of V: what a reader sees of a table, with the types his masks leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.kernel import plugin
from golconda.kernel.errors import AccessRefused

if TYPE_CHECKING:
    from golconda.agreement.terms import MaskClause
    from golconda.gate.protected import ProtectedTable
    from golconda.kernel.logical_types import Column, LogicalType
    from golconda.kernel.ports import Mask


@dataclass(frozen=True, slots=True)
class VisibleColumn:
    """A column of V: the stored one behind it, its own type, and how it is masked if it is."""

    stored: Column
    type: LogicalType
    mask: Mask | None = None
    clause: MaskClause | None = None

    @property
    def name(self) -> str:
        """Return the column's name, the same in V as stored."""
        return self.stored.name


def visible_columns(table: ProtectedTable) -> tuple[VisibleColumn, ...]:
    """Return V's columns in contract order; raise where a clause cannot be applied: it is never skipped."""
    stored = {column.name: column for column in table.columns}
    masks = dict(table.obligations.masks)
    for name in (*table.obligations.columns, *masks):
        if name not in stored:
            raise _unusable(table, name)
    return tuple(_visible(stored[name], masks.get(name, ())) for name in table.obligations.columns)


def _visible(column: Column, clauses: tuple[MaskClause, ...]) -> VisibleColumn:
    different = tuple(dict.fromkeys(clauses))
    if not different:
        return VisibleColumn(column, column.type)
    if len(different) > 1:  # two masks on one value: nothing is left that both allow
        hide: Mask = plugin.load("mask", "hide")
        return VisibleColumn(column, column.type, hide, type(different[0])("hide"))
    clause = different[0]
    mask: Mask = plugin.load("mask", clause.mask)
    return VisibleColumn(column, mask.accept(dict(clause.parameters), column.type), mask, clause)


def _unusable(table: ProtectedTable, name: str) -> AccessRefused:
    return AccessRefused(
        "agreement-unusable",
        f"The agreement names the column {name!r} of {table.name}, which this version lacks.",
        hint="Ask the owner for an agreement on the present version.",
    )
