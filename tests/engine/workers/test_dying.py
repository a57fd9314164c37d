"""A worker that dies costs one query; workers of a node that dies end by themselves; neither leaves anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from golconda.engine.spill import sweep
from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from golconda.engine.governed import GovernedEngine

LARGE = "SELECT i, repeat('x', 100) AS x FROM range(100000000) AS r(i)"
ENDLESS = "SELECT sum(a.i) FROM range(10000000) AS a(i), range(10000000) AS b(i)"
SPILLING = "SELECT s FROM (SELECT repeat('x', 1000) || i AS s FROM range(100000000) AS r(i)) ORDER BY s"


def test_a_worker_killed_at_work_costs_one_query(engine: GovernedEngine) -> None:
    running = engine.run(ENDLESS, {}, frozenset())
    killer = threading.Thread(target=lambda: (until(lambda: running._entered), _kill(engine)))
    killer.start()
    with pytest.raises(TryAgain) as caught:
        list(running)
    killer.join()
    assert caught.value.code == "worker-lost"
    assert len(list(engine.run("SELECT 1", {}, frozenset()))) == 1


def test_an_answer_whose_worker_is_killed_is_never_whole(engine: GovernedEngine) -> None:
    batches = iter(engine.run(LARGE, {}, frozenset()))
    next(batches)
    _kill(engine)
    with pytest.raises(TryAgain) as caught:
        for _ in batches:
            pass
    assert caught.value.code == "worker-lost"
    assert len(list(engine.run("SELECT 1", {}, frozenset()))) == 1


def test_a_worker_killed_while_idle_costs_nothing(engine: GovernedEngine) -> None:
    list(engine.run("SELECT 1", {}, frozenset()))
    (worker,) = engine.pool.idle
    os.kill(worker.pid, signal.SIGKILL)
    until(lambda: not worker.is_alive)
    assert len(list(engine.run("SELECT 1", {}, frozenset()))) == 1
    assert worker not in engine.pool.idle


def test_what_a_killed_worker_spilled_is_removed(started: Callable[..., GovernedEngine], spill: Path) -> None:
    engine = started(spill_megabytes=2000)
    running = engine.run(SPILLING, {}, frozenset())
    killer = threading.Thread(target=lambda: (until(lambda: _spilled(spill)), _kill(engine)))
    killer.start()
    with pytest.raises(TryAgain):
        list(running)
    killer.join()
    until(lambda: not _spilled(spill))


NODE = """
import os, sys, threading
from pathlib import Path
from golconda.engine.governed import Allowance, GovernedEngine
engine = GovernedEngine(Allowance(memory_megabytes=256), spill_directory=Path(sys.argv[1]), workers=3)
list(engine.run("SELECT 1", {}, frozenset()))
for sql in sys.argv[2:]:
    threading.Thread(target=lambda sql=sql: list(engine.run(sql, {}, frozenset())), daemon=True).start()
while len(engine.pool.held) < len(sys.argv[2:]):
    pass
print(*[worker.pid for worker in (*engine.pool.idle, *engine.pool.held)], flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("at_work", [(), (ENDLESS,), (ENDLESS, SPILLING)], ids=["idle", "busy", "spilling"])
def test_workers_of_a_killed_node_end_at_once(spill: Path, at_work: tuple[str, ...]) -> None:
    node = subprocess.Popen(
        [sys.executable, "-c", NODE, str(spill), *at_work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert node.stdout is not None
    workers = [int(pid) for pid in node.stdout.readline().split()]
    assert len(workers) >= max(1, len(at_work))
    if SPILLING in at_work:
        until(lambda: _spilled(spill))
    node.kill()
    node.communicate()
    until(lambda: not any(_runs(worker) for worker in workers), seconds=2)
    sweep(spill)  # as the next start does
    assert list(spill.iterdir()) == []


def _kill(engine: GovernedEngine) -> None:
    (worker,) = engine.pool.held
    os.kill(worker.pid, signal.SIGKILL)


def _spilled(spill: Path) -> list[Path]:
    return [file for file in spill.glob("duckdb_temp_*") if "trial" not in file.name]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)
