"""Threads for work that waits: so many at a time, so many in the queue, the rest is asked to come again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Crew:
    """A bounded set of threads, apart from those that serve the catalogue."""

    def __init__(self, *, threads: int, queue: int) -> None:
        self._limiter = CapacityLimiter(threads)
        self._most = threads + queue
        self._here = 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run `work` in a thread, or raise ``node-busy`` at once when the queue is full."""
        if self._here >= self._most:
            raise TryAgain(
                "node-busy",
                f"This node has {self._here} reads under way, the most it takes.",
                hint="Try again in a moment.",
            )
        return await self.carry_on(work)

    async def carry_on(self, work: Callable[[], Result]) -> Result:
        """Run a further part of something already begun: it is never turned away."""
        self._here += 1
        try:
            return await to_thread.run_sync(partial(work), limiter=self._limiter)
        finally:
            self._here -= 1
