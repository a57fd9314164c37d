"""From terms to obligations: what an agreement demands of the bytes of one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.agreement import predicate
from golconda.agreement.join import join_clauses
from golconda.agreement.obligations import TableObligations
from golconda.agreement.terms import TableClauses
from golconda.kernel.errors import InvalidInput, near, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from golconda.agreement.terms import MaskClause, Terms
    from golconda.kernel.logical_types import Column


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a table is not shared, in words."""

    reason: str


def obligations(
    terms: Terms,
    table: str,
    columns: Sequence[Column],
    *,
    unit: str | None,
    agreement_id: str,
    assignee: str,
) -> TableObligations | None:
    """Return what the terms demand of a table, None if they do not share it.

    `unit` is the contract's privacy unit of the table, None if it names none. Raise ``terms-unknown-column``
    if a clause written for this very table names a column it lacks: terms are never half applied.
    """
    found = share(terms, table, columns, unit=unit)
    if isinstance(found, Withheld):
        return None
    visible, clauses, size, counted = found
    masks = _visible_masks(clauses, visible)
    return TableObligations(
        columns=visible,
        where=clauses.where,
        masks=masks,
        min_group=size,
        unit=counted,
        key_scope=f"organisation:{assignee}" if _is_for_organisation(masks) else f"agreement:{agreement_id}",
    )


def share(
    terms: Terms, table: str, columns: Sequence[Column], *, unit: str | None
) -> tuple[tuple[str, ...], TableClauses, int | None, str | None] | Withheld:
    """Return the visible columns, joined clauses, smallest group and its unit, or why it is withheld."""
    if terms.tables is not None and table not in terms.table_clauses:
        return Withheld("the clause tables does not name it")
    own = terms.table_clauses.get(table, TableClauses())
    stored = {column.name.casefold(): column.name for column in columns}
    _refuse_unknown(own, table, stored)
    if lacking := _lacking(terms.shared, stored):
        return Withheld(f"it lacks {', '.join(lacking)}, which a clause for all tables needs")
    clauses = join_clauses(terms.shared, own)
    visible = _visible(clauses, columns)
    if not visible:
        return Withheld("none of its columns is shared")
    return _grouped(visible, clauses, stored, unit)


def _grouped(
    visible: tuple[str, ...], clauses: TableClauses, stored: Mapping[str, str], unit: str | None
) -> tuple[tuple[str, ...], TableClauses, int | None, str | None] | Withheld:
    """Resolve the units: a row is the weakest, as a unit has at least one; two others have no order."""
    named = {stored[group.unit.casefold()] if group.unit else unit for group in clauses.aggregate} - {None}
    if len(named) > 1:
        return Withheld(f"its groups would count two units at once, {' and '.join(sorted(map(str, named)))}")
    size = max((group.min_group for group in clauses.aggregate), default=None)
    return visible, clauses, size, next(iter(named), None)


def _visible(clauses: TableClauses, columns: Sequence[Column]) -> tuple[str, ...]:
    if clauses.columns is None:
        return tuple(column.name for column in columns)
    named = {name.casefold() for name in clauses.columns}
    return tuple(column.name for column in columns if column.name.casefold() in named)


def _visible_masks(clauses: TableClauses, visible: Iterable[str]) -> tuple[tuple[str, tuple[MaskClause, ...]], ...]:
    masks = {name.casefold(): masks for name, masks in clauses.masks}
    return tuple((name, masks[name.casefold()]) for name in visible if name.casefold() in masks)


def _is_for_organisation(masks: Iterable[tuple[str, tuple[MaskClause, ...]]]) -> bool:
    """Say whether the pseudonyms are the same in all agreements; mixed scopes take the narrower key."""
    keyed = [mask for _, several in masks for mask in several if mask.mask == "pseudonym"]
    return bool(keyed) and all(dict(mask.parameters).get("scope") == "organisation" for mask in keyed)


def needed(clauses: TableClauses) -> tuple[str, ...]:
    """Return the columns without which the clauses cannot be applied: those of filters and units."""
    names = [name for text in clauses.where for name in predicate.columns(text)]
    return tuple(sorted({*names, *(group.unit for group in clauses.aggregate if group.unit)}))


def _lacking(clauses: TableClauses, stored: Mapping[str, str]) -> list[str]:
    return [name for name in needed(clauses) if name.casefold() not in stored]


def _refuse_unknown(own: TableClauses, table: str, stored: Mapping[str, str]) -> None:
    named = (*needed(own), *(own.columns or ()), *(name for name, _ in own.masks))
    for name in named:
        if name.casefold() not in stored:
            raise InvalidInput(
                "terms-unknown-column",
                f"The terms name the column {name!r} for the table {table}, which has none such.",
                hint=f"Name a column of the table: {nearest(name, stored.values())}.",
                column=name,
                table=table,
                near=near(name, stored.values()),
            )
