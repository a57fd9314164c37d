"""A query that is stopped ends within a second or so, wherever it is: waiting, at work, or read slowly."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.engine.governed import GovernedEngine, Running

ENDLESS = "SELECT sum(a.i) FROM range(10000000) AS a(i), range(10000000) AS b(i)"
UNHEEDING = "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))"
LARGE = "SELECT a.i, repeat('x', 100) AS x FROM range(100000000) AS a(i)"
WHY = TryAgain("query-stopped", "Because.", hint="Ask again.")


@pytest.mark.parametrize(("sql", "seconds"), [(ENDLESS, 1.0), (UNHEEDING, 2.0)], ids=["heeding", "killed"])
def test_a_query_at_work_is_stopped(engine: GovernedEngine, sql: str, seconds: float) -> None:
    list(engine.run("SELECT 1", {}, frozenset()))
    running = engine.run(sql, {}, frozenset())
    reading = Reading(running)
    until(lambda: running._entered is not None)
    begun = time.monotonic()
    running.stop(WHY)
    assert reading.raised() is WHY
    assert time.monotonic() - begun < seconds
    assert len(list(engine.run("SELECT 1", {}, frozenset()))) == 1


def test_being_told_again_and_again_puts_nothing_off(engine: GovernedEngine) -> None:
    list(engine.run("SELECT 1", {}, frozenset()))
    running = engine.run(UNHEEDING, {}, frozenset())
    reading = Reading(running)
    until(lambda: running._entered is not None)
    begun = time.monotonic()
    while reading.is_under_way and time.monotonic() - begun < 10:
        running.stop(WHY)
        threading.Event().wait(0.1)
    assert time.monotonic() - begun < 2
    assert reading.raised() is WHY


def test_a_query_that_waits_for_a_worker_is_stopped(engine: GovernedEngine) -> None:
    first = engine.run(ENDLESS, {}, frozenset())
    at_work = Reading(first)
    until(lambda: first._entered is not None)
    second = engine.run("SELECT 1", {}, frozenset())
    waiting = Reading(second)
    until(lambda: engine.pool.waiting)
    second.stop(WHY)
    assert waiting.raised() is WHY
    assert at_work.is_under_way
    first.stop(WHY)
    at_work.raised()


def test_a_query_stopped_before_it_began_never_begins(engine: GovernedEngine) -> None:
    running = engine.run("SELECT 1", {}, frozenset())
    running.stop(WHY)
    with pytest.raises(TryAgain, match="Because"):
        running.begin()
    assert not engine.pool.held


def test_an_answer_given_up_halfway_frees_its_worker(engine: GovernedEngine) -> None:
    running = engine.run(LARGE, {}, frozenset())
    next(iter(running))
    (worker,) = engine.pool.held
    running.close()
    running.close()
    assert len(list(engine.run("SELECT 1", {}, frozenset()))) == 1
    assert engine.pool.idle == [worker]


def test_closing_tells_a_reader_who_waits(engine: GovernedEngine) -> None:
    running = engine.run(ENDLESS, {}, frozenset())
    reading = Reading(running)
    until(lambda: running._entered is not None)
    running.close()
    assert isinstance(reading.raised(), TryAgain)


def test_a_closing_engine_ends_queries_and_processes(started: Callable[..., GovernedEngine]) -> None:
    engine = started(workers=2)
    runs = [engine.run(ENDLESS, {}, frozenset()) for _ in range(3)]
    readings = [Reading(running) for running in runs]
    until(lambda: len(engine.pool.held) == 2 and len(engine.pool.waiting) == 1)
    workers = list(engine.pool.held)
    engine.close()
    assert all(isinstance(reading.raised(), TryAgain) for reading in readings)
    assert not any(worker.is_alive for worker in workers)
    with pytest.raises(TryAgain):
        list(engine.run("SELECT 1", {}, frozenset()))


class Reading:
    """Reads a query in a thread."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    @property
    def is_under_way(self) -> bool:
        return self._thread.is_alive()

    def raised(self) -> BaseException | None:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self._error

    def _read(self) -> None:
        try:
            list(self._running)
        except BaseException as error:
            self._error = error


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)
