"""A short test in each worker: does its engine keep hidden rows from failing expressions? If not, nothing is served.

A file of a few rows, Parquet or native, holds marked values in rows that a filter hides. Each shape below made an
engine or a plan without barrier tell one of them: by a predicate that moved below the filter, by a function tried on a
whole dictionary, or by one tried on the file's statistics while planning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import lockdown
from golconda.engine.barrier import DISABLED_OPTIMIZERS, behind_barrier
from golconda.engine.copies import TABLE, filling
from golconda.engine.workers.wire import Trial

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

CANARY = "SECRET-0"
_COPY = "copy_test"
_ROWS = (
    "SELECT CASE WHEN i = 7 THEN 'SECRET-0' ELSE CAST(i AS VARCHAR) END AS t, CASE WHEN i = 7 THEN 0 ELSE 1 END AS n, "
    "CASE WHEN i = 7 THEN DATE '-5877641-06-25' ELSE DATE '2020-01-01' END AS d, "
    "i AS b, 'x' || CAST(i % 3 AS VARCHAR) AS g FROM range(2100) AS r(i)"
)
# Costly enough that the optimiser would rather do something else first.
_FILTER = "(n <> 0 OR g = 'zz')"
# `{view}` is the protected view; each must give rows, not an error. All but the last two fail without the barrier,
# those two where the optimiser may look at statistics.
SHAPES = (
    "SELECT count(*) FROM {view} AS v LEFT JOIN {view} AS w ON v.b = w.b + 5 WHERE CAST(v.t AS INTEGER) >= 0",
    "SELECT count(*) FROM {view} AS v LEFT JOIN {view} AS w ON v.b = w.b + 5 WHERE 10 // v.n > 0",
    "SELECT count(*) FROM {view} AS v LEFT JOIN {view} AS w ON v.b = w.b + 5 WHERE 1 // (length(v.t) - 8) < 5",
    "SELECT count(*) FROM {view} AS v WHERE v.g IN (SELECT g FROM {view} AS w) AND CAST(v.t AS INTEGER) >= 0",
    "SELECT count(*) FROM {view} AS v WHERE v.g IN (SELECT g FROM {view} AS w) AND 10 // v.n > 0",
    "SELECT count(*) FROM {view} AS v WHERE week(d) > 0",
    "SELECT max(yearweek(d)) FROM {view} AS v",
)


def trial(file: Path, *, native: bool) -> Trial:
    """Return the test as a worker makes it on the instance it will serve from: some 40 ms, leaving nothing behind.

    `file`: where it may write, without an ending. The worker raises ``engine-leaks`` where a query fails.
    """
    parquet, copy = file.with_suffix(".parquet"), file.with_suffix(".duckdb")
    written = exp.Literal.string(str(parquet)).sql("duckdb")
    writing = (f"COPY ({_ROWS}) TO {written} (FORMAT parquet)",)
    if not native:
        queries = _queries(_parquet(parquet))
        return Trial(writing, lockdown.locking((str(parquet),), {}), queries, (str(parquet),))
    queries = _queries(exp.table_(TABLE, db="main", catalog=_COPY, quoted=True))
    setup = lockdown.locking((), {_COPY: copy})
    return Trial((*writing, *filling(copy, (str(parquet),))), setup, queries, (str(parquet), str(copy)))


def _queries(source: exp.Table) -> tuple[str, ...]:
    view = _view(source)
    return tuple(shape.replace("{view}", view) for shape in SHAPES)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Switch off what would try expressions on hidden values."""
    names = ",".join(DISABLED_OPTIMIZERS)
    connection.execute(f"SET disabled_optimizers = '{names}'")


def _parquet(file: Path) -> exp.Table:
    return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(str(file))]))


def _view(source: exp.Table) -> str:
    rows = exp.select("*").from_(source).where(_FILTER, dialect="duckdb")
    return f"({behind_barrier(rows).sql('duckdb')})"
