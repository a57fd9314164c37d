"""A worker's second thread: ends it with the node, stops its query when told, and holds it to memory and time."""

from __future__ import annotations

import os
import select
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from golconda.engine.workers.limits import resident
from golconda.engine.workers.wire import TOO_LARGE, TOO_LONG, number_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    import duckdb

LOOK_SECONDS = 0.05
HEED_SECONDS = 1.0
_STAYS_AWAKE = 20  # looks after the last query: falling asleep and waking for each would cost more


class Job:
    """A query under way: what to interrupt, and for how long the engine has worked on it."""

    def __init__(self, number: int, seconds: float, connection: duckdb.DuckDBPyConnection) -> None:
        self.number = number
        self.stopped = False
        self.overdue = False
        self._connection = connection
        self._seconds = seconds
        self._spent = 0.0
        self._entered: float | None = None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Count the time in the block as the engine's; waiting for a reader is not."""
        self._entered = time.monotonic()
        try:
            yield
        finally:
            self._spent += time.monotonic() - self._entered
            self._entered = None

    def look(self) -> None:
        """Interrupt where it was stopped or is over its time; what heeds nothing is ended with its process."""
        entered = self._entered
        spent = self._spent + (0.0 if entered is None else time.monotonic() - entered)
        self.overdue = spent > self._seconds
        if spent > self._seconds + HEED_SECONDS:
            os._exit(TOO_LONG)
        if self.stopped or self.overdue:
            self._connection.interrupt()  # again and again: one that comes before the engine begins is lost


class Vigil:
    """Looks every twentieth of a second while there are queries, and sleeps otherwise."""

    def __init__(self, told: socket.socket, most_resident: int) -> None:
        self._told = told
        self._most = most_resident
        self._job: Job | None = None
        self._stopped = -1
        self.resident = 0  # when it last looked
        self._asleep = False
        self._woken, self._wake = os.pipe()
        threading.Thread(target=self._run, name="vigil", daemon=True).start()

    @contextmanager
    def over(self, job: Job) -> Iterator[None]:
        """Watch a query."""
        self._job = job
        job.stopped = job.number <= self._stopped
        if self._asleep:
            os.write(self._wake, b".")
        try:
            yield
        finally:
            self._job = None

    def _run(self) -> None:
        idle = 0
        while True:
            self._asleep = idle > _STAYS_AWAKE
            asleep = self._asleep and self._job is None  # looked at after saying so, lest a query begin in between
            self._wait(None if asleep else LOOK_SECONDS)
            idle = 0 if self._look() else idle + 1

    def _wait(self, seconds: float | None) -> None:
        watched: list[Any] = [self._told, self._woken]  # sockets and descriptors alike
        ready, _, _ = select.select(watched, [], [], seconds)
        if self._woken in ready:
            os.read(self._woken, 64)
        if self._told in ready:
            numbers = self._told.recv(4096)
            if not numbers:
                os._exit(0)  # the node is gone
            self._stopped = number_of(numbers)

    def _look(self) -> bool:
        job = self._job
        if job is None:
            return False
        self.resident = resident()
        if self.resident > self._most:
            os._exit(TOO_LARGE)
        job.stopped = job.number <= self._stopped
        job.look()
        return True
