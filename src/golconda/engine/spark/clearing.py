"""Ends a query that was stopped, and its tasks: Spark cancels the job, and a task in a tight loop heeds nothing."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from golconda.engine.spark.session import Driver

GRACE_SECONDS = 4.0  # so long a query and its tasks may heed no cancel; then their driver ends
_LOOK_SECONDS = 0.1


class Clearing:
    """One query's end. From its making on, the driver gives no new session: it may have to go."""

    def __init__(self, driver: Driver, context: Any, group: str, done: threading.Event) -> None:  # a SparkContext
        self._driver = driver
        self._context = context
        self._group = group
        self._done = done
        self._is_clear = threading.Event()
        driver.hold()

    def run(self) -> None:
        """Cancel, again where a job began in between, and kill a driver on which something goes on."""
        # Whatever hangs, this does not: what asks the driver is another thread.
        asking = threading.Thread(target=self._ask, daemon=True, name="golconda-spark-clearing")
        asking.start()
        try:
            if not self._is_clear.wait(GRACE_SECONDS):
                self._driver.kill()
        finally:
            self._driver.let_go()

    def _ask(self) -> None:
        try:
            self._cancel()
        finally:
            self._driver.leave()

    def _cancel(self) -> None:
        until = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < until and self._driver.is_alive:
            with suppress(Exception):  # a driver that is dying answers anything
                if self._done.is_set() and not self._active_tasks():
                    break
                self._context.cancelJobGroup(self._group)
            self._done.wait(_LOOK_SECONDS)
            threading.Event().wait(_LOOK_SECONDS)
        else:
            return
        self._is_clear.set()

    def _active_tasks(self) -> int:
        tracker = self._context.statusTracker()
        jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(self._group)]
        stages = [tracker.getStageInfo(stage) for job in jobs if job is not None for stage in job.stageIds]
        return sum(stage.numActiveTasks for stage in stages if stage is not None)
