"""A short test at start: does this engine keep hidden rows from failing expressions? If not, nothing is served.

A Parquet file of a few rows holds marked values in rows that a filter hides. Each shape below made an engine or a
plan without barrier tell one of them: by a predicate that moved below the filter, by a function tried on a whole
dictionary, or by one tried on the file's statistics while planning.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one

from golconda.engine.barrier import DISABLED_OPTIMIZERS, behind_barrier
from golconda.kernel.errors import Defect

if TYPE_CHECKING:
    import duckdb

CANARY = "SECRET-0"
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


def check(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise Defect ``engine-leaks`` if a hidden row makes itself felt. Takes some 50 ms and leaves nothing behind.

    `connection` must be set up as those that serve: see `barrier.DISABLED_OPTIMIZERS`.
    """
    import duckdb as engine

    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        connection.execute(f"COPY ({_ROWS}) TO '{file}' (FORMAT parquet)")
        for shape in SHAPES:
            try:
                connection.execute(shape.replace("{view}", _view(file))).fetchall()
            except engine.Error as error:
                raise _leak(shape) from error


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Switch off what would try expressions on hidden values."""
    names = ",".join(DISABLED_OPTIMIZERS)
    connection.execute(f"SET disabled_optimizers = '{names}'")


def _view(file: Path) -> str:
    rows = parse_one(f"SELECT * FROM read_parquet('{file}') WHERE {_FILTER}", dialect="duckdb")  # noqa: S608 our file
    assert isinstance(rows, exp.Select)  # noqa: S101
    return f"({behind_barrier(rows).sql('duckdb')})"


def _leak(shape: str) -> Defect:
    return Defect(
        "engine-leaks",
        f"This engine lets a hidden row be felt: {shape.replace('{view}', 'view')} failed.",
        hint="Install the version of DuckDB that golconda requires, and report this if it is the one.",
    )
