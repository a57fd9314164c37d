"""What a derived product inherits: the join of its sources' terms, which binds every reading of it, its owner's too.

Filters on constants, masks and columns are in the derived rows already, as its owner read them; they are taken over
anew with each version. What depends on who reads or when is carried on. A smallest group is met by each row, which is
made of so many; where somebody groups again, it is the least he may ask for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from golconda.agreement import terms_file
from golconda.agreement.join import Purposes, join
from golconda.agreement.terms import Aggregate, TableClauses, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Heritage:
    """`agreements`: every one it leans on, its sources' own included. `min_group`: what its rows are made of.

    `readable`: whether readers of its organisation may read it, which is so where each source was read under an
    agreement: then they might read as much there.
    """

    terms: Terms
    min_group: int | None = None
    agreements: tuple[str, ...] = ()
    readable: bool = False

    def bind(self, terms: Terms | None, purposes: Purposes) -> Terms:
        """Return terms on the derived product, made as strict as its sources'; None = the owner's own reading."""
        if terms is None:
            return self.terms
        return _grouped(join(terms, self.terms, purposes=purposes), self.min_group)

    def document(self) -> dict[str, Any]:
        """Return terms and groups as JSON; agreements stand beside them."""
        return {"terms": terms_file.write(self.terms), "min_group": self.min_group, "readable": self.readable}

    @classmethod
    def read(cls, document: Mapping[str, Any], agreements: Iterable[str]) -> Heritage:
        """Read what `document` gave."""
        terms = terms_file.from_document(document["terms"])
        return cls(terms, document["min_group"], tuple(agreements), document["readable"])


@dataclass(frozen=True, slots=True)
class Source:
    """A product that was read: its terms as they bound the reading (None = one's own, unbound), and for how long.

    `where`: conditions that are carried on, in the derived product's columns.
    """

    terms: Terms | None
    purpose: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    where: tuple[str, ...] = ()
    heritage: Heritage | None = None


def inherit(sources: Iterable[Source], *, agreements: Iterable[str], purposes: Purposes) -> Heritage:
    """Return the loosest heritage that is as strict as all sources."""
    sources = tuple(sources)
    terms = Terms()
    for source in sources:
        terms = join(terms, _carried(source), purposes=purposes)
    return Heritage(
        terms,
        max((size for source in sources for size in _groups(source)), default=None),
        tuple(sorted(set(agreements))),
        readable=bool(sources) and all(source.terms is not None for source in sources),
    )


def _carried(source: Source) -> Terms:
    """Return what of a source's terms goes on to what is made of it."""
    if source.terms is None:
        return Terms()
    times = {"starts": (source.starts, source.terms.starts), "ends": (source.ends, source.terms.ends)}
    return Terms(
        purposes=(source.purpose,) if source.purpose is not None else source.terms.purposes,
        shared=TableClauses(where=tuple(sorted(source.where))),
        limits=source.terms.limits,
        starts=max((time for time in times["starts"] if time), default=None),
        ends=min((time for time in times["ends"] if time), default=None),
        duties=source.terms.duties,
        prohibit=source.terms.prohibit,
        prices=source.terms.prices,
    )


def _groups(source: Source) -> tuple[int, ...]:
    inherited = (source.heritage.min_group,) if source.heritage else ()
    clauses = (source.terms.shared, *source.terms.table_clauses.values()) if source.terms else ()
    own = (group.min_group for each in clauses for group in each.aggregate)
    return tuple(size for size in (*own, *inherited) if size is not None)


def _grouped(terms: Terms, least: int | None) -> Terms:
    if least is None:
        return terms
    tables = terms.tables and tuple((name, _raised(clauses, least)) for name, clauses in terms.tables)
    return replace(terms, shared=_raised(terms.shared, least), tables=tables)


def _raised(clauses: TableClauses, least: int) -> TableClauses:
    groups = tuple(Aggregate(max(group.min_group, least), group.unit) for group in clauses.aggregate)
    return replace(clauses, aggregate=groups)
