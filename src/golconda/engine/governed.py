"""Runs compiled plans in worker processes, on locked-down DuckDB instances that open the plan's files and no others.

The engine does not bound all its memory, and breaks now and then; a process can be bounded, and dies alone. What goes
on behind is in engine/workers/.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from golconda.engine import leak_test, lockdown
from golconda.engine.copies import name_of
from golconda.engine.faults import translated
from golconda.engine.workers import frame as frames
from golconda.engine.workers.pool import Pool, Turn, usual_workers
from golconda.engine.workers.spilled import Spilled
from golconda.engine.workers.wire import Hello, Kind, Request
from golconda.kernel.errors import GolcondaError, TryAgain
from golconda.kernel.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from golconda.engine.copies import Copies, OverCopies
    from golconda.engine.workers.frame import Frame
    from golconda.engine.workers.process import Worker

_GRACE_SECONDS = 1.0  # a worker ends by itself what nobody told it to stop
_AWAY_SECONDS = 0.25  # so long a reader may be away when others wait for its worker
_OF_MEMORY = 0.8  # of a process's memory the engine plans with; it spills beyond, and does not count everything
_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one query may take: threads, memory, disk to spill to, seconds."""

    threads: int = 2
    memory_megabytes: int = 2048
    spill_megabytes: int = 8192
    timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """An instance to run on: its key, the statements that set it up, and whether it is over files or copies."""

    key: str
    source: str
    setup: tuple[str, ...]


class Running:
    """A query under way: its schema, and its frames as they come. Closing it ends the query.

    Nothing is computed until it begins, so that whoever may stop it can hold it before the engine, which gives no
    sign until the first rows are there, is at work.
    """

    __slots__ = (
        "_coming",
        "_engine",
        "_entered",
        "_is_last",
        "_left",
        "_number",
        "_open",
        "_parameters",
        "_place",
        "_reading",
        "_schema",
        "_source",
        "_spent",
        "_text",
        "_turn",
        "_worker",
        "limit_seconds",
        "organisation",
        "stopped",
    )

    def __init__(
        self,
        engine: GovernedEngine,
        text: str,
        parameters: Mapping[str, Any],  # values that a query may have beside its text
        *,
        place: Place,
        organisation: str,
        limit_seconds: float,
    ) -> None:
        self.organisation = organisation
        self.limit_seconds = limit_seconds
        self.stopped: BaseException | None = None
        self._engine = engine
        self._text = text
        self._parameters = parameters
        self._place = place
        self._reading = threading.Lock()
        self._turn: Turn | None = None
        self._worker: Worker | None = None
        self._source: Worker | Spilled | None = None
        self._number = 0
        self._schema: pa.Schema | None = None
        self._coming: Frame | None = None
        self._is_last = False
        self._open = True
        self._spent = 0.0
        self._entered: float | None = None
        self._left = 0.0

    @property
    def is_overdue(self) -> bool:
        """Say whether the engine has worked on it for longer than allowed; a slow reader's time does not count."""
        entered = self._entered
        under_way = 0.0 if entered is None else time.monotonic() - entered
        return self._spent + under_way > self.limit_seconds

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of the answer; the query begins if it has not."""
        return self.begin()

    @property
    def spill_bytes(self) -> int:
        """Return how much of the disk one query may take."""
        return self._engine.spill_bytes

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches of the frames."""
        for frame in self.frames():
            yield from frame.batches

    def frames(self) -> Iterator[Frame]:
        """Yield the answer as it comes; raise what stopped the query, or its own fault without a value in it."""
        try:
            while (frame := self._next()) is not None:
                yield frame
        finally:
            self.close()

    def begin(self) -> pa.Schema:
        """Wait for a worker and compute until there is something to give, once; return the columns."""
        if self._schema is None:
            turn = self._turn = Turn(self.organisation, self._yield)
            self._check()
            self._pose(self._engine.pool.take(turn))
            self._coming = self._hear()
            self._schema = self._coming.schema
        return self._schema

    def stop(self, why: BaseException) -> None:
        """End the query from another thread within a second; its reader is told `why`."""
        self.stopped = self.stopped or why
        worker, turn = self._worker, self._turn
        if worker is not None:
            self._engine.pool.stop(worker, self._number)
        elif turn is not None:
            self._engine.pool.withdraw(turn, self.stopped)

    def close(self) -> None:
        """Give everything back; safe to call twice."""
        if not self._open:
            return
        self._open = False
        self._engine.ended(self)
        if not self._reading.acquire(blocking=False):
            self.stop(_closed())  # whoever is waiting for a batch is told
            self._reading.acquire()
        try:
            self._release()
        finally:
            self._reading.release()

    def _pose(self, worker: Worker, *, with_setup: bool = False) -> None:
        with self._reading:
            self._number = self._engine.next_number()
            self._worker = self._source = worker
            worker.pose(self._request(worker, with_setup=with_setup))
        if not self._open or self.stopped is not None:
            self.stop(self.stopped or _closed())

    def _request(self, worker: Worker, *, with_setup: bool) -> Request:
        place = self._place
        known = place.key in worker.knows and not with_setup
        worker.knows.add(place.key)
        return Request(
            self._number,
            place.key,
            place.source,
            self._text,
            self._parameters,
            self.limit_seconds + _GRACE_SECONDS,
            None if known else place.setup,
        )

    def _next(self) -> Frame | None:
        self.begin()
        self._check()
        frame, self._coming = self._coming, None
        return frame or (None if self._is_last else self._hear())

    def _hear(self) -> Frame:
        """Take the next frame of the answer."""
        kind, payload = self._frame()
        if kind is Kind.SETUP_WANTED and self._worker is not None:
            self._pose(self._worker, with_setup=True)
            kind, payload = self._frame()
        self._is_last = kind is Kind.LAST
        return _read(payload)

    def _frame(self) -> tuple[Kind, memoryview]:
        with self._reading:
            source = self._source
            if source is None:
                raise self.stopped or _closed()
            self._entered = time.monotonic()
            try:
                kind, payload = source.answer()
                self._check()
            except GolcondaError as fault:
                self._release()
                raise self.stopped or fault from None
            finally:
                self._left = time.monotonic()
                self._spent += self._left - self._entered
                self._entered = None
            if kind is Kind.LAST:
                self._release()
            return kind, payload

    def _release(self) -> None:
        """Give the worker back, or the file that its answer went to."""
        source, worker = self._source, self._worker
        self._source = self._worker = None
        if isinstance(source, Spilled):
            source.close()
            if worker is not None:
                self._engine.pool.stop(worker, self._number)  # it may still be at it
        elif source is not None:
            self._engine.pool.give_back(source)

    def _yield(self, now: float) -> None:
        """Let the worker go to others who wait, if the reader is slow: the rest of the answer goes to a file."""
        is_slow = now - self._left > _AWAY_SECONDS
        if self._schema is not None and is_slow and self._reading.acquire(blocking=False):
            try:
                if self._source is not None and self._source is self._worker:
                    self._source = self._engine.spilled(self._worker)
            finally:
                self._reading.release()

    def _check(self) -> None:
        if self.stopped is not None:
            raise self.stopped


class GovernedEngine:
    """Worker processes that answer queries under limits. Safe to share between threads."""

    def __init__(
        self, allowance: Allowance, *, spill_directory: Path, copies: Copies | None = None, workers: int | None = None
    ) -> None:
        """Take at most so many workers, else as many as the machine has cores; none is started before it is needed."""
        self._allowance = allowance
        self.spill_directory = spill_directory
        self._copies = copies
        self._places: Shelf[frozenset[str], Place] = Shelf(1024)
        self._lock = threading.Lock()
        self._running: set[Running] = set()
        self._numbers = count(1)
        self.pool = Pool(workers or usual_workers(), hello=self._hello, spill=spill_directory)

    def run(
        self,
        sql: str,
        parameters: Mapping[str, Any],  # values that a query may have beside its text
        files: frozenset[str],
        *,
        over_copies: OverCopies | None = None,
        timeout_seconds: float | None = None,
        organisation: str = "",
    ) -> Running:
        """Return a query that begins when its schema or first batch is asked for. `over_copies`: the plan over copies.

        `organisation`: whose query it is, so that all get their turn. While running it raises InvalidInput, TryAgain
        or Defect; never the engine's own words, which may quote values.
        """
        limit = min(timeout_seconds or self._allowance.timeout_seconds, self._allowance.timeout_seconds)
        place, text = self._place(sql, files, over_copies)
        running = Running(self, text, parameters, place=place, organisation=organisation, limit_seconds=limit)
        with self._lock:
            self._running.add(running)
        return running

    def warm(self) -> None:
        """Have a worker started, if there is none, while something else is done."""
        self.pool.warm()

    def keep_warm(self, workers: int) -> None:
        """Keep so many workers at hand, as a server does."""
        self.pool.keep_warm(workers)

    @property
    def spill_bytes(self) -> int:
        """Return how much of the disk one query may take."""
        return self._allowance.spill_megabytes * _MEGABYTE

    def running(self) -> tuple[Running, ...]:
        """List the queries under way."""
        with self._lock:
            return tuple(self._running)

    def ended(self, running: Running) -> None:
        """Forget a query."""
        with self._lock:
            self._running.discard(running)

    def next_number(self) -> int:
        """Return a number that no query had."""
        return next(self._numbers)

    def spilled(self, worker: Worker) -> Spilled:
        """Take the rest of a query's answer from its worker."""

        def done(worker: Worker) -> None:
            self.pool.give_back(worker)

        return Spilled(worker, self.spill_directory, most=self.spill_bytes, done=done)

    def close(self) -> None:
        """End every worker."""
        self.pool.close()
        if self._copies is not None:
            self._copies.close()

    def _place(self, sql: str, files: frozenset[str], over_copies: OverCopies | None) -> tuple[Place, str]:
        """Return where a plan runs and its text there: over native copies where there are all of them."""
        if over_copies is not None and self._copies is not None:
            copies = self._copies.ready(over_copies.sources)
            if copies is not None:
                key = frozenset(map(str, copies.values()))
                place = self._places.kept(key, lambda: _place("copies", key, lockdown.locking((), copies)))
                return place, over_copies.sql
        return self._places.kept(files, lambda: _place("files", files, lockdown.locking(files, {}))), sql

    def _hello(self, process: int) -> Hello:
        """Return what a new worker is told."""
        file = self.spill_directory / f"duckdb_temp_{process}_trial"  # where sweeping finds it
        trials = {"files": leak_test.trial(file, native=False), "copies": leak_test.trial(file, native=True)}
        return Hello(self._settings(), self._allowance.memory_megabytes * _MEGABYTE, trials)

    def _settings(self) -> dict[str, Any]:  # as lockdown.settings
        return lockdown.settings(
            threads=self._allowance.threads,
            memory_megabytes=max(1, int(self._allowance.memory_megabytes * _OF_MEMORY)),
            spill_directory=self.spill_directory,
            spill_megabytes=self._allowance.spill_megabytes,
        )


def _read(stream: memoryview) -> Frame:
    import pyarrow as pa

    try:
        return frames.read(stream)
    except pa.ArrowException as error:
        raise translated(error) from None


def _place(source: str, files: frozenset[str], setup: tuple[str, ...]) -> Place:
    return Place(name_of((source, *sorted(files))), source, setup)


def _closed() -> TryAgain:
    return TryAgain("query-stopped", "The query was stopped before it ended.", hint="Ask again.")
