"""Tickets: what a client gets with a query's columns, and shows to have its rows. Nothing is kept for one.

A ticket says what to answer, for whom and until when, under a seal whose key lives as long as the server. A query is
let in, metered and charged when its rows are asked for, not when its ticket is made.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import InvalidInput
from golconda.kernel.given import Given
from golconda.kernel.logical_types import Kind

if TYPE_CHECKING:
    from datetime import datetime

LIFE = timedelta(minutes=5)
_SEAL = 32


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is to be answered: a query, or a question about the catalogue as a packed command (hex)."""

    principal: str
    number: str
    ends: float
    sql: str = ""
    given: tuple[Given, ...] = ()
    agreements: tuple[str, ...] = ()
    purpose: str | None = None
    timeout_seconds: float | None = None
    command: str = ""


class Tickets:
    """Makes tickets, and reads those it made."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(_SEAL)

    def make(self, principal: str, now: datetime, **what: Any) -> bytes:  # the rest of a `Ticket`
        """Return a ticket for one principal, good for five minutes."""
        ticket = Ticket(principal, secrets.token_hex(8), (now + LIFE).timestamp(), **what)
        body = json.dumps(asdict(ticket), separators=(",", ":")).encode()
        return self._seal(body) + body

    def read(self, sealed: bytes, principal: str, now: datetime) -> Ticket:
        """Return what a ticket says, or raise ``ticket-unknown``, for another's too, or ``ticket-expired``."""
        seal, body = sealed[:_SEAL], sealed[_SEAL:]
        if not hmac.compare_digest(seal, self._seal(body)):
            raise _unknown()
        ticket = _ticket(json.loads(body))
        if ticket.principal != principal:
            raise _unknown()
        if now.timestamp() >= ticket.ends:
            raise InvalidInput(
                "ticket-expired",
                "The ticket for these rows is older than five minutes.",
                hint="Ask the query again: a ticket that was not used costs nothing.",
            )
        return ticket

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")


def _ticket(document: dict[str, Any]) -> Ticket:  # as `make` wrote it
    given = tuple(Given(each["name"], Kind(each["kind"]), each["text"]) for each in document.pop("given"))
    return Ticket(given=given, agreements=tuple(document.pop("agreements")), **document)


def _unknown() -> InvalidInput:
    return InvalidInput(
        "ticket-unknown",
        "This is no ticket that you were given here.",
        hint="Ask for the query's flight info, and show its ticket with the same token, before the server restarts.",
    )
