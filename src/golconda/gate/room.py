"""How many reads may be open at once: a reader who dawdles keeps an engine's batches in memory, some 20 MB a read."""

from __future__ import annotations

import threading
from collections import Counter

from golconda.kernel.errors import TryAgain

MOST = 64
MOST_OF_ONE = 16  # organisation, so that none keeps the others out


class Room:
    """Counts the reads that are open, together and by organisation. Safe to share between threads."""

    def __init__(self, most: int = MOST, *, of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._of_one = of_one
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, organisation: str) -> None:
        """Count one more, or raise ``node-busy``."""
        with self._lock:
            if self._open.total() >= self._most:
                raise _busy(f"This node has {self._most} reads open, the most it takes.")
            if self._open[organisation] >= self._of_one:
                raise _busy(f"{organisation} has {self._of_one} reads open, the most that one organisation may have.")
            self._open[organisation] += 1

    def leave(self, organisation: str) -> None:
        """Count one less."""
        with self._lock:
            self._open[organisation] -= 1
            if not self._open[organisation]:
                del self._open[organisation]


def _busy(message: str) -> TryAgain:
    return TryAgain("node-busy", message, hint="Read what is open to its end or close it, and try again.")
