"""How long a query goes on after it should have ended, through HTTP, and what handing one to a worker takes.

    python benchmarks/ending.py [--rounds 5] [--json]

Bars: revocation 2 s, a reader who leaves 1 s, time-out 1 s over its limit, worker hand-over 3 ms a query. The query
counts pairs of rows and would take hours; a read counts as ended once no worker is at it. Of the hand-over the median
of two thousand queries of one value is told, which holds the engine's own time too.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from pyarrow import parquet

from golconda.doors.serving import Server
from golconda.engine.governed import Allowance, GovernedEngine
from golconda.node.open import init_node, open_node
from node_under_test import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from golconda.node.node import Node

BARS = {"revoked_s": 2.0, "left_s": 1.0, "over_time_s": 1.0, "hand_over_ms": 3.0}
ENDLESS = "SELECT count(*) FROM data AS a CROSS JOIN data AS b WHERE a.c0 < b.c1 + 0.5"
STREAM = "SELECT a.k, b.c1 FROM data AS a CROSS JOIN data AS b"
LIMIT_SECONDS = 5  # above the other bars, so that it ends none of their queries
QUERIES = 2000


class City:
    """A served node of one product, and a reader of it."""

    def __init__(self, folder: Path) -> None:
        parquet.write_table(numbers(200_000), folder / "data.parquet")
        with init_node(folder / "node", organisation="city", titles={"en": "City"}) as node:
            owner = node.owner_session("cli")
            owner.publish([str(folder / "data.parquet")], name="data", titles={"en": "Data"})
            owner.add_organisation("acme", titles={"en": "Acme"})
            self.token = owner.new_token("acme/li")["token"]
        settings = folder / "node" / "golconda.toml"
        settings.write_text(f"timeout_seconds = {LIMIT_SECONDS}\n{settings.read_text()}")
        self.node: Node = open_node(folder / "node")
        ready = threading.Event()
        self.server = Server(self.node, "127.0.0.1", 0, ready=lambda _: ready.set())
        threading.Thread(target=self.server.run, daemon=True).start()
        ready.wait(20)
        self.host, _, self.port = self.server.address.removeprefix("http://").partition(":")

    def agree(self) -> str:
        """Offer, have it taken, and return the agreement."""
        owner = self.node.owner_session("cli")
        offer = owner.offer("data", "purposes: [operations]\n", automatic=True)["id"]
        reader = self.node.authenticate(self.token, "http")
        asked = reader.request("city/data", purpose="operations", offer=offer)
        if asked["state"] == "requested":
            asked = owner.approve(asked["id"])
        return str(asked["agreement"])

    def ask(self, sql: str, agreement: str) -> http.client.HTTPConnection:
        """Send a question."""
        connection = http.client.HTTPConnection(self.host, int(self.port), timeout=60)
        headers = {
            "authorization": f"Bearer {self.token}",
            "accept": "application/vnd.apache.arrow.stream",
            "content-type": "application/json",
        }
        connection.request("POST", "/api/v1/query", json.dumps({"sql": sql, "agreement": agreement}), headers)
        return connection

    def begin(self, sql: str, agreement: str) -> http.client.HTTPConnection:
        """Send a question and wait until a worker is at it."""
        connection = self.ask(sql, agreement)
        self.until(lambda: self.node.engine.pool.held)
        return connection

    def ended(self) -> float:
        """Wait until no worker is at anything, and return when that was."""
        self.until(lambda: not self.node.engine.pool.held and not self.node.engine.running())
        return time.perf_counter()

    def until(self, holds: Callable[[], object]) -> None:
        """Wait for a condition, for a minute."""
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.001)

    def close(self) -> None:
        """Stop."""
        self.server.stop()
        self.until(lambda: not self.node.engine.running())
        self.node.close()


def revoked(city: City, sql: str) -> float:
    """Revoke under a query."""
    agreement = city.agree()
    connection = city.begin(sql, agreement)
    city.node.owner_session("cli").revoke(agreement, why="Benchmark.")
    began = time.perf_counter()
    taken = threading.Thread(target=exhausted, args=(connection,))
    taken.start()
    spent = city.ended() - began
    taken.join()
    return spent


def left(city: City, sql: str) -> float:
    """Leave under a query."""
    connection = city.begin(sql, city.agree())
    sock = connection.sock
    assert sock is not None
    sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    began = time.perf_counter()
    return city.ended() - began


def over_time(city: City, sql: str) -> float:
    """Let a query run into its limit, and return by how much it went beyond."""
    agreement = city.agree()
    began = time.perf_counter()
    connection = city.begin(sql, agreement)
    exhausted(connection)
    return city.ended() - began - LIMIT_SECONDS


def exhausted(connection: http.client.HTTPConnection) -> None:
    """Read until it ends or breaks."""
    try:
        response = connection.getresponse()
        while response.read(1 << 20):
            pass
    except (http.client.HTTPException, OSError):
        pass
    connection.close()


def hand_over(folder: Path) -> float:
    """Return the milliseconds that a query of one value takes in a worker that is there."""
    engine = GovernedEngine(Allowance(), spill_directory=folder / "spill", workers=1)
    try:
        return statistics.median(list(_asked(engine))[100:]) * 1000
    finally:
        engine.close()


def _asked(engine: GovernedEngine) -> Iterator[float]:
    for _ in range(QUERIES):
        began = time.perf_counter()
        list(engine.run("SELECT 1", {}, frozenset()))
        yield time.perf_counter() - began


def measured(rounds: int) -> dict[str, float]:
    """Return the worst of some rounds, of a query that computes and of one that streams."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found: dict[str, float] = {"hand_over_ms": hand_over(folder)}
        city = City(folder)
        try:
            found["revoked_s"] = max(revoked(city, sql) for sql in (ENDLESS, STREAM) for _ in range(rounds))
            found["left_s"] = max(left(city, sql) for sql in (ENDLESS, STREAM) for _ in range(rounds))
            found["over_time_s"] = max(over_time(city, ENDLESS) for _ in range(rounds))
        finally:
            city.close()
    return found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found: dict[str, Any] = measured(given.rounds)
    if given.json:
        print(json.dumps(found | {"bars": BARS}))
        return
    for name, value in found.items():
        print(f"{name:14} {value:8.3f}   bar {BARS[name]:g}  {'reached' if value <= BARS[name] else 'missed'}")


if __name__ == "__main__":
    main()
