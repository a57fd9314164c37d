"""A stream ends when it is whole; otherwise the connection is cut and everything is given back."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from golconda.doors.wire.crew import Crew
from golconda.doors.wire.stream import CHUNK, Stream
from golconda.kernel.errors import AccessRefused, TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Connection:
    """What a server sees of a response: the messages, and whether the connection was dropped."""

    takes: int = 1000
    messages: list[dict[str, Any]] = field(default_factory=list)
    dropped: bool = False

    @property
    def scope(self) -> dict[str, Any]:
        return {"type": "http", "state": {"abort": self._drop}}

    def _drop(self) -> None:
        self.dropped = True

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(self, message: dict[str, Any]) -> None:
        if len(self.messages) >= self.takes:
            await asyncio.Event().wait()  # a reader who dawdles
        self.messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(bytes(message.get("body", b"")) for message in self.messages)

    @property
    def is_whole(self) -> bool:
        return self.messages[-1].get("more_body") is False


def serve(pieces: Iterator[bytes], connection: Connection, **more: Callable[[], object]) -> None:
    async def run() -> None:
        stream = Stream(pieces, crew=Crew(threads=2, queue=2), headers={"content-type": "text/csv"}, **more)
        await asyncio.wait_for(stream(connection.scope, connection.receive, connection.send), 10)

    asyncio.run(run())


def test_all_pieces_arrive_cut_to_chunks() -> None:
    connection = Connection()
    serve(iter([b"a" * (CHUNK + 1), b"b"]), connection)
    assert connection.body == b"a" * (CHUNK + 1) + b"b"
    assert max(len(message.get("body", b"")) for message in connection.messages) == CHUNK
    assert connection.is_whole
    assert not connection.dropped


def test_a_stream_that_fails_is_cut_without_an_end() -> None:
    def fails() -> Iterator[bytes]:
        yield b"a"
        raise AccessRefused("agreement-not-in-force", "It ended.", hint="Ask anew.")

    connection = Connection()
    serve(fails(), connection)
    assert (connection.is_whole, connection.dropped) == (False, True)


def test_a_reader_who_dawdles_is_cut_off_once_the_watch_says_so() -> None:
    revoked = threading.Event()
    revoked.set()

    def watch() -> None:
        if revoked.is_set():
            raise AccessRefused("agreement-not-in-force", "It ended.", hint="Ask anew.")

    connection = Connection(takes=2)
    serve(iter([b"a"] * 10), connection, watch=watch)
    assert (connection.is_whole, connection.dropped) == (False, True)


@pytest.mark.parametrize("takes", [2, 1000])
def test_everything_is_given_back_once_however_it_ends(takes: int) -> None:
    ended: list[str] = []

    def pieces() -> Iterator[bytes]:
        try:
            yield from [b"a"] * 5
        finally:
            ended.append("pieces")

    def watch() -> None:
        raise TryAgain("node-busy", "Stop.", hint="Later.")

    serve(pieces(), Connection(takes=takes), ended=lambda: ended.append("ended"), watch=watch)
    assert ended == ["pieces", "ended"]


def test_a_full_crew_turns_the_next_away_at_once() -> None:
    async def run() -> None:
        crew, go = Crew(threads=1, queue=1), threading.Event()
        busy = [asyncio.ensure_future(crew.run(go.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(TryAgain, match="2 reads"):
            await crew.run(go.wait)
        go.set()
        assert await asyncio.gather(*busy) == [True, True]

    asyncio.run(run())
