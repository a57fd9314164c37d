"""Threads for work that waits: so many at a time, so many in the queue, the rest is asked to come again."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Crew:
    """A bounded set of threads, apart from those that serve the catalogue."""

    def __init__(self, *, threads: int, queue: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="golconda-reads")
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
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._here -= 1
