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
