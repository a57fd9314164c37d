"""Runs plans on Spark, with the columns that DuckDB gives the same plan."""

from __future__ import annotations

import threading
from itertools import count
from typing import TYPE_CHECKING, Any

from golconda.engine.spark.running import SparkRunning
from golconda.engine.spark.session import Cluster, Driver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from golconda.engine.spark.translate import OverSpark


class SparkEngine:
    """Spark under limits. Nothing starts before the first query; safe to share between threads."""

    def __init__(self, cluster: Cluster, *, timeout_seconds: float, spill_bytes: int = 2**33) -> None:
        self._driver = Driver(cluster)
        self._spill_bytes = spill_bytes
        self._timeout_seconds = timeout_seconds
        self._numbers = count(1)
        self._running: set[SparkRunning] = set()
        self._lock = threading.Lock()

    @property
    def driver(self) -> Driver:
        """Return what holds Spark's process."""
        return self._driver

    def run(
        self,
        plan: OverSpark,
        parameters: Mapping[str, Any],  # values that a query may have beside its text
        *,
        schema: Callable[[], pa.Schema],
        timeout_seconds: float | None = None,
    ) -> SparkRunning:
        """Return a query that begins when its schema or first batch is asked for; `schema`: the answer's columns."""
        limit = min(timeout_seconds or self._timeout_seconds, self._timeout_seconds)
        running = SparkRunning(
            self._driver,
            plan,
            parameters,
            schema=schema,
            limit_seconds=limit,
            spill_bytes=self._spill_bytes,
            number=next(self._numbers),
            ended=self._ended,
        )
        with self._lock:
            self._running.add(running)
        return running

    def close(self) -> None:
        """End Spark."""
        self._driver.close()

    def _ended(self, running: SparkRunning) -> None:
        with self._lock:
            self._running.discard(running)
