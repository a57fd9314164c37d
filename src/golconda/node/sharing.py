"""What is shared with whom: each agreement's tables as its protected views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.gate.decide import decide
from golconda.gate.leaf.view import visible_columns
from golconda.gate.library import Kept, Library
from golconda.kernel.errors import AccessRefused, GolcondaError
from golconda.kernel.logical_types import Column
from golconda.metastore import agreements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.gate.protected import ProtectedTable
    from golconda.gate.standing import Covenant, Standing
    from golconda.kernel.names import TableName
    from golconda.metastore.identity import Principal
    from golconda.node.node import Node
    from golconda.node.session import Session


@dataclass(frozen=True, slots=True)
class SharedTable:
    """A table as one agreement shares it; `refused` says why its rows are not given out as files."""

    agreement: str
    name: TableName
    version: int
    columns: tuple[Column, ...]
    refused: AccessRefused | None = None


class Shares:
    """What is shared; versions and terms are read once, since they never change."""

    def __init__(self) -> None:
        self._kept = Kept()

    def tables(self, session: Session) -> tuple[SharedTable, ...]:
        """List the tables of every agreement in force that the session's token opens, by name."""
        node, principal = session.node, session.known()
        node.policies.demand(principal, "query", principal.organisation)
        now = node.clock.now()
        with node.metastore.read() as connection:
            standings = [
                _standing(Library(connection, self._kept), covenant)
                for covenant in _covenants(connection, self._kept, principal, session.scopes, now)
            ]
        shared = [table for standing in standings if standing for table in _tables(node, standing, now)]
        return tuple(sorted(shared, key=lambda table: (table.name, table.agreement)))


def _covenants(
    connection: Connection, kept: Kept, principal: Principal, scopes: Sequence[str], now: datetime
) -> tuple[Covenant, ...]:
    active = agreements.in_force(connection, principal.organisation, None, None, now)
    opened = [each.id for each in active if "*" in scopes or f"share:{each.id}" in scopes]
    return Library(connection, kept).named(principal.organisation, opened)


def _standing(library: Library, covenant: Covenant) -> Standing | None:
    edition = library.newest(covenant.product, covenant.major)
    return None if edition is None else library.stand(edition, covenant)


def _tables(node: Node, standing: Standing, now: datetime) -> Iterator[SharedTable]:
    """Yield the tables of one agreement; one that cannot be decided shares nothing."""
    try:
        permit = decide(
            (standing,),
            asked_purpose=None,
            purposes=node.purposes,
            policies=node.policies.hash,
            now=now,
            path=str,
        )
    except GolcondaError:
        return
    for table in permit.tables.values():
        yield _shared(standing, table, permit.agreements[0])


def _shared(standing: Standing, table: ProtectedTable, agreement: str) -> SharedTable:
    if table.obligations.min_group is not None:
        return SharedTable(agreement, table.name, standing.edition.number, (), _aggregates_only(table, agreement))
    columns = tuple(Column(column.name, column.type) for column in visible_columns(table))
    return SharedTable(agreement, table.name, standing.edition.number, columns)


def _aggregates_only(table: ProtectedTable, agreement: str) -> AccessRefused:
    return AccessRefused(
        "share-aggregate-only",
        f"Agreement {agreement} gives {table.name} only as aggregates over at least "
        f"{table.obligations.min_group} (clause aggregate), so its rows are not shared as files.",
        hint="Query it with golconda query, or ask the owner for other terms.",
        clause="aggregate",
        agreement=agreement,
    )
