"""Invariant 11: two seconds after revocation commits no byte leaves any door.

The doors are open as readers find them: a real server, a command of its own process; who revokes is a third process.
What is looked at is the time at which each reader received its last byte.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from golconda.kernel.errors import AccessRefused
from golconda.node.open import init_node
from golconda.testing.nodes import agreed, reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from golconda.node.node import Node

LIMIT_SECONDS = 2.0
ROWS = 300_000
ENDLESS = "SELECT a.c0, b.c1 FROM wide AS a CROSS JOIN wide AS b"


@dataclass
class Reader:
    """Who receives bytes: when the last came, and how it ended."""

    started: threading.Event = field(default_factory=threading.Event)
    last: float = 0.0
    end: str = "still reading"

    def receive(self, pieces: Iterable[bytes], *, seconds: float = 0.002) -> None:
        """Take a piece every so often: what the node has not sent by then it must not send later."""
        pause = threading.Event()
        for piece in pieces:
            if piece:
                self.last = time.monotonic()
                self.started.set()
            pause.wait(seconds)


@dataclass(frozen=True)
class Doors:
    """A node, and what a reader needs to come in."""

    node: Node
    agreement: str
    address: str
    token: str
    share: str

    def stream(self, to: Reader, accept: str) -> None:
        """Read an endless answer over HTTP."""
        body = {"sql": ENDLESS, "agreement": self.agreement}
        headers = {"authorization": f"Bearer {self.token}", "accept": accept}
        try:
            with httpx.stream(
                "POST", f"{self.address}/api/v1/query", json=body, headers=headers, timeout=30
            ) as response:
                assert response.status_code == 200
                to.receive(response.iter_raw(65_536))
                to.end = "whole"
        except httpx.TransportError:
            to.end = "broken"

    def file(self) -> str:
        """Return the address of a shared file."""
        url = f"{self.address}/delta-sharing/shares/city/schemas/wide/tables/wide/query"
        lines = httpx.post(
            url, json={}, headers={"authorization": f"Bearer {self.share}"}, timeout=30
        ).text.splitlines()
        return str(json.loads(lines[2])["file"]["url"])

    def ranges(self, to: Reader) -> None:
        """Read a shared file piece by piece, again and again."""
        url = self.file()
        with httpx.Client(timeout=30) as client:
            while (piece := client.get(url, headers={"range": "bytes=0-65535"})).status_code == 206:
                to.receive([piece.content])
        to.end = "broken" if piece.json()["errorCode"] == "agreement-not-in-force" else piece.text

    def dawdle(self, to: Reader) -> None:
        """Read a shared file in one piece and slowly, with hardly any room on the way."""
        where = urlsplit(self.file())
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        raw.settimeout(30)
        with raw:
            raw.connect((where.hostname, where.port))
            raw.sendall(f"GET {where.path}?{where.query} HTTP/1.1\r\nhost: {where.netloc}\r\n\r\n".encode())
            try:
                to.receive(iter(lambda: raw.recv(4096), b""), seconds=0.02)
                to.end = "cut off"
            except ConnectionResetError:
                to.end = "broken"

    def command(self, to: Reader) -> None:
        """Read an endless answer with the command line, beside the node."""
        words = ["query", ENDLESS, "--format", "arrow", "--as", "acme/li", "--node", str(self.node.directory)]
        with subprocess.Popen([sys.executable, "-m", "golconda", *words], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            out = process.stdout
            to.receive(iter(lambda: out.read1(65_536), b""))  # type: ignore[attr-defined]  # a buffered reader
        to.end = "broken" if process.returncode == AccessRefused.exit_status else f"status {process.returncode}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def doors(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Doors]:
    on_postgresql = request.param == "postgresql"
    settings = {"metastore": request.getfixturevalue("bare_postgresql_url")} if on_postgresql else {}
    with init_node(tmp_path / "city", organisation="city", titles={"en": "City"}, settings=settings) as node:
        numbers = [(number * 2_654_435_761) % 2**61 for number in range(ROWS)]  # hardly compressible
        columns = {f"c{at}": pa.array(numbers[at:] + numbers[:at], pa.int64()) for at in range(4)}
        parquet.write_table(pa.table(columns), tmp_path / "wide.parquet")
        owner = node.owner_session("test")
        owner.publish([str(tmp_path / "wide.parquet")], name="wide")
        li = reader(node)
        agreement = agreed(node, li, "{}", product="city/wide", purpose="linkage")
        words = ["serve", "--port", "0", "--node", str(node.directory)]
        with subprocess.Popen([sys.executable, "-m", "golconda", *words], stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            address = server.stdout.readline().split(" at ")[1].split()[0]
            yield Doors(
                node, agreement, address, owner.new_token("acme/li")["token"], li.profile(agreement)["bearerToken"]
            )
            server.terminate()
            try:
                assert server.wait(20) == 0
            finally:
                server.kill()


def test_11_two_seconds_after_revocation_no_byte_leaves_any_door(doors: Doors) -> None:
    arrow, csv, ranges, slow, command = readers = [Reader() for _ in range(5)]
    threads = [
        threading.Thread(target=doors.stream, args=(arrow, "application/vnd.apache.arrow.stream"), daemon=True),
        threading.Thread(target=doors.stream, args=(csv, "text/csv"), daemon=True),
        threading.Thread(target=doors.ranges, args=(ranges,), daemon=True),
        threading.Thread(target=doors.dawdle, args=(slow,), daemon=True),
        threading.Thread(target=doors.command, args=(command,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    has_started = [each.started.wait(30) for each in readers]
    doors.node.owner_session("test").revoke(doors.agreement, why="test")
    revoked = time.monotonic()
    for thread in threads:
        thread.join(30)
    assert has_started == [True] * 5
    assert [max(0.0, each.last - revoked) < LIMIT_SECONDS for each in readers] == [True] * 5
    assert {each.end for each in readers} == {"broken"}

    late = Reader()
    refused = httpx.post(
        f"{doors.address}/api/v1/query",
        json={"sql": "SELECT 1 FROM wide"},
        headers={"authorization": f"Bearer {doors.token}"},
    )
    doors.command(late)
    assert (refused.json()["code"], late.end, late.last) == ("agreement-not-in-force", "broken", 0.0)
