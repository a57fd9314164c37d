"""A node in a temporary directory and a server process over it, for the benchmarks of the network doors."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from golconda.node.open import init_node

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = """
import sys
from pathlib import Path
from golconda.doors.serving import serve
from golconda.node.open import open_node
with open_node(Path(sys.argv[1])) as node:
    serve(node, "127.0.0.1", 0, flight_port=0 if "flight" in sys.argv else None)
"""


@dataclass(frozen=True)
class Running:
    """A server process with a reader's token and agreement."""

    address: str
    token: str
    agreement: str
    process: int
    flight: str = ""


@contextmanager
def serving(folder: Path, table: pa.Table, *, terms: str, doors: tuple[str, ...] = ()) -> Iterator[Running]:
    """Publish a table as city/data, agree on terms, and serve the node in a process of its own.

    `doors`: ``flight`` for Flight SQL beside HTTP.
    """
    parquet.write_table(table, folder / "data.parquet", row_group_size=122_880)
    with init_node(folder / "node", organisation="city", titles={"en": "City"}) as node:
        owner = node.owner_session("cli")
        owner.publish([str(folder / "data.parquet")], name="data", titles={"en": "Data"})
        owner.add_organisation("acme", titles={"en": "Acme"})
        token = owner.new_token("acme/li")["token"]
        owner.offer("data", terms, automatic=True)
        asked = node.authenticate(token, "http").request("city/data", purpose="operations")
    command = [sys.executable, "-c", SERVER, str(folder / "node"), *doors]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address, *flight = (process.stdout.readline().split(" at ")[1].split()[0] for _ in range(1 + len(doors)))
    try:
        yield Running(address, token, asked["agreement"], process.pid, *flight)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def resident_megabytes(process: int) -> int:
    """Return the resident memory of a process and its workers (Linux); what they share is counted for each."""
    statuses = [Path(f"/proc/{each}/status").read_text() for each in (process, *workers_of(process))]
    return sum(int(status.split("VmRSS:")[1].split()[0]) for status in statuses) // 1024


def processor_seconds(process: int) -> float:
    """Return the processor time a process and its workers, present and past, have used (Linux).

    It is what other work on the machine distorts least.
    """
    return _ticks(process, 4) + sum(_ticks(worker, 2) for worker in workers_of(process))


def _ticks(process: int, counters: int) -> float:
    """Return what a process has used: user, system, and the same of its children that ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 11 + counters])) / os.sysconf("SC_CLK_TCK")


def workers_of(process: int) -> list[int]:
    """Return the processes that a process started (Linux)."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def people(rows: int) -> pa.Table:
    """Return rows to look up by number."""
    numbers = np.arange(rows)
    return pa.table(
        {
            "id": numbers,
            "region": pa.array([f"R{number % 31}" for number in range(rows)]),
            "phone": pa.array([f"+86138{number:08d}" for number in range(rows)]),
            "amount": np.round(np.random.default_rng(1).normal(100, 20, rows), 2),
        }
    )


def numbers(rows: int, columns: int = 10) -> pa.Table:
    """Return wide numeric rows, about 88 bytes each at ten columns with one text."""
    random = np.random.default_rng(1)
    made = {f"c{at}": random.normal(size=rows) for at in range(columns - 2)}
    return pa.table(
        made | {"k": np.arange(rows), "t": pa.array([f"text {number % 1000:05d}" for number in range(rows)])}
    )
