"""The log: events recorded, put into the tree, verified and exported, in events a second.

    python benchmarks/log.py [--events 100000] [--url postgresql://…] [--json]

Recording is in batches of 1,000, as a job writes; `read` is what one governed read costs the metastore: two
transactions, each with an event, from eight threads, every commit on the disk. The bars are 20,000 events a second
into the outbox and into the tree, and 100,000 verified.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from golconda.agreement.keys import KeyStore
from golconda.kernel.clock import SystemClock
from golconda.metastore.database import Metastore
from golconda.metastore.log import Fact, export, record, record_all, sequence, verify

if TYPE_CHECKING:
    from collections.abc import Callable

BARS = {"record": 20_000, "sequence": 20_000, "verify": 100_000}
BATCH = 1_000
READS = 2_000
THREADS = 8
NOW = datetime(2026, 11, 24, tzinfo=UTC)
PAYLOAD = {"agreements": ["agr-7k2m9x4qbz"], "product": "city/care", "rows": 120, "seconds": 0.25}
FACT = Fact("read.intent", "acme/li", "read-0123456789", PAYLOAD, NOW)


def record_events(metastore: Metastore, events: int) -> None:
    """Write events into the outbox, a batch a transaction."""
    for _ in range(events // BATCH):
        with metastore.transaction() as connection:
            record_all(connection, [FACT] * BATCH)


def read_governed(metastore: Metastore) -> None:
    """Write an intent and a settlement."""
    for kind in ("read.intent", "read.settled"):
        with metastore.transaction() as connection:
            record(connection, kind=kind, actor="acme/li", subject="read-1", payload=PAYLOAD, time=NOW)


def read_from_threads(metastore: Metastore) -> None:
    """Read as eight connections do."""
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda _: read_governed(metastore), range(READS)))


def rate(count: int, work: Callable[[], object]) -> int:
    """Return how many a second."""
    begun = time.perf_counter()
    work()
    return round(count / (time.perf_counter() - begun))


def measure(url: str, folder: Path, events: int) -> dict[str, int]:
    """Measure everything once, in the order in which a node does it."""
    metastore, key = Metastore.open(url), KeyStore(folder / "keys").signing("node")
    metastore.create()
    found = {
        "record": rate(events, lambda: record_events(metastore, events)),
        "sequence": rate(events, lambda: sequence(metastore, key, SystemClock())),
        "verify": rate(events, lambda: verify(metastore)),
        "export": rate(events, lambda: export(metastore, folder / "out")),
        "read": rate(READS, lambda: read_from_threads(metastore)),
    }
    metastore.close()
    return found


def main() -> None:
    """Print what was measured beside the bars."""
    parser = argparse.ArgumentParser(description="Measure the log.")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--url")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.url or f"sqlite:///{folder}/metastore.db"
        found = measure(url, Path(folder), asked.events)
    if asked.json:
        print(json.dumps(found))
        return
    for name, measured in found.items():
        bar = BARS.get(name)
        print(f"{name:10}{measured:>10,}/s" + (f"   bar {bar:,}" if bar else ""))


if __name__ == "__main__":
    main()
