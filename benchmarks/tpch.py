"""22 TPC-H queries: governed, beside the same filters and masks written by hand, and beside plain tables.

    python benchmarks/tpch.py [--scale 1] [--rounds 5] [--json]

Each table has a filter that keeps about nine rows in ten and two masks. Data and queries come from the engine's own
``tpch`` extension, which is built for an older release, so it runs in an environment of its own under the cache
directory. All three run in one worker on equal settings, turn about; what counts is the CPU time of this process and
its worker, since it is the same on a busy machine. Compiling is part of the governed time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from math import exp, log
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))

from golconda.agreement import terms_file
from golconda.agreement.obligate import obligations
from golconda.engine.governed import Allowance, GovernedEngine
from golconda.gate.compile import compile_plan
from golconda.gate.protected import ProtectedTable
from golconda.gate.statement import parse
from golconda.kernel.logical_types import Column, from_arrow
from golconda.kernel.names import ProductName, TableName
from node_under_test import workers_of

if TYPE_CHECKING:
    from collections.abc import Callable

TERMS = {
    "lineitem": "where: l_extendedprice <= 67000\nmasks: {l_comment: partial, l_linenumber: {generalise: {step: 2}}}",
    "orders": "where: o_totalprice <= 270000\nmasks: {o_comment: partial, o_clerk: pseudonym}",
    "customer": "where: c_acctbal <= 8900\nmasks: {c_address: pseudonym, c_comment: partial}",
    "supplier": "where: s_acctbal <= 8900\nmasks: {s_phone: partial, s_comment: partial}",
    "part": "where: p_retailprice <= 1800\nmasks: {p_comment: partial, p_mfgr: partial}",
    "partsupp": "where: ps_supplycost <= 900\nmasks: {ps_comment: partial, ps_availqty: {generalise: {step: 10}}}",
    "nation": "where: n_nationkey >= 1\nmasks: {n_comment: partial, n_regionkey: {generalise: {step: 1}}}",
    "region": "where: r_regionkey >= 0\nmasks: {r_comment: partial, r_regionkey: {generalise: {step: 1}}}",
}
GENERATE = """
import sys, duckdb, duckdb_extension_tpch
from pathlib import Path
folder, scale = Path(sys.argv[1]), float(sys.argv[2])
con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
con.execute(f"LOAD '{next(Path(duckdb_extension_tpch.__file__).parent.rglob('tpch.duckdb_extension'))}'")
con.execute(f"CALL dbgen(sf={scale})")
for (table,) in con.sql("SELECT table_name FROM duckdb_tables()").fetchall():
    con.execute(f"COPY {table} TO '{folder / table}.parquet' (COMPRESSION zstd)")
for number, text in con.sql("SELECT query_nr, query FROM tpch_queries()").fetchall():
    (folder / f"q{number:02}.sql").write_text(text)
(folder / "whole").touch()
"""
BAR = 1.05


def data(scale: float) -> Path:
    """Return the folder of tables and queries, made on the first run."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "golconda" / "tpch"
    folder = cache / f"sf{scale:g}"
    if not (folder / "whole").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", cache / "env"], check=True)
        python = cache / "env" / "bin" / "python"
        packages = ["duckdb==1.5.5", "duckdb-extension-tpch==1.5.5"]
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
        subprocess.run([python, "-c", GENERATE, folder, str(scale)], check=True)
    return folder


def protected(folder: Path, name: str) -> ProtectedTable:
    """Return a table under its terms."""
    file = folder / f"{name}.parquet"
    columns = tuple(Column(f.name, from_arrow(f.type, column=f.name)) for f in pq.read_schema(file))
    demanded = obligations(
        terms_file.read(TERMS[name]), name, columns, unit=None, agreement_id="agr-bench", assignee="acme"
    )
    assert demanded is not None
    return ProtectedTable(TableName(ProductName("city", "tpch"), name), columns, demanded, (str(file),))


@dataclass(frozen=True)
class Runner:
    """Runs one query in the three ways on engines of equal settings."""

    engine: GovernedEngine
    tables: dict[str, ProtectedTable]
    views: dict[str, str]
    plain: dict[str, str]

    def governed(self, sql: str) -> int:
        asked = parse(sql)
        bound = {reference: self.tables[reference.table] for reference in asked.references}
        plan = compile_plan(asked, bound, attributes={}, today=date(2026, 1, 1), key=lambda _: b"k" * 32)
        return self._rows(plan.sql, plan.parameters, plan.files)

    def by_hand(self, sql: str) -> int:
        return self._rows(f"WITH {self._views(self.views)} SELECT * FROM ({sql.rstrip().rstrip(';')})", {}, None)

    def bare(self, sql: str) -> int:
        return self._rows(f"WITH {self._views(self.plain)} SELECT * FROM ({sql.rstrip().rstrip(';')})", {}, None)

    def _views(self, views: dict[str, str]) -> str:
        return ", ".join(f"{name} AS NOT MATERIALIZED ({view})" for name, view in views.items())

    def _rows(self, sql: str, parameters: object, files: tuple[str, ...] | None) -> int:
        allowed = frozenset(files or [file for table in self.tables.values() for file in table.files])
        return sum(batch.num_rows for batch in self.engine.run(sql, parameters, allowed))  # type: ignore[arg-type]


def hand_written(table: ProtectedTable) -> str:
    """Return the filter and the masks as a person would write them: the same expressions, without a barrier."""
    sql = f"SELECT * FROM {table.name.table}"
    plan = compile_plan(
        parse(sql),
        dict.fromkeys(parse(sql).references, table),
        attributes={},
        today=date(2026, 1, 1),
        key=lambda _: b"k" * 32,
    )
    inlined = plan.sql
    for name, value in plan.parameters.items():
        shown = (
            "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB" if isinstance(value, bytes) else repr(value)
        )
        inlined = inlined.replace(f"${name}", shown)

    return inlined.replace(" OFFSET 0", "")


def measured(run: Callable[[str], int], sql: str) -> float:
    begun = processor_seconds()
    run(sql)
    return processor_seconds() - begun


def processor_seconds() -> float:
    """Return the processor time of this process and its workers to the nanosecond: ticks are a tenth of some queries.

    Workers live through a run; the number of a process's clock is that of clock_getcpuclockid(3) on Linux.
    """
    return sum(time.clock_gettime((~process << 3) | 2) for process in (os.getpid(), *workers_of(os.getpid())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = data(options.scale)
    tables = {name: protected(folder, name) for name in TERMS}
    plain = {name: f"SELECT * FROM read_parquet('{table.files[0]}')" for name, table in tables.items()}
    views = {name: hand_written(table) for name, table in tables.items()}
    with tempfile.TemporaryDirectory() as spill:
        runner = Runner(
            GovernedEngine(Allowance(memory_megabytes=8192), spill_directory=Path(spill), workers=1),
            tables,
            views,
            plain,
        )
        found = [_query(runner, file, options.rounds) for file in sorted(folder.glob("q*.sql"))]
    report(found, as_json=options.json)


def _query(runner: Runner, file: Path, rounds: int) -> dict[str, object]:
    sql = file.read_text()
    ways = {"governed": runner.governed, "by_hand": runner.by_hand, "plain": runner.bare}
    same = runner.governed(sql) == runner.by_hand(sql)
    runner.bare(sql)
    taken = [{name: measured(run, sql) for name, run in ways.items()} for _ in range(rounds)]
    middle = {name: median(each[name] for each in taken) for name in ways}
    return {
        "query": file.stem,
        "same_rows": same,
        **{f"{name}_seconds": round(seconds, 4) for name, seconds in middle.items()},
        "to_hand": median(each["governed"] / each["by_hand"] for each in taken),
        "to_plain": median(each["governed"] / each["plain"] for each in taken),
    }


def report(found: list[dict[str, object]], *, as_json: bool) -> None:
    """Print the ratios of every query and their geometric means."""
    summary = {
        key: round(exp(sum(log(float(each[key])) for each in found) / len(found)), 3)  # type: ignore[arg-type]
        for key in ("to_hand", "to_plain")
    }
    if as_json:
        print(json.dumps({"queries": found, "geometric_mean": summary, "bar_to_hand": BAR}))
        return
    print(f"{'query':6}{'governed':>10}{'by hand':>10}{'plain':>10}{'÷ hand':>8}{'÷ plain':>9}  same rows")
    for each in found:
        print(
            f"{each['query']:6}{each['governed_seconds']:>10}{each['by_hand_seconds']:>10}{each['plain_seconds']:>10}"
            f"{each['to_hand']:>8.2f}{each['to_plain']:>9.2f}  {each['same_rows']}"
        )
    print(f"geometric mean ÷ hand {summary['to_hand']} (bar {BAR}), ÷ plain {summary['to_plain']}")


if __name__ == "__main__":
    main()
