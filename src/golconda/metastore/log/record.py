"""The outbox: an event is written in the transaction of what it tells, and waits there for its place.

The tree's leaf is a salted commitment; what it commits to stands beside it and can be erased.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring as _quote  # a string alone, as RFC 8785 wants it
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from golconda.kernel.canonical import canonical
from golconda.kernel.clock import stamp
from golconda.metastore.ids import new_id
from golconda.metastore.prepared import Prepared
from golconda.metastore.schema import event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened: `kind` as in ``agreement.revoked``, who did it, to what, and the rest as JSON.

    `concerns`: organisations that may see it, beside the actor's and the one that the subject's name begins with.
    """

    kind: str
    actor: str
    subject: str
    payload: Mapping[str, Any]  # any JSON
    time: datetime
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """An event as recorded: its id, and the commitment that will be its leaf."""

    uid: str
    commitment: bytes


def record(
    connection: Connection,
    *,
    kind: str,
    actor: str,
    subject: str,
    payload: Mapping[str, Any],  # any JSON
    time: datetime,
    concerns: Iterable[str] = (),
) -> Event:
    """Write one event into the outbox, in the caller's transaction; `concerns` as in `Fact`."""
    return record_all(connection, [Fact(kind, actor, subject, payload, time, tuple(concerns))])[0]


def record_all(connection: Connection, facts: Sequence[Fact]) -> list[Event]:
    """Write several events at once, in their order."""
    rows = [_row(fact) for fact in facts]
    if rows:
        _INSERT.change_all(connection, rows)
    return [Event(row["uid"], row["commitment"]) for row in rows]


def envelope(uid: str, time: str, kind: str, actor: str, subject: str, payload: str) -> bytes:
    """Return the canonical bytes that an event's commitment covers; `payload` is canonical text already.

    >>> envelope("evt-1", "t", kind="k", actor="a", subject="s", payload="{}")
    b'{"actor":"a","kind":"k","payload":{},"subject":"s","time":"t","uid":"evt-1"}'
    """
    return (
        f'{{"actor":{_quote(actor)},"kind":{_quote(kind)},"payload":{payload},'
        f'"subject":{_quote(subject)},"time":{_quote(time)},"uid":{_quote(uid)}}}'
    ).encode()


def commitment(salt: bytes, content: bytes) -> bytes:
    """Return the leaf's bytes: SHA-256 over the salt and the envelope."""
    return sha256(salt + content).digest()


_INSERT = Prepared(
    insert(event),
    values=("uid", "time", "kind", "actor", "subject", "payload", "concerns", "salt", "commitment"),
)


def _row(fact: Fact) -> dict[str, Any]:  # the columns of `event`
    told = {
        "uid": new_id("evt", length=16),
        "time": stamp(fact.time),
        "kind": fact.kind,
        "actor": fact.actor,
        "subject": fact.subject,
        "payload": canonical(dict(fact.payload)).decode(),
    }
    salt = secrets.token_bytes(16)
    return {**told, "concerns": _concerns(fact), "salt": salt, "commitment": commitment(salt, envelope(**told))}


def _concerns(fact: Fact) -> str:
    named = {name.partition("/")[0] for name in (fact.actor, fact.subject) if "/" in name}
    return f" {' '.join(sorted(named.union(fact.concerns)))} "
