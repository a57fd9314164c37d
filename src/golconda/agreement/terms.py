"""Terms: the clauses of an offer or agreement as values.

What each clause does to the bytes is written in ``docs/reference/terms.md``. A clause at the top holds for
every table that has its columns; a clause under ``tables`` is joined to it, never looser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from golconda.agreement.period import Duration


class Enforcement(StrEnum):
    """How far the node itself makes a term true."""

    ENFORCED = "enforced"
    MONITORED = "monitored"
    ATTESTED = "attested"


class Window(StrEnum):
    """What a limit counts over; calendar days and months in UTC."""

    DAY = "day"
    MONTH = "month"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, order=True)
class MaskClause:
    """A mask and its parameters, sorted by name."""

    mask: str
    parameters: tuple[tuple[str, Any], ...] = ()  # JSON scalars


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Only aggregates may leave, over at least `min_group` distinct values of `unit`.

    `unit` None = the contract's privacy unit, else the row.
    """

    min_group: int
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class TableClauses:
    """Clauses on one table. `columns` None = all; `where` are canonical predicate texts that must all hold.

    `masks` holds a tuple of clauses per column: two different masks on one value give NULL.
    `aggregate` empty = rows may leave; several hold together, one per unit. All are sorted.
    """

    columns: tuple[str, ...] | None = None
    where: tuple[str, ...] = ()
    masks: tuple[tuple[str, tuple[MaskClause, ...]], ...] = ()
    aggregate: tuple[Aggregate, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """At most `most` of `what` (queries, rows, bytes) per window."""

    what: str
    most: int
    per: Window


@dataclass(frozen=True, slots=True)
class Duties:
    """What the reader's organisation promises; `delete_after` counts from each read, the first to end."""

    attribute: tuple[str, ...] = ()
    delete_after: tuple[Duration, ...] = ()
    inform: tuple[str, ...] = ()
    compensate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Price:
    """A plan and its figures; none at all means free of charge."""

    plan: str
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """All clauses. `tables` None = every table under `shared`; else exactly the tables it names.

    `purposes` None = any purpose. An empty tuple of `purposes` or `tables` is what joining disjoint terms
    gives: it allows nothing. `period` counts from agreement, the first to end counts; `starts` and `ends` are
    absolute. `prohibit`: a sorted tuple of distribute, derive, combine. `prices` empty = free.
    Whose key a pseudonym uses is its own parameter ``scope``.
    """

    purposes: tuple[str, ...] | None = None
    shared: TableClauses = field(default_factory=TableClauses)
    tables: tuple[tuple[str, TableClauses], ...] | None = None
    limits: tuple[Limit, ...] = ()
    period: tuple[Duration, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    duties: Duties = field(default_factory=Duties)
    prohibit: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()

    @property
    def table_clauses(self) -> Mapping[str, TableClauses]:
        """Return the clauses of the tables that are named."""
        return dict(self.tables or ())
