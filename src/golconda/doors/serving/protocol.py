"""HTTP/1.1 with bounds on what one connection may hold, and for how long, and a way to drop it midway.

Whoever sends or takes too slowly is let go, so that many who do so leave room for others. One request is answered
at a time: what is sent behind it before its answer has ended is not read, and the connection is closed then.
"""

from __future__ import annotations

import socket
import struct
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from golconda.doors.http.replies import problem
from golconda.doors.serving import refusals
from golconda.doors.serving.outlet import Outlet

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from golconda.kernel.errors import GolcondaError

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 1024 * 1024
MOST_CONNECTIONS = 1000
HEAD_SECONDS = 30.0
BODY_SECONDS = 30.0
STALL_SECONDS = 60.0  # in which a reader must take what is buffered, some hundred kilobytes


class Awaited(Enum):
    """What a connection has to bring next."""

    HEAD = auto()
    BODY = auto()
    NOTHING = auto()


class _Enough(Exception):
    """Nothing more is read from this connection."""


class Protocol(HttpToolsProtocol):
    """One connection. The scope's state has what ASGI has no word for: ``abort`` and ``outlet``, for `Stream`, and
    ``lost``, to say what to do when the connection is lost before its answer has ended.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, if there is room."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.app_state = {**self.app_state, "abort": self._reset, "outlet": self._pouring, "lost": self._when_lost}
        self._leaving: Callable[[], object] | None = None
        self._outlet: Outlet | None = None
        self._awaited = Awaited.HEAD
        self.since = self.loop.time()
        self._head = self._fields = self._body = 0
        self._is_deaf = False
        self._due: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._await(Awaited.HEAD, HEAD_SECONDS)
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._shut()
        if self._leaving is not None and self._is_answering:
            self._leaving()
        for timer in (self._due, self._stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    # ── what comes ────────────────────────────────────────────────────────────────────────────────────────

    def data_received(self, data: bytes) -> None:
        """Read on, within bounds: the parser itself would gather a line without end."""
        if self._is_deaf:
            return
        super().data_received(data)
        self._head = self._head + len(data) if self._awaited is Awaited.HEAD else 0
        if self._head > LARGEST_HEAD and not self._is_deaf:
            self._refuse(refusals.head_too_large(LARGEST_HEAD))

    def on_message_begin(self) -> None:
        """Begin a request, unless another is still being answered."""
        if self._is_answering:
            self._is_deaf = True
            self.cycle.keep_alive = False
            raise _Enough
        if self._awaited is not Awaited.HEAD:
            self._await(Awaited.HEAD, HEAD_SECONDS)
        self._fields = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._fields += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._fields += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the answer."""
        if self._fields > LARGEST_HEAD:
            self._refuse(refusals.head_too_large(LARGEST_HEAD))
            raise _Enough
        self._body = 0
        self._await(Awaited.BODY, BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; once all is answered, only so much more is passed over."""
        self._body += len(body)
        if self._body > LARGEST_BODY and self.cycle.response_complete:
            self.transport.abort()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for nothing: the request is there."""
        self._await(Awaited.NOTHING, None)
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, with a problem."""
        del msg
        if not self._is_deaf:
            self._refuse(refusals.unreadable())

    # ── what goes ─────────────────────────────────────────────────────────────────────────────────────────

    def pause_writing(self) -> None:
        """Hold the answer back, but not for ever."""
        super().pause_writing()
        self._stalled = self.loop.call_later(STALL_SECONDS, self._reset)

    def resume_writing(self) -> None:
        """Go on: the reader took what was there."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()

    def on_response_complete(self) -> None:
        """Expect the next request, and the last answer to be taken."""
        super().on_response_complete()
        if self._awaited is Awaited.NOTHING:
            self._await(Awaited.NOTHING, STALL_SECONDS)

    def _when_lost(self, leaving: Callable[[], object] | None) -> None:
        self._leaving = leaving

    def _pouring(self) -> Outlet | None:
        """Return a way for threads to write the body that has begun, where its bytes are the connection's own."""
        plain = self.transport.get_extra_info("sslcontext") is None and not self.transport.is_closing()
        if plain and self.cycle.chunked_encoding and self.cycle.scope["method"] != "HEAD":
            self._outlet = Outlet(self.transport, self.flow.drain)
            return self._outlet
        return None

    def break_off(self) -> None:
        """Drop an answer that has begun; others are still to be told why there is none."""
        if self._is_answering and self.cycle.response_started:
            self._reset()

    # ── bounds ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def is_waiting(self) -> bool:
        """Say whether nothing would be lost with this connection but what has not come yet."""
        return not self._is_answering or self._awaited is Awaited.BODY

    def _await(self, awaited: Awaited, seconds: float | None) -> None:
        self._awaited, self.since = awaited, self.loop.time()
        if self._due is not None:
            self._due.cancel()
        self._due = None if seconds is None else self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        if self._awaited is Awaited.BODY and self._is_answering:
            self._refuse(refusals.late(BODY_SECONDS))
        else:
            self._reset()

    def _make_room(self) -> None:
        """Let go of whoever has kept us waiting longest; where nobody does, there is no room."""
        others = cast("set[Protocol]", self.connections - {self})
        waiting = [other for other in others if other.is_waiting and not other.transport.is_closing()]
        if waiting:
            min(waiting, key=lambda other: other.since).transport.abort()
        else:
            self._refuse(refusals.full(len(others)))

    def _refuse(self, error: GolcondaError) -> None:
        """Answer at once and close; what is half answered is dropped."""
        self._is_deaf = True
        if self._is_answering and self.cycle.response_started:
            self._reset()
        elif not self.transport.is_closing():
            if self._is_answering:
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            self.transport.write(_whole(error))
            self.transport.close()

    def _reset(self) -> None:
        self._shut()
        _reset(self.transport)

    def _shut(self) -> None:
        """Have no thread write any more, before the socket is closed."""
        if self._outlet is not None:
            self._outlet.close()


def _whole(error: GolcondaError) -> bytes:
    """Return a problem as a whole response, for where no application has been asked yet."""
    response = problem(error)
    headers = [*response.raw_headers, (b"connection", b"close")]
    lines = [b"%s: %s\r\n" % header for header in headers]
    return b"".join([b"HTTP/1.1 %d \r\n" % response.status_code, *lines, b"\r\n", bytes(response.body)])


def _reset(transport: Any) -> None:  # asyncio.Transport
    """Drop a connection with all that is under way: closed plainly, the system goes on sending what it holds."""
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
