"""Room for reads through this door: each call has a thread, so whoever finds no room waits in it for a while."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 48  # reads at once; the gate lets in a few more, for the other doors
MOST_OF_ONE = 12  # organisation
MOST_WAITING = 256
WAIT_SECONDS = 30.0
_LOOK_SECONDS = 0.2


class Places:
    """Counts the reads of this door, by organisation. Safe to share between threads."""

    def __init__(self, most: int = MOST, *, of_one: int = MOST_OF_ONE, waiting: int = MOST_WAITING) -> None:
        self._most = most
        self._of_one = of_one
        self._most_waiting = waiting
        self._waiting = 0
        self._open: Counter[str] = Counter()
        self._changed = threading.Condition()

    def enter(self, organisation: str, *, demand: Callable[[], object] = lambda: None) -> None:
        """Wait for room and take it, or raise ``node-busy``; `demand` is called meanwhile and may raise, too."""
        until = time.monotonic() + WAIT_SECONDS
        with self._changed:
            if self._waiting >= self._most_waiting:
                raise _busy()
            self._waiting += 1
            try:
                while not self._has_room(organisation):
                    self._changed.wait(_LOOK_SECONDS)
                    demand()
                    if time.monotonic() > until:
                        raise _busy()
                self._open[organisation] += 1
            finally:
                self._waiting -= 1

    def leave(self, organisation: str) -> None:
        """Make room."""
        with self._changed:
            self._open[organisation] -= 1
            if not self._open[organisation]:
                del self._open[organisation]
            self._changed.notify_all()

    def _has_room(self, organisation: str) -> bool:
        return self._open.total() < self._most and self._open[organisation] < self._of_one


def _busy() -> TryAgain:
    return TryAgain(
        "node-busy",
        "This node has as many reads under way through Flight SQL as it takes.",
        hint="Read what is open to its end or close it, and try again.",
        retry_after=5,
    )
