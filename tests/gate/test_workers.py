"""Reads and the processes that answer them: who dies is refunded, all get their turn, revocation reaches who waits."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from golconda.kernel.errors import AccessRefused, GolcondaError, TryAgain
from golconda.testing.nodes import TERMS, agreed, reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.node.node import Node
    from golconda.node.session import Session

LARGE = "SELECT care.region FROM care, range(10000000) AS a, range(100) AS b"
ENDLESS = "SELECT count(*) FROM care, range(10000000) AS a(i), range(10000000) AS b(i) WHERE a.i + b.i <> 1"


def test_a_read_whose_worker_dies_is_an_error_and_is_refunded(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS + "limits: {queries: 5, per: day}")
    batches = li.query(LARGE).batches()
    next(batches)
    (worker,) = node.engine.pool.held
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(TryAgain) as caught:
        list(batches)
    assert caught.value.code == "worker-lost"
    (meter,) = li.agreement(agreement)["meters"]
    assert (meter["used"], meter["reserved"]) == (0, 0)
    assert li.query("SELECT count(*) FROM care").rows() == [(3,)]


def test_a_noisy_organisation_does_not_starve_another(node: Node, li: Session) -> None:
    quiet = reader(node, "quiet/wang")
    agreed(node, li)
    agreed(node, quiet)
    noise = [asking(li, ENDLESS) for _ in range(8)]
    until(lambda: len(node.engine.pool.held) >= node.engine.pool.bounds.most)
    for _ in range(5):
        assert quiet.query("SELECT count(*) FROM care").rows() == [(3,)]
        assert all(thread.is_alive() for thread in noise)
    for running in node.engine.running():
        running.stop(TryAgain("query-stopped", "Enough.", hint="Ask again."))
    until(lambda: not any(thread.is_alive() for thread in noise))


def test_revocation_reaches_a_read_that_waits_for_a_worker(node: Node, li: Session) -> None:
    other = reader(node, "other/wang")
    agreed(node, other)
    agreement = agreed(node, li)
    noise = [asking(other, ENDLESS) for _ in range(node.engine.pool.bounds.most)]
    until(lambda: len(node.engine.pool.held) >= node.engine.pool.bounds.most)
    told: list[GolcondaError] = []
    waiting = asking(li, ENDLESS, told)
    until(lambda: node.engine.pool.waiting)
    node.owner_session("test").revoke(agreement, why="done")
    waiting.join(2)
    assert [type(error) for error in told] == [AccessRefused]
    for running in node.engine.running():
        running.stop(TryAgain("query-stopped", "Enough.", hint="Ask again."))
    until(lambda: not any(thread.is_alive() for thread in noise))


def asking(session: Session, sql: str, told: list[GolcondaError] | None = None) -> threading.Thread:
    """Ask in a thread, and keep what it is told."""

    def ask() -> None:
        with pytest.raises(GolcondaError) as caught:
            session.query(sql).rows()
        if told is not None:
            told.append(caught.value)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)
