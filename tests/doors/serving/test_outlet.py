"""What threads write and what the loop writes after them arrives whole and in order, whatever the reader's pace."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from starlette.requests import ClientDisconnect

from golconda.doors.serving.outlet import Outlet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from served import Served

PIECES = [b"a" * 10, b"", b"b" * 3_000_000, b"c" * 70_000, b"d"]


class Paced(asyncio.Protocol):
    """A connection as the server sees it."""

    def __init__(self) -> None:
        self.writable = asyncio.Event()
        self.writable.set()
        self.outlet: Outlet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.outlet = Outlet(transport, self._drained)

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    async def _drained(self) -> None:
        await self.writable.wait()


def through_outlet(use: Callable[[Outlet], Awaitable[None]], *, reader_waits: float) -> bytes:
    """Return what a reader gets who takes little at a time."""
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    received = bytearray()

    def read() -> None:
        while piece := theirs.recv(50_000):
            received.extend(piece)
            threading.Event().wait(reader_waits)

    async def run() -> None:
        transport, protocol = await asyncio.get_running_loop().create_connection(Paced, sock=ours)
        await use(protocol.outlet)
        transport.close()

    reading = threading.Thread(target=read)
    reading.start()
    with theirs:
        asyncio.run(run())
        reading.join()
    return bytes(received)


@pytest.mark.parametrize("reader_waits", [0.0, 0.02])
def test_chunks_arrive_whole_and_in_order(reader_waits: float) -> None:
    async def use(outlet: Outlet) -> None:
        for piece in PIECES:
            await asyncio.to_thread(outlet.write, memoryview(piece))
            await outlet.flush()

    expected = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in PIECES if piece)
    assert through_outlet(use, reader_waits=reader_waits) == expected


def test_a_closed_outlet_writes_nothing() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.close()
        with pytest.raises(ClientDisconnect):
            outlet.write(memoryview(b"late"))

    assert through_outlet(use, reader_waits=0) == b""


def test_a_reader_who_is_slow_gets_the_whole_answer(city: Served) -> None:
    host, _, port = city.address.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    headers = {
        "authorization": f"Bearer {city.reader}",
        "accept": "application/vnd.apache.arrow.stream",
        "content-type": "application/json",
    }
    question = {"sql": "SELECT c0, c1 FROM wide", "agreement": city.agree("city/wide")}
    connection.request("POST", "/api/v1/query", json.dumps(question), headers)
    response = connection.getresponse()
    received = bytearray()
    while piece := response.read(1_000_000):
        received.extend(piece)
        threading.Event().wait(0.02)
    connection.close()
    table = pa.ipc.open_stream(pa.py_buffer(bytes(received))).read_all()
    table.validate(full=True)
    assert sorted(table["c0"].to_pylist()) == list(range(1_500_000))
