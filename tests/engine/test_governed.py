"""A query can be stopped from its first moment, however long it gives nothing."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from golconda.engine.governed import Allowance, GovernedEngine, Running
from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDLESS = "SELECT sum(a.i) FROM range(10000000) AS a(i), range(10000000) AS b(i)"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[GovernedEngine]:
    """Give an engine that lets a query work for a tenth of a second."""
    opened = GovernedEngine(Allowance(timeout_seconds=0.1), spill_directory=tmp_path)
    yield opened
    opened.close()


def _stopped_once_overdue(running: Running) -> None:
    while not running.is_overdue:
        time.sleep(0.01)
    while running.stopped is None or running._entered is not None:
        running.stop(TryAgain("query-timeout", "It took too long.", hint="Ask for less."))
        time.sleep(0.05)


@pytest.mark.parametrize("beginning", ["schema", "batches"])
def test_an_aggregate_without_end_is_stopped(engine: GovernedEngine, beginning: str) -> None:
    running = engine.run(ENDLESS, {}, frozenset())
    watch = threading.Thread(target=_stopped_once_overdue, args=(running,))
    watch.start()
    begun = time.monotonic()
    with pytest.raises(TryAgain, match="too long"):
        _ = running.schema if beginning == "schema" else list(running)
    watch.join()
    assert time.monotonic() - begun < 5
    running.close()


def test_nothing_is_computed_before_it_begins(engine: GovernedEngine) -> None:
    running = engine.run(ENDLESS, {}, frozenset())
    assert engine.running() == (running,)
    assert not running.is_overdue
    running.close()
    assert engine.running() == ()
