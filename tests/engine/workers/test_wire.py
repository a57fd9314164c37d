"""What is sent arrives, however the system cuts it up."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, date, datetime

import pytest

from golconda.engine.workers import wire
from golconda.engine.workers.wire import Kind, Receiver, Request
from golconda.kernel.errors import Defect, InvalidInput, TryAgain


def test_a_query_arrives_with_its_values() -> None:
    values = {"a": b"\x00\xff", "b": "é'", "c": None, "d": date(2020, 2, 29), "e": datetime(2020, 1, 1, tzinfo=UTC)}
    request = Request(7, "key", "files", "SELECT 1", {**values, "f": 2**60, "g": True}, 1.5, ["SET x = 1"])
    assert wire.request_of(memoryview(wire.request_bytes(request))) == request


@pytest.mark.parametrize("kind", [InvalidInput, TryAgain, Defect])
def test_a_fault_arrives_as_it_was(kind: type[InvalidInput | TryAgain | Defect]) -> None:
    fault, leaving = wire.fault_of(memoryview(wire.fault_bytes(kind("a-code", "What.", hint="Do."), leaving=True)))
    assert (type(fault), fault.code, fault.message, fault.hint, leaving) == (kind, "a-code", "What.", "Do.", True)


@pytest.mark.parametrize("at_a_time", [1, 7, 100_000])
def test_frames_arrive_whole_and_in_order(at_a_time: int) -> None:
    sent = [(Kind.PART, b"x" * size) for size in (0, 1, 70_000, 3)] + [(Kind.LAST, b"end")]
    ours, theirs = socket.socketpair()
    stream = b"".join(_framed(kind, payload) for kind, payload in sent)
    pieces = [stream[start : start + at_a_time] for start in range(0, len(stream), at_a_time)]
    with ours, theirs:
        writer = threading.Thread(target=lambda: [theirs.sendall(piece) for piece in pieces])
        writer.start()
        receiver = Receiver(ours)
        assert [(kind, bytes(payload)) for kind, payload in _all(receiver, len(sent))] == sent
        writer.join()
        theirs.close()
        assert receiver.frame() is None


@pytest.mark.parametrize("kept", [3, 9, 100_000])
def test_a_frame_that_breaks_off_is_no_frame(kept: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        writer = threading.Thread(target=_break_off, args=(theirs, _framed(Kind.LAST, b"x" * 200_000)[:kept]))
        writer.start()
        assert Receiver(ours).frame() is None
        writer.join()


def _break_off(connection: socket.socket, stream: bytes) -> None:
    connection.sendall(stream)
    connection.close()


def _framed(kind: Kind, payload: bytes) -> bytes:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=wire.send, args=(ours, kind, payload[:5], payload[5:]))
        sender.start()
        taken = bytearray()
        while len(taken) < len(payload) + 8:
            taken += theirs.recv(1 << 20)
        sender.join()
        return bytes(taken)


def _all(receiver: Receiver, count: int) -> list[tuple[Kind, memoryview]]:
    found = [receiver.frame() for _ in range(count)]
    return [frame for frame in found if frame is not None]


class Interrupted:
    """A connection whose second read is interrupted."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.recv = connection.recv

    def recv_into(self, buffer: memoryview) -> int:
        del buffer
        raise KeyboardInterrupt


def test_after_an_interrupted_frame_there_is_none() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(_framed(Kind.PART, b"x" * 100_000)[:70_000])
        receiver = Receiver(Interrupted(ours))  # type: ignore[arg-type]  # as much of a socket as is used
        with pytest.raises(KeyboardInterrupt):
            receiver.frame()
        theirs.sendall(_framed(Kind.LAST, b"end"))
        assert receiver.frame() is None


def test_what_is_no_frame_is_none() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\x00" * 40 + _framed(Kind.LAST, b"end"))
        receiver = Receiver(ours)
        assert receiver.frame() is None
        assert receiver.frame() is None
