"""Reserve and write the intent in one transaction, deciding again on what stands and what the meters say now.

No log, no read: if this transaction does not commit, nothing runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.kernel.canonical import digest_bytes
from golconda.kernel.errors import AccessRefused
from golconda.metastore import epoch as epochs
from golconda.metastore import meters, readings
from golconda.metastore.ids import new_id
from golconda.metastore.log import record
from golconda.metastore.readings import Intent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.gate.decide import Charge, Permit
    from golconda.kernel.given import Given
    from golconda.metastore.log import Event
    from golconda.metastore.meters import Reservation


LONGEST_LOGGED = 8_000
_MOST_LOGGED = 40  # values given for parameters, each at its beginning


class Moved(Exception):
    """What a permit was based on has changed since."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A read that was let in: its intent, and the log's event."""

    intent: Intent
    event: Event


def asked(sql: str, given: Sequence[Given] = ()) -> Mapping[str, Any]:
    """Return a query as the log keeps it: whole, or its beginning and the hash of the whole, and what was given."""
    values = {"given": {value.name: _shortened(value.text) for value in given[:_MOST_LOGGED]}} if given else {}
    if len(sql) <= LONGEST_LOGGED:
        return {"sql": sql, **values}
    return {"sql": sql[:LONGEST_LOGGED], "sql_hash": digest_bytes(sql.encode("utf-8", "replace")), **values}


def _shortened(text: str | None) -> str | None:
    return text if text is None else text[:200]


def admit(
    connection: Connection,
    permit: Permit,
    *,
    epoch: int,
    principal: str,
    door: str,
    process: str,
    question: Mapping[str, Any],  # JSON values
    now: datetime,
) -> Admission:
    """Reserve one query in every meter concerned and write intent and event, or refuse naming the limit.

    `epoch`: what the permit was decided at; `Moved` is raised where it has passed. `question`: what was asked, for
    the log, such as the query's text.
    """
    if epochs.current(connection) != epoch:
        raise Moved
    reserved = tuple(_reserved(connection, charge, now) for charge in permit.charges if charge.limit.what == "queries")
    _demand_room(connection, permit, now)
    intent = Intent(
        id=new_id("read", length=16),
        principal=principal,
        door=door,
        purpose=permit.purpose,
        agreements=permit.agreements,
        owners=permit.owners,
        reserved=reserved,
        process=process,
        started=now,
    )
    readings.begin(connection, intent)
    payload = {
        "reading": intent.id,
        "door": door,
        "purpose": permit.purpose,
        "agreements": list(permit.agreements) or ["owner"],
        "cites": dict(permit.cites),
        **question,
    }
    event = record(
        connection,
        kind="read.intent",
        actor=principal,
        subject=intent.id,
        payload=payload,
        time=now,
        concerns=permit.owners,
    )
    return Admission(intent, event)


def _reserved(connection: Connection, charge: Charge, now: datetime) -> Reservation:
    reservation = meters.reserve(connection, charge.root, charge.limit, now, amount=1)
    if reservation is None:
        raise exhausted(charge)
    return reservation


def _demand_room(connection: Connection, permit: Permit, now: datetime) -> None:
    """Refuse where rows or bytes are used up already; how many this read takes is known when it ends."""
    for charge in permit.charges:
        (meter,) = meters.meters(connection, charge.root, (charge.limit,), now)
        if charge.limit.what != "queries" and meter.left == 0:
            raise exhausted(charge)


def exhausted(charge: Charge) -> AccessRefused:
    """Return the refusal of a limit that has no room."""
    limit = charge.limit
    window = {"day": "a day", "month": "a month", "total": "in all"}[limit.per]
    return AccessRefused(
        "limit-reached",
        f"Agreement {charge.agreement} allows {limit.most} {limit.what} {window}, and that is not left.",
        hint="Wait for the next day or month, ask for less, or ask for other terms.",
        clause="limits",
        agreement=charge.agreement,
        limit=limit.what,
    )
