"""A million rows over Flight SQL, beside a bare pyarrow Flight server of the same rows, each read by the same client.

    python benchmarks/arrow_flight.py [--rows 1000000] [--rounds 7] [--json]

Two clients: the unmodified one of ADBC, and pyarrow's own. The bar is a ratio of 0.7. Both servers are processes of
their own. The bare one sends batches that lie in its memory and knows no agreement; the node reads Parquet, under an
agreement, metered and logged, and asking it takes two calls, as Flight SQL has it, for the bare one as well.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
from pyarrow import flight, parquet

from arrow_http import timed
from golconda.doors.flight_sql import messages
from node_under_test import Running, numbers, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BAR = 0.7
SQL = "SELECT * FROM data"


class Bare(flight.FlightServerBase):  # type: ignore[misc]  # pyarrow is untyped
    """Sends one table from memory, whatever query is asked."""

    def __init__(self, table: pa.Table) -> None:
        super().__init__("grpc://127.0.0.1:0")
        self._table = table

    def get_flight_info(self, _context: Any, descriptor: flight.FlightDescriptor) -> flight.FlightInfo:
        if messages.packed(descriptor.command).name != "CommandStatementQuery":
            raise NotImplementedError  # ADBC asks what the server is, and does without an answer
        return flight.FlightInfo(self._table.schema, descriptor, [flight.FlightEndpoint(b"all", [])], -1, -1)

    def do_get(self, _context: Any, _ticket: flight.Ticket) -> flight.RecordBatchStream:
        return flight.RecordBatchStream(self._table)


@contextmanager
def bare(file: Path) -> Iterator[str]:
    """Serve a file's table in a process of its own, and give its address."""
    process = subprocess.Popen([sys.executable, __file__, "--serve", str(file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"grpc://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


def serve(file: str) -> None:
    """Serve until killed."""
    server = Bare(parquet.read_table(file))
    print(server.port, flush=True)
    server.serve()


def by_adbc(address: str, headers: dict[str, str]) -> Callable[[], int]:
    """Return a way to read with ADBC, whose cursor keeps its connection."""
    options = {f"adbc.flight.sql.rpc.call_header.{name}": value for name, value in headers.items()}
    cursor = adbc.connect(address, db_kwargs=options, autocommit=True).cursor()

    def read() -> int:
        cursor.execute(SQL)
        rows: int = cursor.fetch_arrow_table().num_rows
        return rows

    return read


def by_pyarrow(address: str, headers: dict[str, str]) -> Callable[[], int]:
    """Return a way to read with pyarrow's client."""
    client = flight.connect(address)
    options = flight.FlightCallOptions(headers=[(name.encode(), value.encode()) for name, value in headers.items()])
    asked = flight.FlightDescriptor.for_command(messages.pack("CommandStatementQuery", {1: [SQL.encode()]}))

    def read() -> int:
        info = client.get_flight_info(asked, options)
        rows: int = client.do_get(info.endpoints[0].ticket, options).read_all().num_rows
        return rows

    return read


def measured(rows: int, rounds: int) -> dict[str, float]:
    """Take turns between the readers, so that what else runs here hits them alike; return medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = numbers(rows)
        with (
            serving(folder, table, terms="purposes: [operations]\n", doors=("flight",)) as node,
            bare(folder / "data.parquet") as peer,
        ):
            readers = {
                "adbc_bare": by_adbc(peer, {}),
                "adbc": by_adbc(node.flight, _headers(node)),
                "pyarrow_bare": by_pyarrow(peer, {}),
                "pyarrow": by_pyarrow(node.flight, _headers(node)),
            }
            took: dict[str, list[float]] = {name: [] for name in readers}
            for _ in range(rounds + 1):
                for reader, read in readers.items():
                    took[reader].append(timed(read, rows))
    seconds = {reader: statistics.median(each[1:]) for reader, each in took.items()}
    return {
        "megabytes": table.nbytes / 1e6,
        **{f"{reader}_s": each for reader, each in seconds.items()},
        **{f"{client}_to_bare": seconds[f"{client}_bare"] / seconds[client] for client in ("adbc", "pyarrow")},
        "bar": BAR,
    }


def _headers(node: Running) -> dict[str, str]:
    return {"authorization": f"Bearer {node.token}", "golconda-agreement": node.agreement}


def main() -> None:
    """Run the benchmark, or, with --serve, be the peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    found = measured(given.rows, given.rounds)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:18} {value:10.3f}")
    print("bar", "reached" if min(found["adbc_to_bare"], found["pyarrow_to_bare"]) >= BAR else "missed")


if __name__ == "__main__":
    main()
