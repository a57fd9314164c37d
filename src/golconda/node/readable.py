"""Which tables a reader may query: those of his agreements in force, and of his own organisation's products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.gate.decide import decide
from golconda.gate.leaf.view import visible_columns
from golconda.gate.library import Kept, Library
from golconda.kernel.errors import GolcondaError
from golconda.kernel.logical_types import Column
from golconda.metastore import agreements, catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.gate.protected import ProtectedTable
    from golconda.gate.standing import Standing
    from golconda.kernel.names import TableName
    from golconda.metastore.identity import Principal
    from golconda.node.node import Node
    from golconda.node.session import Session


@dataclass(frozen=True, slots=True)
class ReadableTable:
    """A table as its protected view shows it; `key`: the columns of its primary key, where all of them are shown."""

    name: TableName
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()


def tables(session: Session, *, named: Sequence[str] = ()) -> tuple[ReadableTable, ...]:
    """List tables by name; under several agreements a table has the columns of all, the first one's first.

    `named`: the only agreements that count. Raise ``agreement-unknown``.
    """
    node, principal = session.node, session.known()
    node.policies.demand(principal, "query", principal.organisation)
    now = node.clock.now()
    with node.metastore.read() as connection:
        standings = list(_standings(node, connection, principal, named, now))
    found: dict[TableName, ReadableTable] = {}
    for table in (table for standing in standings for table in _tables(node, standing, now)):
        found[table.name] = _both(found[table.name], table) if table.name in found else table
    return tuple(found[name] for name in sorted(found))


def _standings(
    node: Node, connection: Connection, principal: Principal, named: Sequence[str], now: datetime
) -> Iterator[Standing]:
    library, own = Library(connection, Kept()), principal.organisation
    active = [each.id for each in agreements.in_force(connection, own, None, None, now)]
    library.named(own, named)
    for covenant in library.named(own, [each for each in active if each in named or not named]):
        edition = library.newest(covenant.product, covenant.major)
        if edition is not None:
            yield library.stand(edition, covenant)
    if named or not node.policies.allows(principal, "read-own", own):
        return
    for product in catalog.products(connection):
        edition = library.current(str(product.name)) if product.name.organisation == own else None
        if edition is not None:
            yield library.stand(edition, None)


def _tables(node: Node, standing: Standing, now: datetime) -> Iterator[ReadableTable]:
    """Yield the tables of one agreement; one that cannot be decided, or applied, shows nothing."""
    try:
        permit = decide(
            (standing,), asked_purpose=None, purposes=node.purposes, policies=node.policies.hash, now=now, path=str
        )
        found = [_readable(table, standing) for table in permit.tables.values()]
    except GolcondaError:
        return
    yield from found


def _readable(table: ProtectedTable, standing: Standing) -> ReadableTable:
    columns = tuple(
        Column(column.name, column.type, column.stored.nullable or column.mask is not None)
        for column in visible_columns(table)
    )
    expected = standing.edition.expectations.get(table.name.table)
    key = expected.primary_key if expected else ()
    return ReadableTable(table.name, columns, key if set(key) <= {column.name for column in columns} else ())


def _both(one: ReadableTable, other: ReadableTable) -> ReadableTable:
    known = {column.name for column in one.columns}
    more = tuple(column for column in other.columns if column.name not in known)
    return ReadableTable(one.name, one.columns + more, one.key or other.key)
