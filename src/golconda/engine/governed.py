"""Runs compiled plans on locked-down DuckDB instances that can open the plan's files and nothing else.

An instance costs about 9 ms to open and lock, a cursor on an open one microseconds; so instances are kept, keyed by
the set of files they may read. Files are immutable, so a kept instance never goes stale.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from golconda.engine import leak_test
from golconda.engine.barrier import DISABLED_OPTIMIZERS
from golconda.engine.copies import attach
from golconda.engine.faults import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import duckdb
    import pyarrow as pa

    from golconda.engine.copies import Copies, OverCopies

T = TypeVar("T")
_BATCH_ROWS = 65_536
_BATCH_CELLS = 2**21  # of a wide answer fewer rows come at a time, so that a batch stays in the tens of megabytes
_QUICKLY_PLANNED = 4_000  # characters
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one query may take: threads, memory, disk to spill to, seconds."""

    threads: int = 2
    memory_megabytes: int = 2048
    spill_megabytes: int = 8192
    timeout_seconds: float = 60.0


@dataclass(slots=True, eq=False)
class Running:
    """A query under way: its schema, and its batches as they come. Closing it ends the query.

    It is planned and nothing more until it begins, so that whoever may stop it can hold it before the engine, which
    gives no sign until the first rows are there, is at work.
    """

    limit_seconds: float
    _answer: duckdb.DuckDBPyRelation
    _cursor: duckdb.DuckDBPyConnection
    _engine: GovernedEngine
    stopped: BaseException | None = None
    _reader: pa.RecordBatchReader | None = None
    _open: bool = True
    _spent: float = 0.0
    _entered: float | None = None

    @property
    def is_overdue(self) -> bool:
        """Say whether the engine has worked on it for longer than allowed; a slow reader's time does not count."""
        entered = self._entered
        under_way = 0.0 if entered is None else time.monotonic() - entered
        return self._spent + under_way > self.limit_seconds

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; raise what stopped the query, or its own fault without a value in it."""
        try:
            while (batch := self._next()) is not None:
                yield batch
        finally:
            self.close()

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of the answer; the query begins if it has not."""
        return self.begin().schema

    def begin(self) -> pa.RecordBatchReader:
        """Compute until there is something to give, once; aggregates are computed to their end here."""
        if self._reader is None:
            rows = _batch_rows(len(self._answer.columns))
            self._reader = self._worked(lambda: self._answer.to_arrow_reader(rows))
        return self._reader

    def _next(self) -> pa.RecordBatch | None:
        reader = self.begin()
        return self._worked(lambda: next(reader, None))

    def _worked(self, work: Callable[[], T]) -> T:
        """Return what the engine gives; its time counts, and its faults are told without values in them."""
        import duckdb
        import pyarrow as pa

        self._check()
        self._entered = time.monotonic()
        try:
            found = work()
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise self.stopped or translated(error) from None
        finally:
            self._spent += time.monotonic() - self._entered
            self._entered = None
        self._check()
        return found

    def _check(self) -> None:
        if self.stopped is not None:
            raise self.stopped

    def stop(self, why: BaseException) -> None:
        """End the query from another thread; its reader is told `why`."""
        self.stopped = self.stopped or why
        with suppress(Exception):  # it may have ended a moment ago
            self._cursor.interrupt()

    def close(self) -> None:
        """Give everything back; safe to call twice."""
        if self._open:
            self._open = False
            self._engine.ended(self)
            with suppress(Exception):  # an interrupted stream may refuse to close; it is gone all the same
                if self._reader is not None:
                    self._reader.close()
            with suppress(Exception):
                self._cursor.close()


def _batch_rows(columns: int) -> int:
    return max(1, min(_BATCH_ROWS, _BATCH_CELLS // columns))


@contextmanager
def _planned_within(seconds: float, cursor: duckdb.DuckDBPyConnection, sql: str) -> Iterator[None]:
    """Stop a plan that takes too long to make: the engine thinks about 60 joins for hours before its first row.

    Short queries are not worth a timer of their own.
    """
    if len(sql) < _QUICKLY_PLANNED:
        yield
        return
    timer = threading.Timer(seconds, cursor.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class GovernedEngine:
    """Locked-down DuckDB instances, least recently used first out. Safe to share between threads."""

    def __init__(self, allowance: Allowance, *, spill_directory: Path, copies: Copies | None = None) -> None:
        self._allowance = allowance
        self.spill_directory = spill_directory
        self._copies = copies
        self._instances: OrderedDict[frozenset[str], duckdb.DuckDBPyConnection] = OrderedDict()
        self._lock = threading.Lock()
        self._running: set[Running] = set()

    def run(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        files: frozenset[str],
        *,
        over_copies: OverCopies | None = None,
        timeout_seconds: float | None = None,
    ) -> Running:
        """Plan a query; it begins when its schema or first batch is asked for. `over_copies`: the plan over copies.

        Cost: planning, about 2 ms; the first of a process some 40 for the test that nothing leaks, which raises Defect.
        Raises InvalidInput or TryAgain; never the engine's own words, which may quote values.
        """
        import duckdb

        limit = min(timeout_seconds or self._allowance.timeout_seconds, self._allowance.timeout_seconds)
        instance, text = self._place(sql, files, over_copies)
        cursor = instance.cursor()
        try:
            with _planned_within(limit, cursor, text):
                answer = cursor.sql(text, params=dict(parameters))
        except duckdb.Error as error:
            cursor.close()
            raise translated(error) from None
        running = Running(limit, answer, cursor, self)
        with self._lock:
            self._running.add(running)
        return running

    def running(self) -> tuple[Running, ...]:
        """List the queries under way."""
        with self._lock:
            return tuple(self._running)

    def ended(self, running: Running) -> None:
        """Forget a query."""
        with self._lock:
            self._running.discard(running)

    def close(self) -> None:
        """Close every instance."""
        with self._lock:
            instances, self._instances = self._instances, OrderedDict()
        for instance in instances.values():
            instance.close()
        if self._copies is not None:
            self._copies.close()

    def _place(
        self, sql: str, files: frozenset[str], over_copies: OverCopies | None
    ) -> tuple[duckdb.DuckDBPyConnection, str]:
        """Return where a plan runs and its text there: over native copies where there are all of them."""
        if over_copies is not None and self._copies is not None:
            copies = self._copies.ready(over_copies.sources)
            if copies is not None:
                return self._instance(frozenset(map(str, copies.values())), copies), over_copies.sql
        return self._instance(files, {}), sql

    def _instance(self, files: frozenset[str], copies: Mapping[str, Path]) -> duckdb.DuckDBPyConnection:
        with self._lock:
            found = self._instances.get(files)
            if found is None:
                leak_test.check_once(self._locked_down, native=bool(copies))
                found = self._instances[files] = self._locked_down(frozenset() if copies else files, copies)
                self._evict()
            self._instances.move_to_end(files)
            return found

    def _evict(self) -> None:
        """Drop the oldest instance; its cursors keep the database alive until their queries end."""
        if len(self._instances) > _KEPT:
            self._instances.popitem(last=False)

    def _locked_down(self, files: frozenset[str], copies: Mapping[str, Path]) -> duckdb.DuckDBPyConnection:
        import duckdb
        from sqlglot import exp

        self.spill_directory.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(":memory:", config=self._settings())
        paths = exp.array(*(exp.Literal.string(path) for path in sorted(files))).sql("duckdb")
        for name, path in copies.items():
            connection.execute(attach(path, name, read_only=True))
        # The order matters: each line needs what the next one takes away.
        for setting, value in (
            ("GLOBAL TimeZone", "'UTC'"),  # a plain SET is not passed on to cursors
            ("allowed_paths", paths),
            ("disabled_optimizers", exp.Literal.string(",".join(DISABLED_OPTIMIZERS)).sql("duckdb")),
            ("enable_external_access", "false"),
            ("lock_configuration", "true"),
        ):
            connection.execute(exp.Set(expressions=[exp.SetItem(this=exp.Var(this=f"{setting} = {value}"))]).sql())
        return connection

    def _settings(self) -> dict[str, Any]:  # DuckDB takes text, numbers and booleans
        return {
            "threads": self._allowance.threads,
            "memory_limit": f"{self._allowance.memory_megabytes}MB",
            "temp_directory": str(self.spill_directory),
            "max_temp_directory_size": f"{self._allowance.spill_megabytes}MB",
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        }
