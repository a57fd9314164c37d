"""Random queries over random tables: the governed answer beside the same query over V made by hand.

    python benchmarks/fuzz.py [--queries 20000] [--seed 1] [--each 500] [--engine spark]

Each world has five tables of several files and row groups, dictionary-encoded, with masks of every kind, under one
agreement or two; of two of them only aggregates leave. Hidden rows hold what makes expressions fail, hidden columns
and rows hold marked values. Every second query runs on native copies, all of them in a worker. Ends with 1 if an
answer or an error differs, and shows each such query, made short. With `--engine spark` so many are answered by Spark
too; what it is not asked for is counted apart. `src/golconda/testing/fuzzing` holds the parts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from golconda.engine.spark.engine import SparkEngine
from golconda.engine.spark.session import Cluster
from golconda.testing.fuzzing.campaign import Report, ask, ask_spark


def _ask(folder: Path, seed: int, queries: int, engine: str) -> Report:
    if engine == "duckdb":
        return ask(folder, seed, queries)
    spark = SparkEngine(Cluster("local[2]", 1024, folder / "spark"), timeout_seconds=120)
    try:
        return ask_spark(folder, seed, queries, spark)
    finally:
        spark.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--each", type=int, default=500, help="queries of one world")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    options = parser.parse_args()
    begun = time.monotonic()
    report = Report()
    for number in range(-(-options.queries // options.each)):
        with tempfile.TemporaryDirectory() as folder:
            found = _ask(Path(folder), options.seed * 1000 + number, options.each, options.engine)
        report.add(found)
        print(*found.wrong, f"{report.queries} asked, {len(report.wrong)} differ", sep="\n", flush=True)
    print(f"{report.queries} queries in {time.monotonic() - begun:.0f} s, seed {options.seed}")
    for what, times in report.counts.most_common():
        print(f"{times:>8}  {what}")
    return int(bool(report.wrong))


if __name__ == "__main__":
    sys.exit(main())
