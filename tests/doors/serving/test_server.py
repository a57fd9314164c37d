"""One process serves every door: ready soon, refused on a taken port, stopped by signals, silent about tokens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from golconda.doors.serving import Server
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from served import Served

PROGRAM = """
import sys
from pathlib import Path
from golconda.doors.serving import serve
from golconda.node.open import open_node
with open_node(Path(sys.argv[1])) as node:
    serve(node, "127.0.0.1", 0)
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, float]]:
    """Give a server process, its address, and how long it took to be ready."""
    from golconda.node.open import init_node

    init_node(tmp_path / "node", organisation="city", titles={"en": "City"}).close()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "node")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    yield process, line.split(" at ")[1].split()[0], time.monotonic() - began
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_it_says_where_and_answers(running: tuple[subprocess.Popen[str], str, float]) -> None:
    _, address, seconds = running
    assert httpx.get(f"{address}/api/v1/products").json() == {"products": []}
    assert seconds < 10  # the bar is 3 on a quiet machine: benchmarks/serving.py measures it


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_gracefully(running: tuple[subprocess.Popen[str], str, float], number: signal.Signals) -> None:
    process, address, _ = running
    httpx.get(f"{address}/api/v1/products")
    os.kill(process.pid, number)
    assert process.wait(10) == 0


def test_its_output_holds_no_token(running: tuple[subprocess.Popen[str], str, float]) -> None:
    process, address, _ = running
    httpx.get(f"{address}/api/v1/requests", headers={"authorization": "Bearer gk_secret.token"})
    process.terminate()
    out, err = process.communicate(timeout=10)
    assert "secret" not in out + err


def test_a_taken_port_is_refused_before_anything_starts(city: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InvalidInput) as caught:
        Server(city.node, "127.0.0.1", taken.getsockname()[1])
    assert caught.value.code == "port-in-use"


def test_an_address_that_is_not_here_is_refused(city: Served) -> None:
    with pytest.raises(InvalidInput) as caught:
        Server(city.node, "192.0.2.1", 0)
    assert caught.value.code == "address-unusable"


def test_every_door_is_open(city: Served) -> None:
    paths = {"/": "text/html", "/api/v1/products": "application/json", "/delta-sharing/shares": "application/json"}
    for path, media in paths.items():
        assert httpx.get(f"{city.address}{path}").headers["content-type"].startswith(media)


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(city: Served) -> None:
    page = httpx.get(f"{city.address}/nothing", headers={"accept": "text/html"})
    told = httpx.get(f"{city.address}/nothing")
    assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")
    assert told.json()["code"] == "address-unknown"


def _refused_after(address: str, beginning: bytes, piece: bytes) -> int:
    """Return how many bytes the server took of a head that never ends before it dropped the connection."""
    host, _, port = address.removeprefix("http://").partition(":")
    taken = 0
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        try:
            connection.sendall(beginning)
            while taken < 64 * 2**20:
                connection.sendall(piece)
                taken += len(piece)
        except (ConnectionResetError, BrokenPipeError):
            pass
    return taken


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"GET /", b"a" * 65536),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-Long: " + b"a" * 65536 + b"\r\n"),
        (b"GET /api/v1/purposes HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nX: ", b"a" * 65536),
    ],
)
def test_a_head_without_end_is_cut_off(city: Served, beginning: bytes, piece: bytes) -> None:
    assert _refused_after(city.address, beginning, piece) < 32 * 2**20  # most of it lies in the system's buffers
    assert httpx.get(f"{city.address}/api/v1/purposes").status_code == 200


@pytest.mark.parametrize(
    ("before", "beginning"),
    [(b"", b""), (b"", b"GET / HT"), (b"GET /api/v1/purposes HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HT")],
)
def test_a_head_that_does_not_end_is_waited_for_only_so_long(
    city: Served, monkeypatch: pytest.MonkeyPatch, before: bytes, beginning: bytes
) -> None:
    monkeypatch.setattr("golconda.doors.serving.protocol.HEAD_SECONDS", 0.2)
    host, _, port = city.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(before)
        if before:
            connection.recv(65536)
        connection.sendall(beginning)
        assert _is_dropped(connection)


def _is_dropped(connection: socket.socket) -> bool:
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True
