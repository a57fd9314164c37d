"""What goes wrong on Spark is told as on DuckDB, without a value, and nothing hangs."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hard_values import table

from golconda.engine.faults import timed_out
from golconda.kernel.errors import GolcondaError, InvalidInput, TryAgain

if TYPE_CHECKING:
    from pathlib import Path

    from both import Both

    from golconda.gate.protected import ProtectedTable

pytestmark = [pytest.mark.slow, pytest.mark.spark]

_LONG = "SELECT count(*) FROM hard a, hard b, hard c, hard d, hard e WHERE a.j + b.j + c.j + d.j + e.j < 0"


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> ProtectedTable:
    return table(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("SELECT lower(s) FROM hard", "the function lower"),
        ("SELECT CAST(s AS INTEGER) FROM hard", "a cast of text to integer"),
        ("SELECT CAST(x AS VARCHAR) FROM hard", "a cast of double to text"),
        ("SELECT s LIKE u FROM hard", "LIKE with a pattern that is not written out"),
        ("SELECT any_value(s) FROM hard", "the function any_value"),
        ("SELECT list(s) FROM hard", "the function list"),
        ("SELECT s ILIKE 'a%' FROM hard", "ILike"),
        ("SELECT DISTINCT ON (g) s FROM hard", "DISTINCT ON"),
        ("SELECT s FROM hard QUALIFY row_number() OVER (ORDER BY id) = 1", "QUALIFY"),
        ("SELECT substring(s, j) FROM hard", "substring by other than written numbers"),
        ("SELECT * FROM range(3)", "a table function"),
        ("SELECT sin(x) FROM hard", "the function sin"),
        ("SELECT g, count(*) FROM hard GROUP BY ROLLUP (g)", "ROLLUP, CUBE or the grouping set ()"),
        ("SELECT g, count(*) FROM hard GROUP BY CUBE (g)", "ROLLUP, CUBE or the grouping set ()"),
        ("SELECT g, count(*) FROM hard GROUP BY GROUPING SETS ((g), ())", "ROLLUP, CUBE or the grouping set ()"),
    ],
)
def test_what_may_differ_is_refused_before_anything_runs(both: Both, hard: ProtectedTable, sql: str, part: str) -> None:
    with pytest.raises(InvalidInput, match="The engine spark is not asked for") as caught:
        both.plan(sql, hard)
    assert caught.value.code == "engine-differs"
    assert part in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT i // (j - j) FROM hard",
        "SELECT i * 9223372036854775807 * i FROM hard",
        "SELECT CAST(x * 1e300 AS BIGINT) FROM hard",
        "SELECT (SELECT s FROM hard) FROM hard",
    ],
)
def test_a_failing_value_is_told_alike_and_without_the_value(both: Both, hard: ProtectedTable, sql: str) -> None:
    told = []
    for ask in (both.on_duckdb, both.on_spark):
        with pytest.raises(InvalidInput) as caught:
            ask(sql, hard)
        told.append((caught.value.code, str(caught.value)))
    assert told[0] == told[1]
    assert told[0][0] == "query-value-error"


def test_a_query_that_is_stopped_ends_and_the_next_is_answered(both: Both, hard: ProtectedTable) -> None:
    running = both.running(_LONG, hard)
    begun = _stopping(running, timed_out(), when=lambda: running.is_under_way)
    with pytest.raises(TryAgain) as caught:
        running.begin()
    assert caught.value.code == "query-timeout"
    assert time.monotonic() - begun[0] < 5
    assert both.on_spark("SELECT count(*) AS n FROM hard", hard) == pa.table({"n": [400]})


def test_time_counts_from_when_spark_is_at_work(both: Both, hard: ProtectedTable) -> None:
    running = both.running(_LONG, hard, timeout_seconds=0.5)
    assert not running.is_overdue
    _stopping(running, timed_out(), when=lambda: running.is_overdue)
    with pytest.raises(TryAgain, match="longer than one query may"):
        running.begin()


def test_a_driver_that_is_killed_costs_one_query(both: Both, hard: ProtectedTable) -> None:
    both.on_spark("SELECT count(*) FROM hard", hard)
    process = both.spark.driver.process
    assert process is not None
    running = both.running(_LONG, hard)
    threading.Thread(target=lambda: (_until(lambda: running.is_under_way), os.kill(process, signal.SIGKILL))).start()
    with pytest.raises(GolcondaError) as caught:
        running.begin()
    assert caught.value.code == "engine-gone"
    assert both.on_spark("SELECT count(*) AS n FROM hard", hard) == pa.table({"n": [400]})
    assert both.spark.driver.process != process


def test_files_that_are_gone_are_told_as_such(both: Both, tmp_path: Path) -> None:
    gone = table(tmp_path, name="gone")
    plan_made = both.running("SELECT count(*) FROM gone", gone)
    schema = plan_made._wanted()
    plan_made._wanted = lambda: schema
    (tmp_path / "gone-1.parquet").unlink()
    with pytest.raises(TryAgain) as caught:
        plan_made.begin()
    assert caught.value.code == "files-unreachable"


def _stopping(running: object, why: GolcondaError, *, when: object) -> list[float]:
    begun = [0.0]

    def stop() -> None:
        _until(when)
        begun[0] = time.monotonic()
        running.stop(why)  # type: ignore[attr-defined] # a query under way

    threading.Thread(target=stop).start()
    return begun


def _until(holds: object) -> None:
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:  # type: ignore[operator] # a question
        threading.Event().wait(0.05)
