"""The body of a streamed answer, written to its connection by the thread that makes it.

Over the event loop each piece would be copied twice and wait for three changes of thread. What a slow reader leaves
goes by the loop still, so that nobody's pace holds a thread.
"""

from __future__ import annotations

import os
import select
import threading
import time
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 0.01  # for which a thread waits for a reader who keeps up, in one turn
CHUNK = 256 * 1024  # of what the loop buffers at a time


class Outlet:
    """Writes chunks of one response while the event loop leaves its connection alone.

    `drained` waits until the loop has handed on what it was given. Whoever ends the connection calls `close` before:
    the number of its socket may be another connection's afterwards.
    """

    def __init__(self, transport: asyncio.Transport, drained: Callable[[], Awaitable[None]]) -> None:
        transport.set_write_buffer_limits(high=0)  # so that drained is empty
        self._transport = transport
        self._drained = drained
        self._descriptor: int = transport.get_extra_info("socket").fileno()
        self._lock = threading.Lock()
        self._open = True
        self._left: list[memoryview] = []

    def close(self) -> None:
        """Write no more."""
        with self._lock:
            self._open = False

    def write(self, piece: memoryview) -> bool:
        """Write a piece from any thread; False if a part is left, for which `flush` waits."""
        if not piece.nbytes:
            return True
        self._left = [memoryview(b"%x\r\n" % piece.nbytes), piece, memoryview(b"\r\n")]
        until = time.monotonic() + PATIENCE_SECONDS
        while self._left:
            if not self._written() and not self._writable(until):
                return False
        return True

    async def flush(self) -> None:
        """Have the loop hand on what is left, at its reader's pace."""
        await self._drained()
        for piece in self._left:
            for start in range(0, piece.nbytes, CHUNK):
                if self._transport.is_closing():
                    raise ClientDisconnect
                self._transport.write(piece[start : start + CHUNK])
                await self._drained()
        self._left = []

    def _written(self) -> int:
        with self._lock:
            if not self._open:
                raise ClientDisconnect
            try:
                count = os.writev(self._descriptor, self._left)
            except BlockingIOError:
                return 0
            except OSError as error:
                raise ClientDisconnect from error
        self._left = _after(count, self._left)
        return count

    def _writable(self, until: float) -> bool:
        patience = until - time.monotonic()
        if patience <= 0:
            return False
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLOUT)
        return bool(waiting.poll(patience * 1000))


def _after(count: int, pieces: list[memoryview]) -> list[memoryview]:
    """Return what remains of some pieces after so many bytes."""
    for at, piece in enumerate(pieces):
        if count < piece.nbytes:
            return [piece[count:], *pieces[at + 1 :]]
        count -= piece.nbytes
    return []
