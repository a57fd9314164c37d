"""A million rows as Arrow over HTTP, beside a bare pyarrow Flight server, in one run. The bar is a ratio of 0.7.

    python benchmarks/arrow_http.py [--rows 1000000] [--rounds 7] [--json]

Both servers are processes of their own. Flight sends batches that lie in its memory and knows no agreement; the node
reads Parquet, under an agreement, metered and logged. Reading the same rows with DuckDB alone is shown as well.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

import pyarrow as pa
from pyarrow import flight

from bare_flight import bare_flight
from golconda.doors.client import connect
from node_under_test import Running, numbers, serving

if TYPE_CHECKING:
    from collections.abc import Callable

BAR = 0.7
SQL = "SELECT * FROM data"


def over_http(node: Running) -> int:
    """Read with the standard library and pyarrow."""
    host, port = node.address.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    headers = {
        "authorization": f"Bearer {node.token}",
        "accept": "application/vnd.apache.arrow.stream",
        "content-type": "application/json",
    }
    connection.request("POST", "/api/v1/query", json.dumps({"sql": SQL, "agreement": node.agreement}), headers)
    response = connection.getresponse()
    assert response.status == 200, response.read()
    rows: int = pa.ipc.open_stream(response).read_all().num_rows
    connection.close()
    return rows


def timed(read: Callable[[], int], rows: int) -> float:
    """Return the seconds one reading takes."""
    began = time.perf_counter()
    assert read() == rows
    return time.perf_counter() - began


def measured(rows: int, rounds: int) -> dict[str, float]:
    """Take turns between the readers, so that what else runs here hits them alike; return medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = numbers(rows)
        file = folder / "data.parquet"
        with (
            serving(folder, table, terms="purposes: [operations]\n") as node,
            bare_flight(file) as port,
            connect(node.address, node.token) as client,
        ):
            peer = flight.connect(f"grpc://127.0.0.1:{port}")
            readers: dict[str, Callable[[], int]] = {
                "flight": lambda: peer.do_get(flight.Ticket(b"")).read_all().num_rows,
                "http": lambda: over_http(node),
                "client": lambda: len(client.query(SQL, agreements=[node.agreement])),
                "duckdb_alone": lambda: duckdb_alone(file),
            }
            took: dict[str, list[float]] = {name: [] for name in readers}
            for _ in range(rounds + 1):
                for reader, read in readers.items():
                    took[reader].append(timed(read, rows))
    seconds = {reader: statistics.median(each[1:]) for reader, each in took.items()}
    return {
        "megabytes": table.nbytes / 1e6,
        **{f"{reader}_s": each for reader, each in seconds.items()},
        "http_to_flight": seconds["flight"] / seconds["http"],
        "client_to_flight": seconds["flight"] / seconds["client"],
        "bar": BAR,
    }


def duckdb_alone(file: Path) -> int:
    """Read the rows out of Parquet as the node must before it can send them."""
    import duckdb

    with duckdb.connect(config={"threads": 2}) as connection:
        rows: int = connection.read_parquet(str(file)).to_arrow_table().num_rows
        return rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measured(given.rows, given.rounds)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:18} {value:10.3f}")
    print("bar", "reached" if found["http_to_flight"] >= BAR else "missed")


if __name__ == "__main__":
    main()
