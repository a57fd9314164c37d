"""Statements that clients prepared: their text, and the values bound last. Bounded, since clients forget to close."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput, TryAgain

if TYPE_CHECKING:
    from datetime import datetime

    from golconda.kernel.given import Given

MOST = 4096
MOST_OF_ONE = 256  # principal
MOST_CHARACTERS = 32 * 2**20  # of all together
IDLE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement, whose it is, and when it was used last."""

    principal: str
    sql: str
    used: datetime
    given: tuple[Given, ...] = ()

    @property
    def size(self) -> int:
        """Return how many characters it holds."""
        return len(self.sql) + sum(len(value.text or "") for value in self.given)


class PreparedStatements:
    """Statements by handle, each open to who prepared it alone. Safe to share between threads."""

    def __init__(self) -> None:
        self._held: dict[bytes, Prepared] = {}
        self._of: Counter[str] = Counter()
        self._size = 0
        self._lock = threading.Lock()

    def add(self, principal: str, sql: str, now: datetime) -> bytes:
        """Keep a statement and return its handle, or raise ``statements-full``."""
        made = Prepared(principal, sql, now)
        with self._lock:
            self._drop_idle(now)
            if self._of[principal] >= MOST_OF_ONE:
                raise _full(f"{principal} has {MOST_OF_ONE} statements prepared, the most that one may have.")
            if len(self._held) >= MOST or self._size + made.size > MOST_CHARACTERS:
                raise _full("This node holds as many prepared statements as it has room for.")
            handle = secrets.token_bytes(16)
            self._put(handle, made)
        return handle

    def get(self, handle: bytes, principal: str, now: datetime) -> Prepared:
        """Return a statement, or raise ``statement-unknown``."""
        with self._lock:
            found = replace(self._found(handle, principal), used=now)
            self._put(handle, found)
        return found

    def bind(self, handle: bytes, principal: str, given: tuple[Given, ...], now: datetime) -> None:
        """Keep the values for a statement's parameters."""
        with self._lock:
            bound = replace(self._found(handle, principal), given=given, used=now)
            if self._size + bound.size > MOST_CHARACTERS:
                raise _full("This node holds as many prepared statements as it has room for.")
            self._put(handle, bound)

    def close(self, handle: bytes, principal: str) -> None:
        """Forget a statement; one that is not there is closed already."""
        with self._lock:
            held = self._held.get(handle)
            if held is not None and held.principal == principal:
                self._drop(handle)

    def _found(self, handle: bytes, principal: str) -> Prepared:
        held = self._held.get(handle)
        if held is None or held.principal != principal:
            raise InvalidInput(
                "statement-unknown",
                "There is no prepared statement of yours under this handle.",
                hint="Prepare it again: one that is not used for half an hour is forgotten.",
            )
        return held

    def _put(self, handle: bytes, statement: Prepared) -> None:
        self._drop(handle)
        self._held[handle] = statement  # last: the others are idle for longer
        self._of[statement.principal] += 1
        self._size += statement.size

    def _drop(self, handle: bytes) -> None:
        gone = self._held.pop(handle, None)
        if gone is not None:
            self._size -= gone.size
            self._of[gone.principal] -= 1
            if not self._of[gone.principal]:
                del self._of[gone.principal]

    def _drop_idle(self, now: datetime) -> None:
        idle = []
        for handle, statement in self._held.items():
            if now - statement.used <= IDLE:
                break
            idle.append(handle)
        for handle in idle:
            self._drop(handle)


def _full(message: str) -> TryAgain:
    return TryAgain("statements-full", message, hint="Close those that are no longer needed, and try again.")
