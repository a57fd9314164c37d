"""Many downloads at once, and slow ones: so many, so slow, and never after the end of what they stand on."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from served import Served

WIDE = "shares/city/schemas/wide/tables/wide"


@pytest.fixture(scope="module")
def token(city: Served) -> str:
    """Give a token that opens wide as a share."""
    return str(city.node.authenticate(city.reader, "http").profile(city.agree("city/wide"))["bearerToken"])


def address_of(city: Served, token: str) -> str:
    """Return the address of a file of tens of megabytes."""
    answer = httpx.post(
        f"{city.address}/delta-sharing/{WIDE}/query",
        json={},
        headers={"authorization": f"Bearer {token}"},
        timeout=60,
    )
    return str(httpx.Response(200, content=answer.text.splitlines()[2]).json()["file"]["url"])


@pytest.fixture
def slow() -> Iterator[Callable[[str], socket.socket]]:
    """Give a way to ask for a file and then read nothing of it."""
    opened: list[socket.socket] = []

    def ask(url: str) -> socket.socket:
        where = urlsplit(url)
        raw = socket.socket()
        opened.append(raw)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        raw.settimeout(20)
        raw.connect((where.hostname, where.port))
        raw.sendall(f"GET {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
        return raw

    yield ask
    for each in opened:
        each.close()


def test_of_a_hundred_slow_downloads_some_are_taken_and_the_others_asked_to_come_again(
    city: Served, token: str, slow: Callable[[str], socket.socket]
) -> None:
    url = address_of(city, token)
    heads = [slow(url).recv(40).split()[1] for _ in range(100)]
    refused = httpx.get(url)
    assert (heads.count(b"200"), heads.count(b"503")) == (16, 84)
    assert (refused.status_code, refused.json()["errorCode"]) == (503, "downloads-full")
    assert int(refused.headers["retry-after"]) > 0
    assert httpx.get(f"{city.address}/api/v1/purposes", timeout=5).status_code == 200


def test_what_ends_makes_room(city: Served, token: str, slow: Callable[[str], socket.socket]) -> None:
    url = address_of(city, token)
    taken = [slow(url) for _ in range(16)]
    assert {each.recv(40).split()[1] for each in taken} == {b"200"}
    taken[0].close()
    until(lambda: httpx.head(url).status_code == 200)


def test_a_download_slower_than_allowed_is_broken_off(
    city: Served, token: str, slow: Callable[[str], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("golconda.doors.serving.protocol.STALL_SECONDS", 0.3)
    url = address_of(city, token)
    reading = slow(url)
    assert reading.recv(40).split()[1] == b"200"
    assert is_broken_off(reading)


@pytest.mark.parametrize("how", ["token", "agreement"])
def test_a_download_under_way_is_broken_off_within_two_seconds_of_its_end(
    city: Served, slow: Callable[[str], socket.socket], how: str
) -> None:
    agreement = city.agree("city/wide")
    token = city.node.authenticate(city.reader, "http").profile(agreement)["bearerToken"]
    reading = slow(address_of(city, token))
    assert reading.recv(40).split()[1] == b"200"
    if how == "token":
        city.owner.revoke_token(token.removeprefix("gk_").partition(".")[0])
    else:
        city.owner.revoke(agreement, why="Test.")
    ended = time.monotonic()
    threading.Event().wait(1.5)
    assert is_broken_off(reading)
    assert time.monotonic() - ended < 2


def is_broken_off(reading: socket.socket) -> bool:
    """Read on, to a reset rather than to an end; what the system holds for us may still come."""
    try:
        while reading.recv(1 << 20):
            pass
    except ConnectionResetError:
        return True
    return False


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.02)
