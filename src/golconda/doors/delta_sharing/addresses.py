"""Addresses of files that carry no token, since the protocol's clients send none: good for minutes and for one file.

An address is a random name for what this process remembers. A restart ends every one of them, and nothing can be
learned or made from one that was logged on its way and has ended.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from golconda.kernel.errors import AccessRefused

if TYPE_CHECKING:
    from datetime import datetime

MOST = 50_000  # some 25 MB


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address opens, and the token it was made for: it opens nothing that the token would not open now."""

    token: str = field(repr=False)
    agreement: str
    reading: str
    file: str
    expires: datetime


class Addresses:
    """Remembers tickets by name, the oldest going first. Safe to share between threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._tickets: dict[str, Ticket] = {}
        self._lock = threading.Lock()

    def made(self, ticket: Ticket) -> str:
        """Return a name for a ticket, safe in a path."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            self._tickets[name] = ticket
            while len(self._tickets) > self._most:
                del self._tickets[next(iter(self._tickets))]
        return name

    def ticket(self, name: str, *, now: datetime) -> Ticket:
        """Return the ticket of a name, or raise ``file-address-invalid`` or ``file-address-expired``."""
        found = self._tickets.get(name)
        if found is None:
            raise AccessRefused(
                "file-address-invalid",
                "This file address was not made by this server as it runs now.",
                hint="Query the table again for new addresses.",
            )
        if now >= found.expires:
            raise AccessRefused(
                "file-address-expired",
                "This file address has expired.",
                hint="Query the table again for new addresses.",
            )
        return found
