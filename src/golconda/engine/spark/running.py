"""A query under way on Spark: begun, watched, stopped and closed as one on DuckDB is."""

from __future__ import annotations

import threading
import time
from itertools import chain
from typing import TYPE_CHECKING, Any

from golconda.engine.spark import reading
from golconda.engine.spark.clearing import Clearing
from golconda.engine.spark.faults import translated
from golconda.kernel.errors import Defect, TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from golconda.engine.spark.session import Driver
    from golconda.engine.spark.translate import OverSpark
    from golconda.engine.workers.frame import Frame


class SparkRunning:
    """A query on Spark; what it gives has the columns that DuckDB's answer would have."""

    def __init__(
        self,
        driver: Driver,
        plan: OverSpark,
        parameters: Mapping[str, Any],  # values that a query may have beside its text
        *,
        schema: Callable[[], pa.Schema],
        limit_seconds: float,
        spill_bytes: int,
        number: int,
        ended: Callable[[SparkRunning], object],
    ) -> None:
        self.limit_seconds = limit_seconds
        self._spill_bytes = spill_bytes
        self.stopped: BaseException | None = None
        self._driver = driver
        self._plan = plan
        self._parameters = parameters
        self._wanted = schema
        self._group = f"golconda-{number}"
        self._ended = ended
        self._table: pa.Table | None = None
        self._context: Any = None  # a SparkContext
        self._entered: float | None = None
        self._spent = 0.0
        self._done = threading.Event()
        self._told = threading.Event()  # computed, failed or stopped
        self._fault: Exception | None = None

    @property
    def is_overdue(self) -> bool:
        """Say whether Spark has worked on it for longer than allowed; its start does not count."""
        under_way = 0.0 if self._entered is None else time.monotonic() - self._entered
        return self._spent + under_way > self.limit_seconds

    @property
    def is_under_way(self) -> bool:
        """Say whether Spark is at work on it."""
        return self._entered is not None

    @property
    def spill_bytes(self) -> int:
        """Return how much of the disk one query may take."""
        return self._spill_bytes

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of the answer; the query runs if it has not."""
        return self.begin().schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; raise what stopped the query, or its own fault without a value in it."""
        try:
            for batch in self.begin().to_batches():
                self._check()
                yield batch
        finally:
            self.close()

    def frames(self) -> Iterator[Frame]:
        """Yield the same as frames, after one of no rows."""
        import pyarrow as pa

        from golconda.engine.workers.frame import read

        empty = pa.RecordBatch.from_pylist([], schema=self.schema)
        for batch in chain((empty,), self):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema) as writer:
                writer.write_batch(batch)
            yield read(memoryview(sink.getvalue()).cast("B"))  # Arrow's buffers count in signed bytes

    def begin(self) -> pa.Table:
        """Compute the whole answer, once; Spark holds it back until the driver has room for all of it."""
        if self._table is None:
            self._check()
            schema = self._wanted()
            # Spark itself is asked by another thread: whoever stops the query is told at once, whatever hangs there.
            threading.Thread(target=self._compute, args=(schema,), daemon=True, name="golconda-spark-query").start()
            self._told.wait()
            if self.stopped is not None:
                raise self.stopped
            if self._fault is not None:
                raise translated(self._fault, alive=self._driver.is_alive) from None
        return self._given()

    def stop(self, why: BaseException) -> None:
        """End the query from another thread; its reader is told `why`."""
        self.stopped = self.stopped or why
        self._told.set()
        context = self._context
        if context is None or self._done.is_set():
            return
        clearing = Clearing(self._driver, context, self._group, self._done)
        threading.Thread(target=clearing.run, daemon=True, name="golconda-spark-cancel").start()

    def close(self) -> None:
        """Give everything back; safe to call twice."""
        if not self._done.is_set() and self._context is not None:
            self.stop(TryAgain("query-stopped", "The query was stopped before it ended.", hint="Ask again."))
        self._ended(self)

    def _given(self) -> pa.Table:
        if self._table is None:
            raise Defect("engine-defect", "The query gave nothing.", hint="Report it with the query's text.")
        return self._table

    def _compute(self, schema: pa.Schema) -> None:
        try:
            self._table = self._computed(schema)
        except Exception as error:
            self._fault = error
        finally:
            self._told.set()
            self._driver.leave()

    def _computed(self, schema: pa.Schema) -> pa.Table:
        spark = self._driver.session()
        self._context, self._entered = spark.sparkContext, time.monotonic()
        try:
            self._check()  # only now: whoever stops it before sees no context to cancel in
            self._context.setJobGroup(self._group, "a governed query", interruptOnCancel=True)
            frame = reading.frame(spark, self._plan, self._parameters, columns=len(schema))
            self._check()
            return _as_told(frame.toArrow(), schema)
        finally:
            self._done.set()
            self._spent, self._entered = time.monotonic() - self._entered, None

    def _check(self) -> None:
        if self.stopped is not None:
            raise self.stopped


def _as_told(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the answer in the types that DuckDB gives it; what does not fit is no answer."""
    import pyarrow as pa

    try:
        columns = [column.cast(field.type) for column, field in zip(table.columns, schema, strict=True)]
        return pa.Table.from_arrays(columns, schema=schema)
    except (pa.ArrowException, ValueError) as error:
        raise Defect(
            "engine-defect", "The engine broke on this query.", hint="Report it with the query's text."
        ) from error
