"""Settle reads: book what was released, and close what the dead left open. Each intent ends exactly once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from golconda.gate.reserve import exhausted
from golconda.metastore import meters, readings
from golconda.metastore.leases import is_gone
from golconda.metastore.log import record
from golconda.metastore.readings import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.gate.decide import Charge
    from golconda.metastore.database import Metastore
    from golconda.metastore.readings import Intent

_LONGEST = timedelta(days=1)


def settle(
    connection: Connection,
    intent: Intent,
    outcome: Outcome,
    *,
    charges: Iterable[Charge] = (),
    rows: int = 0,
    size: int = 0,
    now: datetime,
) -> bool:
    """Close an intent, turn its reservations into use and book rows and bytes; False where it is closed already.

    Raise ``limit-reached`` if rows or bytes exceed what is left: then nothing may be released, and the caller
    rolls back and settles as failed.
    """
    if not readings.end(connection, intent.id, outcome, rows=rows, size=size, now=now):
        return False
    for reservation in intent.reserved:
        meters.settle(connection, reservation, used=0 if outcome is Outcome.REFUNDED else reservation.amount)
    if outcome is Outcome.SETTLED:
        _book(connection, charges, {"rows": rows, "bytes": size}, intent)
    payload = {"outcome": outcome.value, "rows": rows, "bytes": size}
    record(
        connection,
        kind="read.ended",
        actor=intent.principal,
        subject=intent.id,
        payload=payload,
        time=now,
        concerns=intent.owners,
    )
    return True


def _book(connection: Connection, charges: Iterable[Charge], released: dict[str, int], intent: Intent) -> None:
    """Charge rows and bytes, in the window that the read was let in."""
    for charge in charges:
        amount = released.get(charge.limit.what)
        if amount is not None and not meters.charge(
            connection, charge.root, charge.limit, intent.started, amount=amount
        ):
            raise exhausted(charge)


def settle_abandoned(metastore: Metastore, now: datetime) -> int:
    """Close the reads of processes that are gone as unfinished, at the amount reserved; return how many."""
    with metastore.read() as connection:
        abandoned = [intent for intent in readings.running(connection) if _is_abandoned(intent, now)]
    closed = 0
    for intent in abandoned:
        with metastore.transaction() as connection:
            closed += settle(connection, intent, Outcome.UNFINISHED, now=now)
    return closed


def _is_abandoned(intent: Intent, now: datetime) -> bool:
    """Say whether nobody runs this read any more; a process of another machine is given up after a day."""
    return is_gone(intent.process) or now - intent.started > _LONGEST
