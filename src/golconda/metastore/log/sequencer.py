"""Puts the outbox into the tree: dense positions, in the order of the outbox, then a signed checkpoint.

It asks which rows wait, not which have a higher number than the last: on PostgreSQL a lower number may be
committed later. Positions, tree and checkpoint move in one transaction, so a crash leaves nothing half done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from golconda.kernel.clock import stamp
from golconda.kernel.errors import TryAgain
from golconda.metastore import leases, schema
from golconda.metastore.log.note import Checkpoint, Signer, origin_of, parsed, signed
from golconda.metastore.log.reading import newest_checkpoint
from golconda.metastore.log.tree import BLOCK, Frontier

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.kernel.clock import Clock
    from golconda.metastore.database import Metastore

LEASE = "sequencer"
TTL = timedelta(seconds=10)
BATCH = 2_000  # at 20,000 a second it holds the writer for 0.1 s
_ONLY = 1  # the id of the tree's one row


class Sequencer:
    """Holds the lease from its first placing until it is released, so that of two only one works.

    `origin` names a log that begins, by its first key unless given; later keys sign in the same name.
    """

    def __init__(self, metastore: Metastore, key: Signer, clock: Clock, *, origin: str | None = None) -> None:
        self._metastore = metastore
        self._clock = clock
        self._scribe = _Scribe(key, origin_of(origin or f"golconda/{key.id}"))
        self._holder = leases.holder_here()
        self._lease: leases.Lease | None = None

    def place(self, *, batch: int = BATCH) -> int:
        """Place everything that waits and return how many that was.

        Raises ``lease-held`` while another sequencer works, ``lease-lost`` once another has taken over.
        """
        placed = 0
        while self._is_waiting():
            placed += self._place_batch(batch)
        return placed

    def release(self) -> None:
        """Let another take over at once."""
        if self._lease is not None:
            with self._metastore.transaction() as connection:
                leases.release(connection, self._lease)
            self._lease = None

    def _is_waiting(self) -> bool:
        with self._metastore.read() as connection:
            return bool(connection.scalar(_IS_WAITING))

    def _place_batch(self, batch: int) -> int:
        now = self._clock.now()
        lease, self._lease = self._lease, None  # if anything fails, it is acquired anew
        with self._metastore.transaction() as connection:
            lease = self._hold(connection, lease, now)
            placed = self._scribe.place(connection, now, batch=batch)
        self._lease = lease
        return placed

    def _hold(self, connection: Connection, lease: leases.Lease | None, now: datetime) -> leases.Lease:
        if lease is None:
            return leases.acquire(connection, LEASE, self._holder, now, TTL)
        leases.renew(connection, lease, now, TTL)
        return lease


def sequence(metastore: Metastore, key: Signer, clock: Clock, *, origin: str | None = None) -> int:
    """Place once everything that waits; 0 where another sequencer is at it and will do so."""
    sequencer = Sequencer(metastore, key, clock, origin=origin)
    try:
        placed = sequencer.place()
    except TryAgain as error:
        if error.code not in ("lease-held", "lease-lost"):
            raise
        return 0
    sequencer.release()
    return placed


@dataclass(frozen=True, slots=True)
class _Scribe:
    """Writes one batch into the tree, inside a transaction that holds the lease."""

    key: Signer
    first_origin: str

    def place(self, connection: Connection, now: datetime, *, batch: int) -> int:
        frontier = load(connection)
        start = frontier.size
        rows = connection.execute(_ASSIGN, {"start": start, "batch": batch}).all()
        if rows:
            frontier.extend(commitment for _, commitment in sorted(tuple(row) for row in rows))
            self._store(connection, frontier, start, now)
        return len(rows)

    def _store(self, connection: Connection, frontier: Frontier, start: int, now: datetime) -> None:
        root = frontier.root()
        note = signed(Checkpoint(self._origin(connection), frontier.size, root), self.key)
        self._make_key_known(connection, now)
        connection.execute(insert(schema.checkpoint).values(size=frontier.size, root=root, time=stamp(now), note=note))
        _store_tree(connection, frontier)
        _store_blocks(connection, frontier, start)

    def _origin(self, connection: Connection) -> str:
        newest = newest_checkpoint(connection)
        return parsed(newest.note)[0].origin if newest else self.first_origin

    def _make_key_known(self, connection: Connection, now: datetime) -> None:
        own = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        row = {"id": self.key.id, "owner": "node", "public": self.key.public, "created": stamp(now)}
        connection.execute(own(schema.signing_key).values(**row).on_conflict_do_nothing())


def load(connection: Connection) -> Frontier:
    """Return the tree as stored, locked until the transaction ends; empty where none is stored."""
    table = schema.tree
    row = connection.execute(select(table.c.size, table.c.frontier).with_for_update()).one_or_none()
    return Frontier() if row is None else Frontier(row.size, row.frontier)


def _store_tree(connection: Connection, frontier: Frontier) -> None:
    values = {"size": frontier.size, "frontier": frontier.stored()}
    changed = connection.execute(update(schema.tree).where(schema.tree.c.id == _ONLY).values(**values))
    if not changed.rowcount:
        connection.execute(insert(schema.tree).values(id=_ONLY, **values))


def _store_blocks(connection: Connection, frontier: Frontier, start: int) -> None:
    first = start // BLOCK
    rows = [{"index": first + at, "root": root} for at, root in enumerate(frontier.blocks)]
    if rows:
        connection.execute(insert(schema.subtree), rows)


_event = schema.event.c
_IS_WAITING = select(exists().where(_event.position.is_(None)))
_waiting = (
    select(_event.id, func.row_number().over(order_by=_event.id).label("nth"))
    .where(_event.position.is_(None))
    .order_by(_event.id)
    .limit(bindparam("batch"))
    .subquery("waiting")
)
# Chosen and given their places in one statement, so that no row slips in between.
_ASSIGN = (
    update(schema.event)
    .where(_event.id == _waiting.c.id)
    .values(position=bindparam("start") + _waiting.c.nth - 1)
    .returning(_event.position, _event.commitment)
)
