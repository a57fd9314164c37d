"""The HTTP/1.1 protocol, with a way for a response to drop its own connection."""

from __future__ import annotations

import socket
import struct
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


LARGEST_HEAD = 64 * 1024
HEAD_SECONDS = 30.0


def protocol() -> type[asyncio.Protocol]:
    """Return uvicorn's protocol, the fast parser's where it is installed.

    What comes before a request's body is bounded in size and time: the fast parser gathers a line without end.
    A broken stream must drop what is buffered for a connection too, and ASGI has no word for that: the way to
    do it is put into the scope's state as ``abort``.
    """
    base = _base()

    class Abortable(base):  # type: ignore[misc, valid-type]  # one of two classes, chosen above
        def connection_made(self, transport: Any) -> None:  # asyncio.Transport
            super().connection_made(transport)
            abort: Callable[[], None] = partial(_reset, transport)
            state: dict[str, Any] = getattr(self, "app_state")  # noqa: B009  # set by a base chosen at run time
            self.app_state = {**state, "abort": abort}
            self._head = 0
            self._late = self.loop.call_later(HEAD_SECONDS, transport.abort)

        def data_received(self, data: bytes) -> None:
            begun = self.cycle
            between = begun is None or (begun.response_complete and not begun.more_body)
            super().data_received(data)
            self._judge_head(len(data) if between and self.cycle is begun else 0)

        def _judge_head(self, size: int) -> None:
            """Drop the connection where a head that has not ended is too large or takes too long."""
            if size == 0 or self._head == 0:
                self._late.cancel()
            if size and self._head == 0:
                self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)
            self._head = self._head + size if size else 0
            if self._head > LARGEST_HEAD:
                self.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            self._late.cancel()
            super().connection_lost(exc)

    return Abortable


def _reset(transport: Any) -> None:  # asyncio.Transport
    """Drop a connection with all that is under way: closed plainly, the system goes on sending what it holds."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _base() -> type[asyncio.Protocol]:
    if find_spec("httptools") is not None:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

        return HttpToolsProtocol
    from uvicorn.protocols.http.h11_impl import H11Protocol

    return H11Protocol
