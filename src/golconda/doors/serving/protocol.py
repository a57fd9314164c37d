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


def protocol() -> type[asyncio.Protocol]:
    """Return uvicorn's protocol, the fast parser's where it is installed.

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
