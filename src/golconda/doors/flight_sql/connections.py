"""Cut off a client. gRPC has no word for it in Python, and a client who does not read holds a stream for ever."""

from __future__ import annotations

import os
import socket
import stat
import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN_FILES = Path("/dev/fd")  # of this process, on Linux and macOS


def cut(peer: str) -> None:
    """Drop this process's connection to a peer (``ipv4:127.0.0.1:52100``) with what the system still holds for it."""
    place = _place(peer)
    for connection in _connections():
        with suppress(OSError):
            if _plain(connection.getpeername()) == place:
                # What is buffered goes with it: closed plainly, the system goes on sending.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
        connection.close()


def cut_all(port: int) -> None:
    """Drop every connection to one of this process's ports."""
    for connection in _connections():
        with suppress(OSError):
            if connection.getsockname()[1] == port and connection.getpeername():
                connection.shutdown(socket.SHUT_RDWR)
        connection.close()


def _plain(address: tuple[str, int]) -> tuple[str, int]:
    """Return a socket's address, of IPv4 where it is one: gRPC listens on both at once."""
    return address[0].removeprefix("::ffff:"), address[1]


def _place(peer: str) -> tuple[str, int]:
    """Return host and port as the system writes them.

    >>> _place("ipv4:127.0.0.1:52100"), _place("ipv6:%5B::1%5D:52100")
    (('127.0.0.1', 52100), ('::1', 52100))
    """
    host, _, port = unquote(peer).partition(":")[2].rpartition(":")
    return host.strip("[]"), int(port)


def _connections() -> Iterator[socket.socket]:
    """Yield a duplicate of each connection of this process, to be closed."""
    for entry in _OPEN_FILES.iterdir():
        with suppress(OSError):
            number = int(entry.name)
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                duplicate = socket.socket(fileno=os.dup(number))
                if duplicate.family in (socket.AF_INET, socket.AF_INET6):
                    yield duplicate
                else:
                    duplicate.close()
