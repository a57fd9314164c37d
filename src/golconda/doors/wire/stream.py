"""A response that is whole or visibly broken.

Where the server lets threads write to the connection (``outlet`` in the scope's state), the thread that makes a piece
sends it, for as long as the reader keeps up. Else pieces are made in a thread while the one before is on its way; the
connection's own pace holds them back.
When the making fails, or what is read is revoked while the reader dawdles, the connection is cut: no last
chunk, no end mark, so that every client library raises.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, Protocol

from starlette.responses import Response

from golconda.doors.wire.faults import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.types import Message, Receive, Scope, Send

    from golconda.doors.wire.crew import Crew

    Pieces = Iterator[bytes] | Iterator[memoryview]

CHUNK = 256 * 1024
WATCH_SECONDS = 0.25
TURN_SECONDS = 0.05  # after which a thread looks who else wants something


class Outlet(Protocol):
    """A connection that threads may write to."""

    def write(self, piece: memoryview) -> bool:
        """Write a piece; False if a part is left."""

    async def flush(self) -> None:
        """Wait until nothing is left."""


class Stream(Response):
    """An ASGI response over an iterator of pieces.

    `watch` is called a few times a second and raises once nothing more may leave; `ended` is called exactly
    once, however the response ends.
    """

    def __init__(
        self,
        pieces: Pieces,
        *,
        crew: Crew,
        headers: Mapping[str, str],
        status: int = 200,
        watch: Callable[[], object] = lambda: None,
        ended: Callable[[], object] = lambda: None,
    ) -> None:
        self._pieces = pieces
        self._crew = crew
        self.status_code = status
        self.background = None
        self.init_headers(headers)
        self._watch = watch
        self._ended = ended
        self._coming: asyncio.Future[Any]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, or cut the connection."""
        self._coming = asyncio.get_running_loop().create_future()
        self._coming.set_result(None)
        sending = asyncio.ensure_future(self._send(send, scope.get("state", {}).get("outlet", _none)))
        guards = [asyncio.ensure_future(_gone(receive)), asyncio.ensure_future(self._guard())]
        try:
            await asyncio.wait({sending, *guards}, return_when=asyncio.FIRST_COMPLETED)
            if not _finished(sending):
                await _cut(scope, [sending, *guards])
        finally:
            for task in (sending, *guards):
                task.cancel()
            await asyncio.shield(asyncio.ensure_future(self._end(sending, *guards)))

    async def _end(self, *tasks: asyncio.Future[None]) -> None:
        # A thread cannot be stopped: wait, so that closing finds the iterator at rest.
        await asyncio.gather(*tasks, self._coming, return_exceptions=True)
        await self._crew.carry_on(self._close)

    async def _send(self, send: Send, outlet: Callable[[], Outlet | None]) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        found = outlet()
        await (self._send_each(send) if found is None else self._pour(found))
        await send(_part(b"", more=False))

    async def _send_each(self, send: Send) -> None:
        self._begin(self._next)
        while (piece := await asyncio.shield(self._coming)) is not None:
            self._begin(self._next)
            for start in range(0, len(piece), CHUNK):
                await send(_part(piece[start : start + CHUNK], more=True))

    async def _pour(self, outlet: Outlet) -> None:
        more = True
        while more:
            await outlet.flush()
            self._begin(lambda: self._poured(outlet))
            more = bool(await asyncio.shield(self._coming))
        await outlet.flush()

    def _begin(self, work: Callable[[], Any]) -> None:
        """Have something done in a thread; `_end` waits for it."""
        self._coming = asyncio.ensure_future(self._crew.carry_on(work))

    def _poured(self, outlet: Outlet) -> bool:
        """Write pieces for a turn, or until the reader does not keep up; say whether there may be more."""
        until = time.monotonic() + TURN_SECONDS
        while (piece := self._next()) is not None:
            if not outlet.write(piece) or time.monotonic() > until:
                return True
        return False

    def _next(self) -> memoryview | None:
        piece = next(self._pieces, None)
        return None if piece is None else memoryview(piece).cast("B")

    async def _guard(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await asyncio.to_thread(self._watch)

    def _close(self) -> None:
        try:
            closing = getattr(self._pieces, "close", None)
            if closing is not None:
                closing()
        finally:
            self._ended()


def _part(body: Any, *, more: bool) -> Message:  # bytes or a view of them: servers take both
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _finished(sending: asyncio.Future[None]) -> bool:
    return sending.done() and not sending.cancelled() and sending.exception() is None


async def _cut(scope: Scope, tasks: list[asyncio.Future[None]]) -> None:
    """Drop the connection with what is still buffered for it, and log what failed."""
    for task in tasks:
        if task.done() and not task.cancelled() and (failure := task.exception()) is not None:
            told(failure)
    abort = scope.get("state", {}).get("abort")
    if abort is not None:
        with contextlib.suppress(OSError):
            abort()
        await asyncio.sleep(0)  # lets the server notice the loss before the response returns unfinished


def _none() -> None:
    """Return no outlet."""
