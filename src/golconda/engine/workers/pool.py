"""The workers of one node process: who has one, who waits for one, and in which order they get one.

Taking a free worker and giving it back is done by whoever asks, under a lock; whatever takes time (starting, ending,
waiting for a stopped query, watching those who dawdle) is the keeper's, one thread for all (keeper.py).
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from golconda.engine.spill import sweep_of
from golconda.engine.workers.keeper import Keeper
from golconda.engine.workers.turns import Bounds, next_turn
from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from golconda.engine.workers.process import Worker
    from golconda.engine.workers.wire import Hello
    from golconda.kernel.errors import GolcondaError

WAIT_SECONDS = 30.0
LATE_SECONDS = 1.0


@dataclass(slots=True, eq=False)
class Turn:
    """A query's claim on a worker: whose it is, and the worker once it has one. `yields` makes a slow one let go."""

    organisation: str
    yields: Callable[[float], object]
    worker: Worker | None = None
    refusal: BaseException | None = None
    since: float = field(default_factory=time.monotonic)
    _settled: threading.Event = field(default_factory=threading.Event)

    def grant(self, worker: Worker) -> None:
        """Give the worker."""
        self.worker = worker
        self.since = time.monotonic()
        self._settled.set()

    def refuse(self, why: BaseException) -> None:
        """Say that there will be none."""
        self.refusal = self.refusal or why
        self._settled.set()

    def is_late(self, now: float) -> bool:
        """Say whether it has waited for a while."""
        return now - self.since > LATE_SECONDS

    def wait(self, seconds: float) -> bool:
        """Wait until there is a worker or a refusal; say whether there is one."""
        return self._settled.wait(seconds)


class Pool:
    """Workers, as many as turns.py allows. Safe to share between threads."""

    def __init__(self, most: int, *, hello: Callable[[int], Hello], spill: Path) -> None:
        self.bounds = Bounds(most)
        self.spill = spill
        self.hello = hello
        self.minimum = 0
        self.lock = threading.Lock()
        self.idle: list[Worker] = []
        self.held: dict[Worker, Turn] = {}
        self.waiting: list[Turn] = []
        self.is_closed = False
        self._running: Counter[str] = Counter()
        self._served: dict[str, int] = {}
        self._turns = 0
        self._keeper = Keeper(self)

    # ── for queries ───────────────────────────────────────────────────────────────────────────────────────────

    def take(self, turn: Turn) -> Worker:
        """Return a worker for a query, now or when it is its turn; raise ``node-busy`` where none comes free."""
        with self.lock:
            self._demand_open()
            self.waiting.append(turn)
            self._serve()
            lacking = turn.worker is None or (self.minimum and not self.idle)
        if lacking:
            self._keeper.wake()
        return turn.worker or self._awaited(turn)

    def give_back(self, worker: Worker) -> None:
        """Take a worker back whose query has ended, or will once it was stopped."""
        if worker.is_leaving:
            self.discard(worker)
        elif worker.is_busy:
            worker.stop(worker.number)
            self._keeper.recover(worker)
        else:
            self.freed(worker)

    def withdraw(self, turn: Turn, why: BaseException) -> None:
        """Wait no longer."""
        with self.lock, suppress(ValueError):
            self.waiting.remove(turn)
        turn.refuse(why)

    def stop(self, worker: Worker, number: int) -> None:
        """Have a query end; a worker that does not heed within a second is killed."""
        worker.stop(number)
        self._keeper.demand_heeding(worker, number)

    # ── for the keeper ────────────────────────────────────────────────────────────────────────────────────────

    def freed(self, worker: Worker) -> None:
        """Give a worker without work to whoever's turn it is."""
        with self.lock:
            self._let_go(worker)
            if not self.is_closed:
                worker.idle_since = time.monotonic()
                self.idle.append(worker)
                self._serve()
                if self._keeper.sleeps_on and len(self.idle) > self.minimum:
                    self._keeper.wake()  # it is to end what stays idle
                return
        worker.end()

    def discard(self, worker: Worker) -> None:
        """Forget a worker that is gone or to be gone, with what it spilled; another is started where one is wanted."""
        with self.lock:
            self._let_go(worker)
            self._serve()  # somebody may have one who might not while this one was at work
        worker.end()
        sweep_of(self.spill, worker.pid)
        self._keeper.wake()

    def serve_late(self) -> None:
        """Give idle workers to those who may have one since they have waited."""
        with self.lock:
            self._serve()

    def most_workers(self, now: float) -> int:
        """Return how many workers there may be, with an eye to who waits; call it under the lock."""
        late = [turn for turn in self.waiting if turn.is_late(now)]
        if any(not self._running[turn.organisation] for turn in late):
            return self.bounds.crowded_out
        return self.bounds.late if late else self.bounds.most

    # ── of the whole ──────────────────────────────────────────────────────────────────────────────────────────

    def warm(self) -> None:
        """Have a worker started if there is none, without waiting for it."""
        if not self._keeper.has_begun:
            self._keeper.warm()

    def keep_warm(self, workers: int) -> None:
        """Keep so many workers at hand from now on."""
        self.minimum = workers
        if workers:
            self._keeper.wake()

    def close(self) -> None:
        """End every worker; queries under way end with them."""
        with self.lock:
            self.is_closed = True
            waiting, self.waiting = self.waiting, []
        for turn in waiting:
            turn.refuse(_closing())
        self._keeper.close()
        with self.lock:
            workers = [*self.idle, *self.held]
            self.idle.clear()
        for worker in workers:
            worker.end()
            sweep_of(self.spill, worker.pid)

    def _awaited(self, turn: Turn) -> Worker:
        if not turn.wait(WAIT_SECONDS):
            self.withdraw(turn, _no_worker())
        if turn.worker is None:
            raise turn.refusal or _no_worker()
        if turn.refusal is not None:  # both at once: it was stopped just as its turn came
            self.give_back(turn.worker)
            raise turn.refusal
        return turn.worker

    def _serve(self) -> None:
        """Give idle workers to those who wait and may have one."""
        while self.waiting and self.idle:
            at = self._next()
            worker = None if at is None else self._free()
            if at is None or worker is None:
                return
            self._hold(worker, self.waiting.pop(at))

    def _free(self) -> Worker | None:
        while self.idle:
            worker = self.idle.pop()
            if worker.is_alive:
                return worker
            self._keeper.bury(worker)
        return None

    def _hold(self, worker: Worker, turn: Turn) -> None:
        self._turns += 1
        self._served[turn.organisation] = self._turns
        self._running[turn.organisation] += 1
        self.held[worker] = turn
        turn.grant(worker)

    def _let_go(self, worker: Worker) -> None:
        turn = self.held.pop(worker, None)
        if turn is not None:
            self._running[turn.organisation] -= 1
            if not self._running[turn.organisation]:
                del self._running[turn.organisation]
        if len(self._served) > 10_000:  # who was served that long ago counts as never
            self._served.clear()

    def _next(self) -> int | None:
        now = time.monotonic()
        waiting = [turn.organisation for turn in self.waiting]
        late = {at for at, turn in enumerate(self.waiting) if turn.is_late(now)}
        return next_turn(waiting, running=self._running, served=self._served, bounds=self.bounds, late=late)

    def _demand_open(self) -> None:
        if self.is_closed:
            raise _closing()


def usual_workers() -> int:
    """Return how many workers a machine takes: one a core, and at least two."""
    return max(2, os.cpu_count() or 1)


def _closing() -> GolcondaError:
    return TryAgain("query-stopped", "The node is closing.", hint="Ask again once it is back.")


def _no_worker() -> GolcondaError:
    return TryAgain(
        "node-busy",
        f"Other queries kept this node busy for {WAIT_SECONDS:.0f} seconds.",
        hint="Try again in a moment.",
        retry_after=5,
    )
