"""Whatever is asked ends within limits, in words of ours, and the next query is answered."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from golconda.engine.workers.limits import resident
from golconda.kernel.errors import GolcondaError, InvalidInput, TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.engine.governed import GovernedEngine

SECONDS = 2
# For each: what it says where limits are reached.
BOMBS = {
    "repeat": "SELECT length(repeat('x', 2000000000))",
    "doubling": "SELECT length(s || s) FROM (SELECT s || s AS s FROM (SELECT s || s AS s FROM "
    "(SELECT s || s AS s FROM (SELECT repeat('x', 100000000) AS s))))",
    "replace": "SELECT length(replace(replace(repeat('a', 10000), 'a', repeat('b', 10000)), 'b', repeat('c', 100)))",
    "range": "SELECT len(range(1000000000))",
    "list": "SELECT len(list(i)) FROM range(3000000000) AS r(i)",
    "string_agg": "SELECT string_agg(repeat('x', 1000000), ',') FROM range(100000) AS r(i)",
    "wide rows": "SELECT repeat('x', 1000000) || i AS x FROM range(100000) AS r(i)",
    "recursion": "WITH RECURSIVE r AS (SELECT 'x' AS s UNION ALL SELECT s || s FROM r) SELECT count(*) FROM r",
    "spill": "SELECT s FROM (SELECT repeat('x', 1000) || i AS s FROM range(100000000) AS r(i)) ORDER BY s",
    "cross join": "SELECT count(*) FROM range(10000000) a(i), range(10000000) b(i) WHERE a.i + b.i <> 1",
    "no interrupt": "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))",
}


@pytest.mark.parametrize("sql", BOMBS.values(), ids=BOMBS)
def test_a_bomb_ends_within_limits_and_the_next_query_is_answered(
    started: Callable[..., GovernedEngine], spill: Path, sql: str
) -> None:
    engine = started(timeout_seconds=SECONDS)
    assert answer(engine, "SELECT 1 AS a") == [{"a": 1}]
    with peak_of(engine) as peak:
        begun = time.monotonic()
        with pytest.raises((InvalidInput, TryAgain)) as caught:
            answer(engine, sql)
        # The limit, the grace before a worker ends itself, and a second in which it does not heed.
        assert time.monotonic() - begun < SECONDS + 2 + 2
    assert caught.value.code in {"query-too-large", "query-timeout"}
    assert peak.megabytes < 100 + 256 + 256 + 200  # itself, the query, stacks, and what comes between two looks
    assert answer(engine, "SELECT 1 AS a") == [{"a": 1}]
    assert sum(file.stat().st_size for file in spill.iterdir()) <= 64 * 2**20


def test_a_large_answer_streams_every_time_it_is_asked_for(started: Callable[..., GovernedEngine]) -> None:
    engine = started()
    for _ in range(4):
        with peak_of(engine) as peak:
            running = engine.run("SELECT a.i, b.i AS j FROM range(100000) a(i), range(100000) b(i)", {}, frozenset())
            next(iter(running))
            running.close()
        assert peak.megabytes < 250


def test_a_query_beyond_its_time_ends_though_nobody_looks(started: Callable[..., GovernedEngine]) -> None:
    engine = started(timeout_seconds=0.2)
    running = engine.run("SELECT sum(a.i) FROM range(10000000) AS a(i), range(10000000) AS b(i)", {}, frozenset())
    with pytest.raises(TryAgain) as caught:
        list(running)
    assert caught.value.code == "query-timeout"


def test_a_slow_readers_time_is_not_the_querys(started: Callable[..., GovernedEngine]) -> None:
    engine = started(timeout_seconds=0.5)
    batches = iter(engine.run("SELECT i FROM range(3000000) AS r(i)", {}, frozenset()))
    rows = next(batches).num_rows
    threading.Event().wait(2.5)  # longer than limit and grace
    assert rows + sum(batch.num_rows for batch in batches) == 3_000_000


def test_no_error_is_the_engines_own(engine: GovernedEngine) -> None:
    for sql in ("SELECT CAST('SECRET' AS INTEGER)", "SELECT nothing", "SELECT error('SECRET')", "SELEC"):
        with pytest.raises(GolcondaError) as caught:
            answer(engine, sql)
        assert "SECRET" not in str(caught.value) + caught.value.hint
        assert caught.value.__cause__ is None


def test_a_worker_sees_no_token_and_no_password(monkeypatch: pytest.MonkeyPatch, engine: GovernedEngine) -> None:
    monkeypatch.setenv("GOLCONDA_TOKEN", "SECRET-TOKEN")
    answer(engine, "SELECT 1")
    (worker,) = engine.pool.idle
    assert b"SECRET-TOKEN" not in Path(f"/proc/{worker.pid}/environ").read_bytes()


def test_what_is_resident_is_told_in_bytes() -> None:
    before = resident()
    held = bytearray(64 * 2**20)
    assert 50 * 2**20 < resident() - before < 100 * 2**20
    del held


def answer(engine: GovernedEngine, sql: str) -> list[dict[str, object]]:
    return [row for batch in engine.run(sql, {}, frozenset()) for row in batch.to_pylist()]


class peak_of:  # noqa: N801 - read as a phrase
    """Look at the largest worker while a block runs."""

    def __init__(self, engine: GovernedEngine) -> None:
        self._pids = [worker.pid for worker in (*engine.pool.idle, *engine.pool.held)]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.megabytes = 0

    def _look(self) -> None:
        while not self._ended.wait(0.02):
            for pid in self._pids:
                self.megabytes = max(self.megabytes, _resident_megabytes(pid))

    def __enter__(self) -> peak_of:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def _resident_megabytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 // 2**20
    except (OSError, IndexError):
        return 0
