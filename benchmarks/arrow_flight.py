"""A million rows over Flight SQL, beside a bare pyarrow Flight server of the same rows, each read by the same client.

    python benchmarks/arrow_flight.py [--rows 1000000] [--rounds 15] [--json]

Two clients: the unmodified one of ADBC, and pyarrow's own. The bar is a ratio of 0.7. Both servers are processes of
their own. The bare one sends batches that lie in its memory and knows no agreement; the node reads Parquet, under an
agreement, metered and logged, and asking it takes two calls, as Flight SQL has it, for the bare one as well.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

import adbc_driver_flightsql.dbapi as adbc
from pyarrow import flight

from arrow_http import timed
from bare_flight import bare_flight
from golconda.doors.flight_sql import messages
from node_under_test import Running, numbers, serving

if TYPE_CHECKING:
    from collections.abc import Callable

BAR = 0.7
SQL = "SELECT * FROM data"


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
            bare_flight(folder / "data.parquet") as port,
        ):
            readers = {
                "adbc_bare": by_adbc(f"grpc://127.0.0.1:{port}", {}),
                "adbc": by_adbc(node.flight, _headers(node)),
                "pyarrow_bare": by_pyarrow(f"grpc://127.0.0.1:{port}", {}),
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
    print("bar", "reached" if min(found["adbc_to_bare"], found["pyarrow_to_bare"]) >= BAR else "missed")


if __name__ == "__main__":
    main()
