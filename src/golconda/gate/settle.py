"""Settle reads: book what was released, and close what the dead left open. Each intent ends exactly once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from golconda.gate.reserve import exhausted
from golconda.metastore import meters, readings
from golconda.metastore.leases import is_gone
from golconda.metastore.log import record
from golconda.metastore.readings import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.gate.decide import Charge
    from golconda.kernel.clock import Clock
    from golconda.metastore.database import Metastore
    from golconda.metastore.readings import Intent

_LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a read ended and what it released."""

    intent: Intent
    outcome: Outcome
    charges: tuple[Charge, ...] = ()
    rows: int = 0
    size: int = 0


def settle(connection: Connection, due: Settlement, *, now: datetime) -> bool:
    """Close an intent, turn its reservations into use and book rows and bytes; False where it is closed already.

    Raise ``limit-reached`` if rows or bytes exceed what is left: then nothing may be released, and the caller
    rolls back and settles as failed.
    """
    intent = due.intent
    if not readings.end(connection, intent.id, due.outcome, rows=due.rows, size=due.size, now=now):
        return False
    for reservation in intent.reserved:
        meters.settle(connection, reservation, used=0 if due.outcome is Outcome.REFUNDED else reservation.amount)
    if due.outcome is Outcome.SETTLED:
        _book(connection, due)
    payload = {"outcome": due.outcome.value, "rows": due.rows, "bytes": due.size}
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


def _book(connection: Connection, due: Settlement) -> None:
    """Charge rows and bytes, in the window that the read was let in."""
    released = {"rows": due.rows, "bytes": due.size}
    for charge in due.charges:
        amount = released.get(charge.limit.what)
        if amount is not None and not meters.charge(
            connection, charge.root, charge.limit, due.intent.started, amount=amount
        ):
            raise exhausted(charge)


class Owed:
    """Settlements that the metastore did not take when they were due. A process that dies owes them to the next."""

    def __init__(self) -> None:
        self._due: deque[Settlement] = deque()

    def remember(self, due: Settlement) -> None:
        """Keep a settlement for later."""
        self._due.append(due)

    def pay(self, metastore: Metastore, clock: Clock) -> int:
        """Settle what is owed; what still cannot be settled stays owed, and the reason is raised."""
        paid = 0
        while self._due:
            with metastore.transaction() as connection:
                settle(connection, self._due[0], now=clock.now())
            self._due.popleft()
            paid += 1
        return paid


def settle_abandoned(metastore: Metastore, now: datetime) -> int:
    """Close the reads of processes that are gone as unfinished, at the amount reserved; return how many."""
    with metastore.read() as connection:
        abandoned = [intent for intent in readings.running(connection) if _is_abandoned(intent, now)]
    closed = 0
    for intent in abandoned:
        with metastore.transaction() as connection:
            closed += settle(connection, Settlement(intent, Outcome.UNFINISHED), now=now)
    return closed


def _is_abandoned(intent: Intent, now: datetime) -> bool:
    """Say whether nobody runs this read any more; a process of another machine is given up after a day."""
    return is_gone(intent.process) or now - intent.started > _LONGEST
