"""Bare connections to a served node."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from served import Served


@dataclass(frozen=True)
class Wire:
    """A connection on which any bytes can be sent."""

    socket: socket.socket

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)

    def received(self) -> bytes:
        """Return everything until the node closes, or resets."""
        pieces = []
        try:
            while piece := self.socket.recv(1 << 16):
                pieces.append(piece)
        except ConnectionResetError:
            pass
        return b"".join(pieces)

    def problem(self) -> dict[str, Any]:
        """Return the problem that the node answers with before it closes."""
        head, _, body = self.received().partition(b"\r\n\r\n")
        assert b"application/problem+json" in head
        found: dict[str, Any] = json.loads(body)
        assert int(head.split()[1]) == found["status"]
        return found


@pytest.fixture
def dial(city: Served) -> Iterator[Callable[[], Wire]]:
    """Give a way to connect; what is open at the end is closed."""
    host, _, port = city.address.removeprefix("http://").partition(":")
    opened: list[socket.socket] = []

    def connect() -> Wire:
        opened.append(socket.create_connection((host, int(port)), timeout=20))
        return Wire(opened[-1])

    yield connect
    for each in opened:
        each.close()
