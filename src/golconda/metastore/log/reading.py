"""Reading the log: entries, what became of a subject, and the receipt that proves an entry's place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from golconda.kernel.errors import NotFound, TryAgain
from golconda.metastore import schema
from golconda.metastore.log.record import record
from golconda.metastore.log.tree import BLOCK, BLOCK_LEVEL, Frontier, consistency, inclusion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

_event = schema.event.c
_checkpoint = schema.checkpoint.c
_COLUMNS = (
    _event.position,
    _event.uid,
    _event.time,
    _event.kind,
    _event.actor,
    _event.subject,
    _event.payload,
    _event.commitment,
)


_ASKED = frozenset({"sql", "sql_hash", "given"})  # what a reader wrote, as `gate.reserve.asked` has it


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as read; `position` is None while it waits, `payload` None once erased."""

    position: int | None
    uid: str
    time: str
    kind: str
    actor: str
    subject: str
    payload: dict[str, Any] | None  # any JSON
    commitment: bytes

    def document(self) -> dict[str, Any]:
        """Return the entry as JSON."""
        return {
            "position": self.position,
            "uid": self.uid,
            "time": self.time,
            "kind": self.kind,
            "actor": self.actor,
            "subject": self.subject,
            "payload": self.payload,
        }

    def document_for(self, organisation: str) -> dict[str, Any]:
        """Return the entry as an organisation may read it that does not see the whole log.

        A query's text is shown to who asked it, and to the owner of all that it reads: what a reader writes about one
        owner's rows is not another's to know.
        """
        payload = self.payload or {}
        if not _ASKED & payload.keys() or organisation == self.actor.partition("/")[0]:
            return self.document()
        owners = {cited.removeprefix("version:").partition("/")[0] for cited in payload.get("cites", ())
                  if cited.startswith("version:")}  # fmt: skip
        if owners == {organisation}:
            return self.document()
        told = {key: value for key, value in payload.items() if key not in _ASKED}
        return self.document() | {"payload": {**told, "withheld": sorted(_ASKED & payload.keys())}}


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """A checkpoint as stored: `note` is the signed text, which is all that another witness needs."""

    size: int
    root: bytes
    time: str
    note: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof that an event stands at `position` under the root of the checkpoint in `note`."""

    uid: str
    position: int
    commitment: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]
    note: str

    def document(self) -> dict[str, Any]:
        """Return the receipt as JSON: hashes in hex."""
        return {
            "uid": self.uid,
            "position": self.position,
            "commitment": self.commitment.hex(),
            "size": self.size,
            "root": self.root.hex(),
            "path": [node.hex() for node in self.path],
            "checkpoint": self.note,
        }


# ── entries ───────────────────────────────────────────────────────────────────────────────────────────────


def entries(
    connection: Connection,
    *,
    after: int | None = None,
    limit: int = 100,
    kind: str | None = None,
    organisation: str | None = None,
) -> tuple[Entry, ...]:
    """Return the entries behind a position, in order.

    `kind` is one kind, or all under ``kind.``; `organisation` leaves only those that concern it.
    """
    chosen = _entries(kind, organisation).order_by(_event.position).limit(limit)
    if after is not None:
        chosen = chosen.where(_event.position > after)
    return tuple(_entry(row) for row in connection.execute(chosen))


def latest(
    connection: Connection,
    *,
    before: int | None = None,
    limit: int = 100,
    kind: str | None = None,
    organisation: str | None = None,
) -> tuple[Entry, ...]:
    """Return the newest entries, or those before a position, the newest first; the rest as `entries`."""
    chosen = _entries(kind, organisation).order_by(_event.position.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(_event.position < before)
    return tuple(_entry(row) for row in connection.execute(chosen))


def history(connection: Connection, subject: str) -> tuple[Entry, ...]:
    """Return what happened to a subject, in order, with what waits for its place."""
    chosen = select(*_COLUMNS).where(_event.subject == subject).order_by(_event.id)
    return tuple(_entry(row) for row in connection.execute(chosen))


def event(connection: Connection, uid: str) -> Entry:
    """Return one event, or raise ``event-unknown``."""
    row = connection.execute(select(*_COLUMNS).where(_event.uid == uid)).one_or_none()
    if row is None:
        raise NotFound(
            "event-unknown",
            f"The log holds no event {uid!r}.",
            hint="Take the id from `golconda audit show --json` or from an answer's receipt.",
        )
    return _entry(row)


def waiting(connection: Connection) -> int:
    """Count the events that have no place yet."""
    return connection.scalar(select(func.count()).where(_event.position.is_(None))) or 0


def newest_checkpoint(connection: Connection) -> SignedRoot | None:
    """Return the checkpoint over the most entries, or None where nothing was ever placed."""
    row = connection.execute(_CHECKPOINTS.order_by(_checkpoint.size.desc()).limit(1)).one_or_none()
    return None if row is None else SignedRoot(*row)


def checkpoints(connection: Connection) -> Iterable[SignedRoot]:
    """Go through the checkpoints from the smallest."""
    return (SignedRoot(*row) for row in connection.execute(_CHECKPOINTS.order_by(_checkpoint.size)))


# ── proofs ────────────────────────────────────────────────────────────────────────────────────────────────


def receipt(connection: Connection, uid: str) -> Receipt:
    """Return the proof of an event against the newest checkpoint, or raise ``event-waiting``."""
    entry, newest = event(connection, uid), newest_checkpoint(connection)
    if entry.position is None or newest is None:
        raise TryAgain(
            "event-waiting",
            f"The event {uid} is recorded but has no place in the tree yet.",
            hint="Ask again in a few seconds; a node that does not serve places it at the next command.",
        )
    path = inclusion(entry.position, newest.size, lambda start, end: subtree(connection, start, end))
    return Receipt(uid, entry.position, entry.commitment, newest.size, newest.root, path, newest.note)


def growth(connection: Connection, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the log of `new` entries begins with the one of `old`."""
    return consistency(old, new, lambda start, end: subtree(connection, start, end))


def subtree(connection: Connection, start: int, end: int) -> bytes:
    """Return the root over the entries from `start` to `end`, a subtree of the log's tree or its whole."""
    frontier = Frontier()
    if start % BLOCK == 0:
        for root in _block_roots(connection, start // BLOCK, end // BLOCK):
            frontier.push(root, BLOCK_LEVEL)
    frontier.extend(_commitments(connection, start + frontier.size, end))
    return frontier.root()


# ── erasure ───────────────────────────────────────────────────────────────────────────────────────────────


def erase(connection: Connection, uid: str, *, actor: str, why: str, time: datetime) -> None:
    """Erase an event's payload and salt; its commitment stays, and with it every proof. Recorded as an event.

    Kind, actor, subject and time stay readable: without the salt nobody can show what they once came with.
    """
    if event(connection, uid).payload is not None:
        connection.execute(update(schema.event).where(_event.uid == uid).values(payload=None, salt=None))
        record(connection, kind="event.erased", actor=actor, subject=uid, payload={"why": why}, time=time)


_CHECKPOINTS = select(_checkpoint.size, _checkpoint.root, _checkpoint.time, _checkpoint.note)


def _entries(kind: str | None, organisation: str | None) -> Select[Any]:  # _COLUMNS
    chosen = select(*_COLUMNS).where(_event.position.is_not(None))
    if organisation is not None:
        chosen = chosen.where(_event.concerns.contains(f" {organisation} ", autoescape=True))
    if kind is None:
        return chosen
    return chosen.where((_event.kind == kind) | _event.kind.startswith(f"{kind}.", autoescape=True))


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:  # _COLUMNS
    payload = None if row.payload is None else json.loads(row.payload)
    return Entry(row.position, row.uid, row.time, row.kind, row.actor, row.subject, payload, row.commitment)


def _block_roots(connection: Connection, first: int, last: int) -> Iterable[bytes]:
    block = schema.subtree.c
    chosen = select(block.root).where(block.index >= first, block.index < last).order_by(block.index)
    return connection.scalars(chosen)


def _commitments(connection: Connection, start: int, end: int) -> Iterable[bytes]:
    chosen = select(_event.commitment).where(_event.position >= start, _event.position < end)
    return connection.scalars(chosen.order_by(_event.position))
