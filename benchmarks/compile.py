"""What it costs to parse, decide and compile the 22 TPC-H queries under filters and masks on every table.

    python benchmarks/compile.py [--rounds 9] [--json]

The processor time of one thread; a query's is the least of its rounds, which is what it costs on a machine that does
nothing else. Nothing is run, so an empty table of each schema will do.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

import tpch
from golconda.agreement import purposes as purpose_lists
from golconda.agreement import terms_file
from golconda.gate.compile import compile_plan
from golconda.gate.decide import decide
from golconda.gate.standing import Covenant, Edition, Standing
from golconda.gate.statement import parse
from golconda.kernel.names import ProductName
from golconda.kernel.shelf import Shelf
from golconda.lake.files import DataFile
from golconda.metastore.catalog import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BARS = {"median_ms": 8, "p95_ms": 25, "cached_ms": 1}


def standing(folder: Path) -> Standing:
    """Return the product of the eight tables under one agreement."""
    tables = {name: tpch.protected(folder, name) for name in tpch.TERMS}
    snapshots = tuple(
        Snapshot(name, at, {}, 0, table.columns, (DataFile(table.files[0], 1, "", 1),), 1, 1, 0)
        for at, (name, table) in enumerate(tables.items())
    )
    product = ProductName("city", "tpch")
    edition = Edition(product, 1, "contract", "manifest", snapshots, {})
    return Standing(edition, _covenant())


def _covenant() -> Covenant:
    clauses = [f"  {name}:\n    " + text.replace("\n", "\n    ") for name, text in tpch.TERMS.items()]
    terms = terms_file.read("purposes: [operations]\ntables:\n" + "\n".join(clauses))
    return Covenant(
        id="agr-bench",
        product="city/tpch",
        owner="city",
        assignee="acme",
        purpose="operations",
        state="active",
        starts=NOW,
        ends=None,
        root="agr-bench",
        proposal="proposal",
        major=1,
        terms=terms,
    )


def planned(sql: str, stands: Standing, purposes: purpose_lists.PurposeList) -> object:
    """Parse, decide and compile a query."""
    asked = parse(sql)
    permit = decide([stands], asked_purpose=None, purposes=purposes, policies="policies", now=NOW, path=str)
    tables = {name.table: table for name, table in permit.tables.items()}
    bound = {reference: tables[reference.table] for reference in asked.references}
    return compile_plan(asked, bound, attributes={}, today=NOW.date(), key=lambda _: b"k" * 32)


def least(work: Callable[[], object], rounds: int) -> float:
    """Return the least milliseconds of processor time that a piece of work takes."""
    found = []
    for _ in range(rounds):
        begun = time.thread_time()
        work()
        found.append((time.thread_time() - begun) * 1000)
    return min(found)


def main() -> None:
    """Print the table or the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = tpch.data(1)
    stands, purposes = standing(folder), purpose_lists.standard()
    queries = {file.stem: file.read_text() for file in sorted(folder.glob("q*.sql"))}
    each = {name: least(partial(planned, sql, stands, purposes), given.rounds) for name, sql in queries.items()}
    kept: Shelf[str, object] = Shelf(1024)
    cached = [
        least(partial(kept.kept, sql, partial(planned, sql, stands, purposes)), given.rounds)
        for sql in queries.values()
    ]
    found = {
        "median_ms": round(median(each.values()), 2),
        "p95_ms": round(quantiles(each.values(), n=20, method="inclusive")[18], 2),
        "cached_ms": round(max(cached), 3),
    }
    if given.json:
        print(json.dumps({"found": found, "bars": BARS, "queries": {name: round(ms, 2) for name, ms in each.items()}}))
        return
    for name, milliseconds in each.items():
        print(f"{name:10}{milliseconds:>8.2f} ms")
    for name, value in found.items():
        print(f"{name:10}{value:>8} (bar {BARS[name]})")


if __name__ == "__main__":
    main()
