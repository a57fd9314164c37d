"""Point reads through HTTP, metered and logged, eight connections, plans cached. The bar is 500 a second on 2 cores.

    python benchmarks/http_reads.py [--rows 100000] [--seconds 10] [--connections 8] [--json]

The server and the load are two processes. A read looks one row up by its number, under a row filter and a mask, and
is charged to a meter and written to the log before its answer leaves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from node_under_test import Running, people, processor_seconds, resident_megabytes, serving

BAR = 500
P95_BAR_MS = 40
TERMS = """
purposes: [operations]
where: "region <> 'R30'"
masks: {phone: partial}
limits: {queries: 100000000, per: total}
"""
LOOKUPS = 64


async def connection(host: str, port: int, requests: list[bytes], until: float, took: list[float]) -> int:
    """Send requests one after the other until the time is up; return how many were refused."""
    reader, writer = await asyncio.open_connection(host, port)
    refused = turn = 0
    while time.monotonic() < until:
        began = time.monotonic()
        writer.write(requests[turn % len(requests)])
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.monotonic() - began)
        refused += not head.startswith(b"HTTP/1.1 200")
        turn += 1
    writer.close()
    return refused


async def load(node: Running, *, rows: int, connections: int, seconds: float) -> dict[str, float]:
    """Read for some seconds, after a round that fills the plan cache."""
    host, port = node.address.removeprefix("http://").split(":")
    requests = [request(host, node.token, node.agreement, number * (rows // LOOKUPS)) for number in range(LOOKUPS)]
    warm: list[float] = []
    await connection(host, int(port), requests, time.monotonic() + 2, warm)
    took: list[float] = []
    began, before = time.monotonic(), processor_seconds(node.process)
    reading = [
        connection(host, int(port), requests[at:] + requests[:at], began + seconds, took) for at in range(connections)
    ]
    refused = sum(await asyncio.gather(*reading))
    spent = time.monotonic() - began
    cuts = statistics.quantiles(took, n=20)
    return {
        "reads_per_second": len(took) / spent,
        "p50_ms": statistics.median(took) * 1000,
        "p95_ms": cuts[18] * 1000,
        "refused": refused,
        "server_cpu_ms_per_read": (processor_seconds(node.process) - before) / len(took) * 1000,
    }


def request(host: str, token: str, agreement: str, number: int) -> bytes:
    """Return a request as bytes."""
    sql = f"SELECT region, phone, amount FROM data WHERE id = {number}"
    body = json.dumps({"sql": sql, "agreement": agreement}).encode()
    head = (
        f"POST /api/v1/query HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
        f"accept: application/json\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """Run the benchmark, or, with --load, be its load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--load", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        address, token, agreement, process, flight = given.load
        node = Running(address, token, agreement, int(process), flight)
        found = asyncio.run(load(node, rows=given.rows, connections=given.connections, seconds=given.seconds))
        print(json.dumps(found))
        return
    print_result(measured(given), as_json=given.json)


def measured(given: argparse.Namespace) -> dict[str, float]:
    """Serve, load, and return what came out."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), people(given.rows), terms=TERMS) as node:
        idle = resident_megabytes(node.process)
        options = ["--rows", given.rows, "--seconds", given.seconds, "--connections", given.connections]
        ran = subprocess.run(
            [sys.executable, __file__, "--load", *map(str, (*astuple(node), *options))],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found: dict[str, float] = json.loads(ran.stdout)
        return found | {
            "idle_mb": idle,
            "loaded_mb": resident_megabytes(node.process),
            "bar": BAR,
            "p95_bar": P95_BAR_MS,
        }


def print_result(found: dict[str, float], *, as_json: bool) -> None:
    """Print a table, or JSON."""
    if as_json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:18} {value:10.1f}")
    print("bar", "reached" if found["reads_per_second"] >= BAR else "missed")


if __name__ == "__main__":
    main()
