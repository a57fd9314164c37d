"""Parquet to published, beside reading and writing the same file with DuckDB in the same run.

    python benchmarks/publish.py [--megabytes 1000] [--rounds 3] [--json]

The peer is ``COPY (SELECT * FROM read_parquet(…)) TO …`` with the settings the lake writes with, at the same number
of threads. Publishing also hashes, syncs, profiles, judges, commits and signs. The bar is a ratio of 0.6.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from golconda.agreement.keys import KeyStore
from golconda.engine.workshop import ROW_GROUP
from golconda.kernel.clock import SystemClock
from golconda.lake.storage import Lake
from golconda.metastore import identity
from golconda.metastore.database import Metastore
from golconda.metastore.identity import Principal
from golconda.node.config import Config
from golconda.node.publish import publish

if TYPE_CHECKING:
    from collections.abc import Callable

BAR = 0.6
THREADS = 2
ROWS_PER_MEGABYTE = 31_000


@dataclass(frozen=True)
class BenchNode:
    """What publishing needs of a node."""

    directory: Path
    metastore: Metastore
    lake: Lake
    keys: KeyStore
    config: Config = Config(organisation="city", threads=THREADS, versions_kept=1)  # noqa: RUF009 - frozen
    clock: SystemClock = SystemClock()  # noqa: RUF009 - without state
    home: str = "city"


def generate(file: Path, megabytes: int) -> None:
    """Write a table like real ones: keys, codes, texts, amounts, days, missing values."""
    rows = megabytes * ROWS_PER_MEGABYTE
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(
        f"""COPY (SELECT i AS id, (i * 7919) % 1000003 AS person, 'R' || (i % 31) AS region,
            md5(i::VARCHAR) AS reference, DATE '2020-01-01' + (i % 2000)::INTEGER AS day,
            TIMESTAMP '2020-01-01' + to_seconds(i * 37) AS at,
            CASE WHEN i % 10 = 0 THEN NULL ELSE round(random() * 1e5, 2) END AS cost,
            (random() * 1e6)::DECIMAL(12, 2) AS amount, i % 3 = 0 AS consent
            FROM range({rows}) t(i)) TO '{file}'
            (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"""
    )


def read_and_write(source: Path, target: Path) -> None:
    """Do what the peer does."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute("SET enable_progress_bar = false")
        relation = connection.read_parquet(str(source))
        relation.write_parquet(str(target), compression="zstd", row_group_size=ROW_GROUP)


def node_in(folder: Path) -> BenchNode:
    """Make an empty node."""
    metastore = Metastore.open(f"sqlite:///{folder}/metastore.db")
    metastore.create()
    with metastore.transaction() as connection:
        identity.add_organisation(
            connection, "city", titles={"en": "City"}, actor="city/steward", time=SystemClock().now()
        )
    return BenchNode(folder, metastore, Lake.at(folder / "lake"), KeyStore(folder / "keys"))


def timed(action: Callable[[], object]) -> float:
    """Return the seconds an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def measure(folder: Path, megabytes: int, rounds: int) -> dict[str, float]:
    """Return medians of several rounds, the two taking turns."""
    source, copy = folder / "bench.parquet", folder / "copy.parquet"
    generate(source, megabytes)
    node = node_in(folder)
    steward = Principal("city/steward", "city", "person", ("steward",))
    pairs = [
        (
            timed(lambda: read_and_write(source, copy)),
            timed(lambda: publish(node, steward, str(source), name="bench")),
        )
        for _ in range(rounds)
    ]
    node.metastore.close()
    peer, own = (statistics.median(side) for side in zip(*pairs, strict=True))
    size = source.stat().st_size / 1e6
    return {"megabytes": size, "duckdb_seconds": peer, "publish_seconds": own, "ratio": peer / own, "bar": BAR}


def main() -> None:
    """Print the table or the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="golconda-bench-"))
    try:
        found = measure(folder, given.megabytes, given.rounds)
    finally:
        shutil.rmtree(folder)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:>16} {value:10.2f}")


if __name__ == "__main__":
    main()
