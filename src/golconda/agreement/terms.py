"""Terms: the clauses of an offer or agreement as values.

What each clause does to the bytes is written in ``docs/reference/terms.md``. A clause at the top holds for every
table that has its columns; a clause under ``tables`` is joined to it, never looser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


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
class TableClauses:
    """Clauses on one table. `columns` None = all; `where` is a canonical predicate text; `masks` by column.

    `masks` holds a tuple of clauses per column: two different masks on one value give NULL.
    `unit` None = the contract's privacy unit, else the row.
    """

    columns: tuple[str, ...] | None = None
    where: tuple[str, ...] = ()
    masks: tuple[tuple[str, tuple[MaskClause, ...]], ...] = ()
    min_group: int | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """At most `most` of `what` (queries, rows, bytes) per window."""

    what: str
    most: int
    per: Window


@dataclass(frozen=True, slots=True)
class Terms:
    """All clauses. `tables` empty = every table under `shared`; else exactly the tables it names.

    `purposes` empty = any purpose. `period` counts from agreement; `starts` and `ends` are absolute.
    `duties` and `price` are JSON objects; `prohibit` a sorted tuple of distribute, derive, combine.
    `key_scope` says whose key pseudonyms use: the agreement's or the reader's organisation's.
    """

    purposes: tuple[str, ...] = ()
    shared: TableClauses = field(default_factory=TableClauses)
    tables: tuple[tuple[str, TableClauses], ...] = ()
    limits: tuple[Limit, ...] = ()
    period: timedelta | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    duties: tuple[tuple[str, Any], ...] = ()  # JSON values
    prohibit: tuple[str, ...] = ()
    price: tuple[tuple[str, Any], ...] = (("plan", "free"),)  # JSON values

    @property
    def table_clauses(self) -> Mapping[str, TableClauses]:
        """Return the clauses of the tables that are named."""
        return dict(self.tables)
