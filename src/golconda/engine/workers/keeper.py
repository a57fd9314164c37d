"""One thread that starts and ends a pool's workers, waits for stopped queries, and has slow readers let go."""

from __future__ import annotations

import os
import selectors
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from golconda.engine.workers.process import Worker
from golconda.engine.workers.wire import FINAL, Kind
from golconda.kernel.errors import Defect, GolcondaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.engine.workers.pool import Pool

LOOK_SECONDS = 0.05
HEED_SECONDS = 1.0
IDLE_SECONDS = 30.0
START_SECONDS = 30.0


class Keeper:
    """Works while there is something to look after, and sleeps otherwise."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._orders: deque[Callable[[], object]] = deque()
        self._starting: dict[Worker, float] = {}
        self._ending: dict[Worker, float] = {}
        self._stopping: dict[tuple[Worker, int], float] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = -1, -1
        self._begin = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = False
        self.sleeps_on = False  # until somebody wakes it

    @property
    def has_begun(self) -> bool:
        """Say whether it was ever needed."""
        return self._thread is not None

    # ── from any thread ───────────────────────────────────────────────────────────────────────────────────────

    def wake(self) -> None:
        """Have it look at once."""
        self._order(lambda: None)

    def warm(self) -> None:
        """Have a worker started where there is none."""
        self._order(self._start_first)

    def recover(self, worker: Worker) -> None:
        """Have a worker back once its stopped query has ended, or end it."""
        self._order(lambda: self._recover(worker))

    def demand_heeding(self, worker: Worker, number: int) -> None:
        """Kill a worker that is still at this query in a second; said again, the first time counts."""
        until = time.monotonic() + HEED_SECONDS
        self._order(lambda: self._stopping.setdefault((worker, number), until))

    def bury(self, worker: Worker) -> None:
        """Clear away after a worker that died while idle."""
        self._order(lambda: self._pool.discard(worker))

    def close(self) -> None:
        """End the thread, and every worker that is starting or ending."""
        with self._begin:
            thread = None if self._closing else self._thread
            self._closing = True
        if thread is not None:
            self.wake()
            thread.join()
            self._selector.close()
            for worker in (*self._starting, *self._ending):
                self._pool.discard(worker)
            self._woken = self._waker = _closed(self._woken, self._waker)

    def _order(self, order: Callable[[], object]) -> None:
        self._orders.append(order)
        if self._thread is None:
            self._start()
        with suppress(OSError):  # full of wake-ups already, or closed
            os.write(self._waker, b".")

    def _start(self) -> None:
        with self._begin:
            if self._thread is None and not self._closing:
                self._woken, self._waker = os.pipe()
                os.set_blocking(self._woken, False)
                os.set_blocking(self._waker, False)
                self._selector.register(self._woken, selectors.EVENT_READ)
                self._thread = threading.Thread(target=self._run, name="golconda-workers", daemon=True)
                self._thread.start()

    # ── in its thread ─────────────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        while not self._closing:
            for key, _ in self._selector.select(self._patience()):
                self._hear(key.data)
            while self._orders:
                self._orders.popleft()()
            now = time.monotonic()
            self._end_late(now)
            self._end_idle(now)
            self._pool.serve_late()
            self._start_wanted(now)
            self._make_yield(now)

    def _patience(self) -> float | None:
        self.sleeps_on = True  # said before looking, lest a worker come free in between
        patience = self._until_next()
        self.sleeps_on = patience is None
        return patience

    def _until_next(self) -> float | None:
        if self._orders:
            return 0
        if self._pool.waiting or self._ending or self._stopping or self._starting:
            return LOOK_SECONDS
        return IDLE_SECONDS / 4 if len(self._pool.idle) > self._pool.minimum else None

    def _hear(self, worker: Worker | None) -> None:
        """Read what made the selector return: a wake-up, a new worker's READY, the rest of a stopped query."""
        if worker is None:
            with suppress(BlockingIOError):
                os.read(self._woken, 4096)
            return
        kind = _kind(worker)
        if worker in self._starting:
            self._forget(worker, self._starting)
            self._begun(worker, kind)
            return
        while kind not in FINAL and worker.has_more:
            kind = _kind(worker)
        if kind in FINAL:
            self._forget(worker, self._ending)
            self._pool.give_back(worker)

    def _begun(self, worker: Worker, kind: Kind) -> None:
        if kind is Kind.READY:
            self._pool.freed(worker)
            return
        self._pool.discard(worker)
        with self._pool.lock:
            waiting, self._pool.waiting = self._pool.waiting, []
        for turn in waiting:
            turn.refuse(_unstarted())

    def _recover(self, worker: Worker) -> None:
        self._ending[worker] = time.monotonic() + HEED_SECONDS
        self._selector.register(worker.socket, selectors.EVENT_READ, worker)
        if worker.has_more:
            self._hear(worker)

    def _forget(self, worker: Worker, among: dict[Worker, float]) -> None:
        del among[worker]
        self._selector.unregister(worker.socket)

    def _end_late(self, now: float) -> None:
        for among in (self._ending, self._starting):
            for worker in [worker for worker, until in among.items() if until < now]:
                worker.kill()  # its socket will tell
        for (worker, number), until in tuple(self._stopping.items()):
            if not worker.is_busy or worker.number != number:
                del self._stopping[worker, number]
            elif until < now:
                worker.kill()

    def _end_idle(self, now: float) -> None:
        pool = self._pool
        with pool.lock:
            spare = len(pool.idle) - pool.minimum
            old = [worker for worker in pool.idle if now - worker.idle_since > IDLE_SECONDS][: max(0, spare)]
            pool.idle[:] = [worker for worker in pool.idle if worker not in old]
        for worker in old:
            pool.discard(worker)

    def _start_first(self) -> None:
        if not (self._starting or self._pool.idle or self._pool.held):
            self._launch()

    def _start_wanted(self, now: float) -> None:
        """Start workers for those who wait, and one to spare."""
        pool = self._pool
        with pool.lock:
            coming = len(self._starting) + len(self._ending)
            there = len(pool.idle) + len(pool.held) + len(self._starting)
            wanted = max(len(pool.waiting), pool.minimum) - len(pool.idle) - coming
            usual, room = pool.bounds.most - there, pool.most_workers(now) - there
        # Beyond the usual number one at a time, since each that comes may be enough.
        for _ in range(min(wanted, room, max(usual, 1 - coming))):
            self._launch()

    def _launch(self) -> None:
        self._pool.spill.mkdir(parents=True, exist_ok=True)
        worker = Worker()
        self._starting[worker] = time.monotonic() + START_SECONDS
        self._selector.register(worker.socket, selectors.EVENT_READ, worker)
        worker.greet(self._pool.hello(worker.pid))

    def _make_yield(self, now: float) -> None:
        """Have slow readers let go of their workers where there are no others to be had."""
        pool = self._pool
        if any(turn.is_late(now) for turn in tuple(pool.waiting)):
            for turn in tuple(pool.held.values()):
                turn.yields(now)


def _kind(worker: Worker) -> Kind:
    """Take the next frame of a worker and return its kind; one that is gone has nothing more to say."""
    try:
        return worker.answer()[0]
    except GolcondaError:
        return Kind.FAULT


def _closed(*descriptors: int) -> int:
    for descriptor in descriptors:
        os.close(descriptor)
    return -1


def _unstarted() -> Defect:
    return Defect(
        "worker-unstarted",
        "The node could not start a process for queries.",
        hint="See that the machine has memory left and that golconda is installed whole.",
    )
