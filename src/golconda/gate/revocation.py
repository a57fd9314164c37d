"""Revocation reaches reads under way: every process asks, each quarter of a second, which of the agreements that
its reads lean on are still in force, by state and by the calendar, and stops the others. If it gets no answer, all
are stopped: when protection is in doubt, refuse.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from golconda.engine.faults import timed_out
from golconda.kernel.clock import stamp
from golconda.kernel.errors import AccessRefused, GolcondaError, TryAgain
from golconda.metastore import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from golconda.engine.running import Running
    from golconda.kernel.clock import Clock
    from golconda.metastore.database import Metastore

POLL_SECONDS = 0.25
logger = logging.getLogger("golconda.gate")


@dataclass(slots=True, eq=False)
class Watched:
    """A read under way: the agreements it leans on, and the query to stop, once there is one."""

    agreements: tuple[str, ...]
    leans: tuple[str, ...] = ()  # these, and those that derived products are made under
    running: Running | None = None
    stopped: GolcondaError | None = None

    def stop(self, why: GolcondaError) -> None:
        """End the read; whoever pulls its next batch is told why."""
        self.stopped = self.stopped or why
        if self.running is not None:
            self.running.stop(why)

    def check(self) -> None:
        """Raise if the read was stopped."""
        if self.stopped is not None:
            raise self.stopped


class Watch:
    """Watches the reads of this process, from the first to the last; idle processes poll nothing."""

    def __init__(self, metastore: Metastore, clock: Clock) -> None:
        self._metastore = metastore
        self._clock = clock
        self._reads: set[Watched] = set()
        self._lock = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, read: Watched) -> None:
        """Watch a read."""
        with self._lock:
            was_idle = not self._reads
            self._reads.add(read)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="golconda-revocation", daemon=True)
                self._thread.start()
            if was_idle:
                self._lock.notify()

    def discard(self, read: Watched) -> None:
        """Watch a read no longer."""
        with self._lock:
            self._reads.discard(read)

    def close(self) -> None:
        """End the watch."""
        self._closing.set()
        with self._lock:
            self._lock.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (reads := self._next()) is not None:
            self._stop_late(reads)
            self._stop_revoked(reads)

    def _next(self) -> tuple[Watched, ...] | None:
        """Wait until there are reads and a poll is due; None once closed."""
        with self._lock:
            self._lock.wait_for(lambda: self._closing.is_set() or self._reads)
        if self._closing.wait(POLL_SECONDS):
            return None
        with self._lock:
            return tuple(self._reads)

    def _stop_late(self, reads: Iterable[Watched]) -> None:
        for read in reads:
            if read.running is not None and read.running.is_overdue:
                read.stop(timed_out())

    def _stop_revoked(self, reads: tuple[Watched, ...]) -> None:
        try:
            wanted = {agreement for read in reads for agreement in (*read.agreements, *read.leans)}
            in_force = self._in_force(wanted)
        except Exception as error:  # whatever keeps us from knowing, nothing more may leave
            logger.warning("Whether agreements are in force is not known: %s", type(error).__name__)
            for read in reads:
                read.stop(error if isinstance(error, GolcondaError) else _unknown())
            return
        for read in reads:
            gone = sorted(set(read.agreements) - in_force)
            if gone:
                read.stop(ended(gone[0]))
            elif not set(read.leans) <= in_force:
                read.stop(source_ended())

    def _in_force(self, wanted: set[str]) -> set[str]:
        if not wanted:
            return set()
        with self._metastore.read() as connection:
            return in_force(connection, wanted, now=stamp(self._clock.now()))


def _unknown() -> TryAgain:
    return TryAgain(
        "revocation-unknown",
        "The node cannot tell whether the agreement is still in force, so it stopped reading.",
        hint="Try again.",
    )


def in_force(connection: Connection, wanted: Iterable[str], *, now: str) -> set[str]:
    """Return those of some agreements that are active, by state and by the calendar; `now` as `stamp` writes it."""
    table = schema.agreement
    query = select(table.c.id).where(
        table.c.id.in_(tuple(wanted)),
        table.c.state == "active",
        table.c.starts <= now,
        table.c.ends.is_(None) | (table.c.ends > now),
    )
    return set(connection.execute(query).scalars())


def source_ended() -> AccessRefused:
    """Return what a read is told of a derived product whose sources may not be read any more."""
    return AccessRefused(
        "source-not-in-force",
        "An agreement that the product is made under ended while it was being read.",
        hint="Ask the product's organisation.",
    )


def ended(agreement: str) -> AccessRefused:
    """Return what a read is told whose agreement ended under it."""
    return AccessRefused(
        "agreement-not-in-force",
        f"Agreement {agreement} ended while it was being read.",
        hint="`golconda agreements` shows how it stands and why.",
        agreement=agreement,
    )
