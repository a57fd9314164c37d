"""The join of terms: associative, commutative, idempotent, and never looser than either side.

Filters AND; columns, tables, periods and purposes intersect; limits min, groups max; duties, prohibitions and
prices add up; two different masks on one value give NULL (both stay in the tuple).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from golconda.agreement.period import shortest
from golconda.agreement.terms import Duties, TableClauses, Terms
from golconda.agreement.terms_file import sorted_masks, strictest, tightest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from golconda.agreement.terms import MaskClause, Price


T = TypeVar("T")
Ordered = TypeVar("Ordered", str, "Price")


class Purposes(Protocol):
    """What joining must know of the purpose list."""

    def common(self, first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
        """Return the broadest purposes that both cover, sorted."""
        ...


def join(first: Terms, second: Terms, *, purposes: Purposes) -> Terms:
    """Return the loosest terms that are as strict as both."""
    return Terms(
        purposes=_where_both(first.purposes, second.purposes, purposes.common),
        shared=join_clauses(first.shared, second.shared),
        tables=_where_both(first.tables, second.tables, _common_tables),
        limits=tightest((*first.limits, *second.limits)),
        period=shortest((*first.period, *second.period)),
        starts=max((time for time in (first.starts, second.starts) if time), default=None),
        ends=min((time for time in (first.ends, second.ends) if time), default=None),
        duties=_duties(first.duties, second.duties),
        prohibit=_union(first.prohibit, second.prohibit),
        prices=_union(first.prices, second.prices),
    )


def join_clauses(first: TableClauses, second: TableClauses) -> TableClauses:
    """Return the loosest clauses on one table that are as strict as both."""
    return TableClauses(
        columns=_where_both(first.columns, second.columns, _common_columns),
        where=_union(first.where, second.where),
        masks=_masks((*first.masks, *second.masks)),
        aggregate=strictest((*first.aggregate, *second.aggregate)),
    )


def _where_both(first: T | None, second: T | None, meet: Callable[[T, T], T]) -> T | None:
    """Return what meets in both; None restricts nothing."""
    if first is None or second is None:
        return second if first is None else first
    return meet(first, second)


def _common_tables(
    first: tuple[tuple[str, TableClauses], ...], second: tuple[tuple[str, TableClauses], ...]
) -> tuple[tuple[str, TableClauses], ...]:
    others = dict(second)
    return tuple((name, join_clauses(clauses, others[name])) for name, clauses in first if name in others)


def _common_columns(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Intersect without regard to case; of two spellings the lesser stays, so that order does not matter."""
    others = {name.casefold(): name for name in second}
    return tuple(sorted(min(name, others[name.casefold()]) for name in first if name.casefold() in others))


def _masks(
    masked: Iterable[tuple[str, tuple[MaskClause, ...]]],
) -> tuple[tuple[str, tuple[MaskClause, ...]], ...]:
    spelled: dict[str, str] = {}
    clauses: dict[str, tuple[MaskClause, ...]] = {}
    for name, masks in masked:
        key = name.casefold()
        spelled[key] = min(name, spelled.get(key, name))
        clauses[key] = sorted_masks((*clauses.get(key, ()), *masks))
    return tuple(sorted(((spelled[key], masks) for key, masks in clauses.items()), key=lambda pair: pair[0]))


def _duties(first: Duties, second: Duties) -> Duties:
    return Duties(
        attribute=_union(first.attribute, second.attribute),
        delete_after=shortest((*first.delete_after, *second.delete_after)),
        inform=_union(first.inform, second.inform),
        compensate=_union(first.compensate, second.compensate),
    )


def _union(first: tuple[Ordered, ...], second: tuple[Ordered, ...]) -> tuple[Ordered, ...]:
    return tuple(sorted(set(first) | set(second)))
