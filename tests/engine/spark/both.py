"""One table, both engines: what a query gives on each."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date
from math import isclose
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from golconda.engine.faults import timed_out
from golconda.gate.compile import compile_plan
from golconda.gate.statement import parse

if TYPE_CHECKING:
    from golconda.engine.governed import GovernedEngine
    from golconda.engine.spark.engine import SparkEngine
    from golconda.engine.spark.running import SparkRunning
    from golconda.gate.compile import Plan
    from golconda.gate.protected import ProtectedTable

KEY = b"golconda"


@dataclass(frozen=True)
class Both:
    """DuckDB and Spark over the same tables."""

    duckdb: GovernedEngine
    spark: SparkEngine

    def plan(self, sql: str, *tables: ProtectedTable) -> Plan:
        asked = parse(sql)
        by_name = {table.name.table: table for table in tables}
        bound = {reference: by_name[reference.table] for reference in asked.references}
        today = date(2026, 1, 1)
        return compile_plan(asked, bound, attributes={}, today=today, key=lambda _: KEY, engine="spark")

    def on_duckdb(self, sql: str, *tables: ProtectedTable) -> pa.Table:
        plan = self.plan(sql, *tables)
        running = self.duckdb.run(plan.sql, plan.parameters, frozenset(plan.files))
        return pa.Table.from_batches(list(running), schema=running.schema)

    def on_spark(self, sql: str, *tables: ProtectedTable) -> pa.Table:
        return self.answer(self.plan(sql, *tables))

    def answer(self, plan: Plan, timeout_seconds: float | None = None) -> pa.Table:
        """Return Spark's answer; what is over its time is stopped, as the gate's watch does."""
        running = self.run(plan, timeout_seconds)
        over = threading.Event()
        watch = threading.Thread(target=_watch, args=(running, over))
        watch.start()
        try:
            return pa.Table.from_batches(list(running), schema=running.schema)
        finally:
            over.set()
            watch.join()

    def running(self, sql: str, *tables: ProtectedTable, timeout_seconds: float | None = None) -> SparkRunning:
        return self.run(self.plan(sql, *tables), timeout_seconds)

    def run(self, plan: Plan, timeout_seconds: float | None = None) -> SparkRunning:
        def schema() -> pa.Schema:
            running = self.duckdb.run(plan.without_rows, plan.parameters, frozenset(plan.files))
            try:
                return running.schema
            finally:
                running.close()

        assert plan.over_spark is not None
        return self.spark.run(plan.over_spark, plan.parameters, schema=schema, timeout_seconds=timeout_seconds)

    def differing(self, sql: str, *tables: ProtectedTable) -> list[tuple[Any, Any]]:
        """Return the values that differ, of each column its first."""
        one, other = self.on_duckdb(sql, *tables), self.on_spark(sql, *tables)
        assert one.schema == other.schema
        assert one.num_rows == other.num_rows
        found = []
        for name, left, right in zip(one.column_names, one.columns, other.columns, strict=True):
            pairs = zip(_plain(left), _plain(right), strict=True)
            found += [(name, row, *pair) for row, pair in enumerate(pairs) if not same(*pair)][:1]
        return found


def _watch(running: SparkRunning, over: threading.Event) -> None:
    while not over.wait(0.1):
        if running.is_overdue:
            running.stop(timed_out())
            return


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """Return the values, times as numbers: Python's end with the year 9999."""
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.int32() if pa.types.is_date(column.type) else pa.int64())
    values: list[Any] = column.to_pylist()
    return values


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return the rows, as Python has their values."""
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def same(left: Any, right: Any) -> bool:
    """Say whether two values are one; doubles may differ in the last digits, as sums in another order do."""
    if isinstance(left, float) and isinstance(right, float):
        return left == right or (left != left and right != right) or isclose(left, right, rel_tol=1e-12)
    return bool(left == right)
