"""Addresses of files that need no token: signed by this server, good for minutes, bound to one file.

The key lives in this process alone: a restart ends every address, and none can be made from what is on disk.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import astuple, dataclass

from golconda.kernel.errors import AccessRefused


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address opens: one file of one reading under one agreement, until a time in epoch seconds."""

    agreement: str
    reading: str
    file: str
    expires: int


class Signer:
    """Makes and reads tickets."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def text(self, ticket: Ticket) -> str:
        """Return a ticket as text that is safe in a path.

        >>> signer = Signer(bytes(32))
        >>> signer.read(signer.text(Ticket("agr-1", "read-1", "0.parquet", 100)), now=99).file
        '0.parquet'
        """
        body = json.dumps(astuple(ticket), separators=(",", ":")).encode()
        return f"{_text(body)}.{_text(self._seal(body))}"

    def read(self, text: str, *, now: int) -> Ticket:
        """Return the ticket, or raise ``file-address-invalid`` or ``file-address-expired``."""
        body, _, seal = text.partition(".")
        try:
            content = _bytes(body)
            right = hmac.compare_digest(_bytes(seal), self._seal(content))
        except ValueError:
            right = False
        if not right:
            raise AccessRefused(
                "file-address-invalid",
                "This file address was not made by this server as it runs now.",
                hint="Query the table again for new addresses.",
            )
        ticket = Ticket(*json.loads(content))
        if now >= ticket.expires:
            raise AccessRefused(
                "file-address-expired",
                "This file address has expired.",
                hint="Query the table again for new addresses.",
            )
        return ticket

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
