"""Many ask, few work: everyone is answered in turn, and nobody who dawdles keeps others waiting."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from golconda.engine.workers import keeper, pool
from golconda.kernel.errors import InvalidInput, TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from golconda.engine.governed import GovernedEngine

ENDLESS = "SELECT sum(a.i) FROM range(10000000) AS a(i), range(10000000) AS b(i)"
ROWS = 2_000_000
LARGE = f"SELECT i, repeat('x', 10) AS x FROM range({ROWS}) AS r(i)"
STOPPED = TryAgain("query-stopped", "Enough.", hint="Ask again.")


def test_two_hundred_queries_at_once_are_all_answered_by_a_few_workers(started: Callable[..., GovernedEngine]) -> None:
    engine = started(workers=2)

    def ask(number: int) -> int:
        (batch,) = engine.run(
            "SELECT CAST($n AS BIGINT) + 1 AS a", {"n": number}, frozenset(), organisation=f"o{number % 9}"
        )
        found: int = batch.to_pylist()[0]["a"]
        return found

    with ThreadPoolExecutor(200) as threads:
        assert list(threads.map(ask, range(200))) == list(range(1, 201))
    assert len(engine.pool.idle) <= 2
    assert not engine.pool.held
    assert not engine.running()


def test_no_worker_is_started_before_it_is_needed(engine: GovernedEngine, spill: Path) -> None:
    assert (engine.pool.idle, spill.exists()) == ([], False)
    running = engine.run("SELECT 1", {}, frozenset())
    running.close()
    assert (engine.pool.idle, spill.exists()) == ([], False)


def test_a_server_keeps_one_to_spare(started: Callable[..., GovernedEngine]) -> None:
    engine = started(workers=2)
    engine.keep_warm(1)
    until(lambda: len(engine.pool.idle) == 1)
    running = engine.run(ENDLESS, {}, frozenset())
    thread = reading(running)
    until(lambda: engine.pool.held and engine.pool.idle)
    running.stop(STOPPED)
    thread.join()


def test_idle_workers_beyond_that_are_ended(
    started: Callable[..., GovernedEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "IDLE_SECONDS", 0.2)
    engine = started(workers=2)
    engine.keep_warm(1)
    with ThreadPoolExecutor(2) as threads:
        list(
            threads.map(lambda _: list(engine.run("SELECT sum(i) FROM range(30000000) AS r(i)", {}, frozenset())), "ab")
        )
    until(lambda: len(engine.pool.idle) == 1)


def test_an_organisation_with_nothing_running_goes_before_one_that_has_much(
    engine: GovernedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "LATE_SECONDS", 100)

    def ask(organisation: str) -> None:
        list(engine.run("SELECT 1", {}, frozenset(), organisation=organisation))

    first = engine.run(ENDLESS, {}, frozenset(), organisation="noisy")
    at_work = reading(first)
    until(lambda: first._entered)
    threads = []
    for organisation in ("noisy", "noisy", "noisy", "quiet"):
        threads.append(threading.Thread(target=ask, args=(organisation,)))
        threads[-1].start()
        until(lambda: len(engine.pool.waiting) == len(threads))
    first.stop(STOPPED)
    for thread in (*threads, at_work):
        thread.join()
    assert engine.pool._served == {"noisy": 5, "quiet": 2}  # the turn that each had last


def test_who_has_waited_gets_a_worker_beside_an_endless_answer(
    started: Callable[..., GovernedEngine],
) -> None:
    engine = started(workers=1)
    endless = engine.run(ENDLESS, {}, frozenset(), organisation="acme")
    at_work = reading(endless)
    until(lambda: endless._entered)
    assert len(list(engine.run("SELECT 1", {}, frozenset(), organisation="acme"))) == 1
    endless.stop(STOPPED)
    at_work.join()


def test_there_are_never_more_workers_than_the_late_may_have(started: Callable[..., GovernedEngine]) -> None:
    engine = started(workers=1)
    endless = [engine.run(ENDLESS, {}, frozenset(), organisation="acme") for _ in range(5)]
    threads = [reading(running) for running in endless]
    until(lambda: len(engine.pool.held) == 3)
    assert len(list(engine.run("SELECT 1", {}, frozenset(), organisation="quiet"))) == 1
    assert len(engine.pool.held) == 3
    for running in endless:
        running.stop(STOPPED)
    for thread in threads:
        thread.join()


def test_who_is_crowded_out_gets_a_worker_more(started: Callable[..., GovernedEngine]) -> None:
    engine = started(workers=2)
    noisy = [engine.run(ENDLESS, {}, frozenset(), organisation="noisy") for _ in range(8)]
    threads = [reading(running) for running in noisy]
    until(lambda: len(engine.pool.held) == 6)
    for _ in range(5):  # and the one more is kept for such as they
        assert len(list(engine.run("SELECT 1", {}, frozenset(), organisation="quiet"))) == 1
        assert all(thread.is_alive() for thread in threads)
    assert len(engine.pool.held) == 6
    for running in noisy:
        running.stop(STOPPED)
    for thread in threads:
        thread.join()


def test_a_slow_reader_lets_its_worker_go_and_misses_nothing(engine: GovernedEngine) -> None:
    slow = iter(engine.run(LARGE, {}, frozenset(), organisation="slow"))
    seen = next(slow).column("i").to_pylist()
    assert len(list(engine.run("SELECT 1", {}, frozenset(), organisation="quick"))) == 1
    for batch in slow:
        seen += batch.column("i").to_pylist()
    assert seen == list(range(ROWS))
    assert not engine.running()


def test_a_fault_behind_what_was_spilled_is_still_told(engine: GovernedEngine) -> None:
    broken = f"SELECT CAST(CASE WHEN i < {ROWS} THEN '1' ELSE 'x' END AS INTEGER) AS a FROM range({ROWS + 1}) AS r(i)"
    slow = iter(engine.run(broken, {}, frozenset()))
    next(slow)
    list(engine.run("SELECT 1", {}, frozenset()))
    with pytest.raises(InvalidInput, match="fails on a value"):
        list(slow)


def test_a_spilled_answer_can_be_stopped_and_given_up(engine: GovernedEngine, spill: Path) -> None:
    for end in ("stop", "close"):
        running = engine.run("SELECT i, repeat('x', 200) FROM range(100000) AS r(i)", {}, frozenset())
        slow = iter(running)
        next(slow)
        list(engine.run("SELECT 1", {}, frozenset()))
        if end == "close":
            running.close()
        else:
            running.stop(STOPPED)
            with pytest.raises(TryAgain, match="Enough"):
                next(slow)
        until(lambda: len(engine.pool.idle) == 1)
    assert list(spill.iterdir()) == []


def test_more_than_may_be_spilled_ends_the_slow_answer(started: Callable[..., GovernedEngine]) -> None:
    engine = started(spill_megabytes=5)
    slow = iter(engine.run(LARGE, {}, frozenset()))
    next(slow)
    assert len(list(engine.run("SELECT 1", {}, frozenset()))) == 1
    with pytest.raises(TryAgain) as caught:
        list(slow)
    assert caught.value.code == "reader-slow"


def test_who_gets_no_worker_is_told_when_to_come_again(engine: GovernedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "LATE_SECONDS", 100)
    first = engine.run(ENDLESS, {}, frozenset())
    at_work = reading(first)
    until(lambda: first._entered)
    monkeypatch.setattr(pool, "WAIT_SECONDS", 0.1)
    with pytest.raises(TryAgain) as caught:
        list(engine.run("SELECT 1", {}, frozenset()))
    assert (caught.value.code, "retry_after" in caught.value.details) == ("node-busy", True)
    first.stop(STOPPED)
    at_work.join()


def reading(running: object) -> threading.Thread:
    """Read a query in a thread, whatever comes of it."""

    def read() -> None:
        with pytest.raises(TryAgain):
            list(running)  # type: ignore[call-overload]  # a Running

    thread = threading.Thread(target=read)
    thread.start()
    return thread


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)
