"""The peer of the Arrow benchmarks: a bare pyarrow Flight server that sends one table from its memory.

python benchmarks/bare_flight.py FILE
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import flight, parquet

from golconda.doors.flight_sql import messages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BareFlight(flight.FlightServerBase):  # type: ignore[misc]  # pyarrow is untyped
    """Sends one table, whatever is asked."""

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
def bare_flight(file: Path) -> Iterator[int]:
    """Serve a Parquet file's table in a process of its own, and give its port."""
    process = subprocess.Popen([sys.executable, __file__, str(file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    server = BareFlight(parquet.read_table(sys.argv[1]))
    print(server.port, flush=True)
    server.serve()
