"""A short test at start: does this engine keep hidden rows from failing expressions? If not, nothing is served.

A file of a few rows, Parquet or native, holds marked values in rows that a filter hides. Each shape below made an
engine or a plan without barrier tell one of them: by a predicate that moved below the filter, by a function tried on a
whole dictionary, or by one tried on the file's statistics while planning.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine.barrier import DISABLED_OPTIMIZERS, behind_barrier
from golconda.engine.copies import TABLE, fill
from golconda.kernel.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    Opened = Callable[[frozenset[str], Mapping[str, Path]], duckdb.DuckDBPyConnection]

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

# What has passed in this process: settings and engine are the same until it ends.
_passed: set[bool] = set()


def check_once(opened: Opened, *, native: bool) -> None:
    """Check on the first call in a process, for files and for native copies each; a failure is found again."""
    if native not in _passed:
        check(opened, native=native)
        _passed.add(native)


def check(opened: Opened, *, native: bool) -> None:
    """Raise Defect ``engine-leaks`` if a hidden row makes itself felt. Takes some 40 ms and leaves nothing behind.

    `opened` gives the connection that serves a set of files, or copies by name: locked down, all settings made.
    """
    with TemporaryDirectory() as folder:
        file = _written(Path(folder), native=native)
        source = exp.table_(TABLE, db="main", catalog=_COPY, quoted=True) if native else _parquet(file)
        files, copies = (frozenset[str](), {_COPY: file}) if native else (frozenset({str(file)}), {})
        with opened(files, copies) as connection:
            _try_shapes(connection, source)


def _try_shapes(connection: duckdb.DuckDBPyConnection, source: exp.Table) -> None:
    import duckdb as engine

    view = _view(source)
    for shape in SHAPES:
        try:
            connection.execute(shape.replace("{view}", view)).fetchall()
        except engine.Error as error:
            raise _leak(shape) from error


def _written(folder: Path, *, native: bool) -> Path:
    import duckdb as engine

    file, copy = folder / "rows.parquet", folder / "rows.duckdb"
    with engine.connect(config={"threads": 1}) as connection:
        connection.execute(f"COPY ({_ROWS}) TO '{file}' (FORMAT parquet)")
        if native:
            fill(connection, copy, (str(file),))
    return copy if native else file


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Switch off what would try expressions on hidden values."""
    names = ",".join(DISABLED_OPTIMIZERS)
    connection.execute(f"SET disabled_optimizers = '{names}'")


def _parquet(file: Path) -> exp.Table:
    return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(str(file))]))


def _view(source: exp.Table) -> str:
    rows = exp.select("*").from_(source).where(_FILTER, dialect="duckdb")
    return f"({behind_barrier(rows).sql('duckdb')})"


def _leak(shape: str) -> Defect:
    return Defect(
        "engine-leaks",
        f"This engine lets a hidden row be felt: {shape.replace('{view}', 'view')} failed.",
        hint="Install the version of DuckDB that golconda requires, and report this if it is the one.",
    )
