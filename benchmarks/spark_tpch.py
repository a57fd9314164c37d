"""22 TPC-H queries, governed, on Spark: all run, and the answers are DuckDB's.

    python benchmarks/spark_tpch.py [--scale 0.1] [--master local-cluster[2,1,1024]] [--json]

Tables, queries and terms are those of ``tpch.py``. Each query is timed once, after DuckDB answered the same plan;
Spark's start is told apart.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))

from golconda.engine.governed import Allowance, GovernedEngine
from golconda.engine.spark.engine import SparkEngine
from golconda.engine.spark.session import Cluster
from golconda.gate.compile import Plan, compile_plan
from golconda.gate.statement import parse
from tpch import TERMS, data, protected

if TYPE_CHECKING:
    from golconda.gate.protected import ProtectedTable


@dataclass(frozen=True)
class Engines:
    """Both engines and the tables."""

    duckdb: GovernedEngine
    spark: SparkEngine
    tables: dict[str, ProtectedTable]

    def plan(self, sql: str) -> Plan:
        asked = parse(sql)
        bound = {reference: self.tables[reference.table] for reference in asked.references}
        return compile_plan(
            asked, bound, attributes={}, today=date(2026, 1, 1), key=lambda _: b"k" * 32, engine="spark"
        )

    def on_duckdb(self, plan: Plan) -> pa.Table:
        running = self.duckdb.run(plan.sql, plan.parameters, frozenset(plan.files))
        return pa.Table.from_batches(list(running), schema=running.schema)

    def on_spark(self, plan: Plan, schema: pa.Schema) -> pa.Table:
        assert plan.over_spark is not None
        running = self.spark.run(plan.over_spark, plan.parameters, schema=lambda: schema)
        return pa.Table.from_batches(list(running), schema=schema)


def same(left: pa.Table, right: pa.Table) -> bool:
    """Say whether two answers are equal, doubles but for their last digits."""
    rows = [zip(*(column.to_pylist() for column in table.columns), strict=True) for table in (left, right)]
    pairs = list(zip(*rows, strict=False))
    return left.num_rows == right.num_rows and all(
        one == other or (isinstance(one, float) and isclose(one, other, rel_tol=1e-9))
        for first, second in pairs
        for one, other in zip(first, second, strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--master", default="local-cluster[2,1,1024]")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = data(options.scale)
    with tempfile.TemporaryDirectory() as scratch:
        engines = Engines(
            GovernedEngine(Allowance(), spill_directory=Path(scratch) / "spill", workers=1),
            SparkEngine(Cluster(options.master, 1024, Path(scratch) / "spark"), timeout_seconds=600),
            {name: protected(folder, name) for name in TERMS},
        )
        begun = time.monotonic()
        engines.spark.driver.session()
        start = time.monotonic() - begun
        found = [_query(engines, file) for file in sorted(folder.glob("q*.sql"))]
        engines.spark.close()
        engines.duckdb.close()
    report({"master": options.master, "scale": options.scale, "start_seconds": start, "queries": found}, options.json)


def _query(engines: Engines, file: Path) -> dict[str, Any]:
    plan = engines.plan(file.read_text())
    begun = time.monotonic()
    expected = engines.on_duckdb(plan)
    between = time.monotonic()
    answer = engines.on_spark(plan, expected.schema)
    return {
        "query": file.stem,
        "same": same(expected, answer),
        "rows": answer.num_rows,
        "duckdb_seconds": round(between - begun, 2),
        "spark_seconds": round(time.monotonic() - between, 2),
    }


def report(found: dict[str, Any], as_json: bool) -> None:
    """Print what came out."""
    if as_json:
        print(json.dumps(found))
        return
    print(f"Spark on {found['master']}, scale {found['scale']:g}, started in {found['start_seconds']:.1f} s")
    for each in found["queries"]:
        print(
            "{query}  same {same}  rows {rows:>6}  duckdb {duckdb_seconds:>6} s  spark {spark_seconds:>6} s".format(
                **each
            )
        )
    equal = sum(each["same"] for each in found["queries"])
    print(f"{equal} of {len(found['queries'])} answers equal DuckDB's")


if __name__ == "__main__":
    main()
