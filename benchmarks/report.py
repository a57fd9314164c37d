"""Run the benchmarks in turn, and write what came out as JSON, as plots, and as a table into the documentation.

    python benchmarks/report.py [NAME …] [--draw]

Without names all run; what is not run keeps its last figures, each with the day it was measured. ``--draw`` runs none.
Figures go to ``docs/explain/performance.json``, plots to ``docs/explain/performance-*.svg``, the table between the
marks in ``docs/explain/performance.md``. A bar that is missed is shown as missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HERE = Path(__file__).parent
FOLDER = HERE.parent / "docs" / "explain"
PAGE, STORE = FOLDER / "performance.md", FOLDER / "performance.json"
BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"


@dataclass(frozen=True)
class Figure:
    """What was measured beside its bar; `at_most` says on which side of the bar is good."""

    what: str
    value: float
    bar: float | None
    at_most: bool = True

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return ""
        reached = self.value <= self.bar if self.at_most else self.value >= self.bar
        return "reached" if reached else "**missed**"

    @property
    def shown_bar(self) -> str:
        return "" if self.bar is None else f"{'≤' if self.at_most else '≥'} {self.bar:,g}"


def _tpch(found: Any) -> Iterable[Figure]:  # as the benchmark prints it
    means, worst = found["geometric_mean"], max(each["to_hand"] for each in found["queries"])
    yield Figure("TPC-H, governed ÷ by hand, geometric mean", means["to_hand"], 1.05)
    yield Figure("TPC-H, governed ÷ by hand, worst", round(worst, 2), 1.2)
    yield Figure("TPC-H, governed ÷ plain, geometric mean", means["to_plain"], 1.25)


def _aggregates(found: Any) -> Iterable[Figure]:
    for each in found["cases"]:
        yield Figure(f"smallest group, {each['unit']}, {each['groups']}, ÷ plain", each["ratio"], each["bar"])


def _compile(found: Any) -> Iterable[Figure]:
    for name, what in (("median_ms", "median"), ("p95_ms", "95th percentile"), ("cached_ms", "cached, worst")):
        yield Figure(f"parse, decide and compile, {what} (ms)", found["found"][name], found["bars"][name])


def _reads(found: Any) -> Iterable[Figure]:
    yield Figure("point reads through HTTP (per second)", round(found["reads_per_second"]), found["bar"], at_most=False)
    yield Figure("point reads through HTTP, 95th percentile (ms)", round(found["p95_ms"]), found["p95_bar"])


def _arrow(found: Any) -> Iterable[Figure]:
    yield Figure(
        "Arrow over HTTP ÷ bare Flight (speed)", round(found["http_to_flight"], 2), found["bar"], at_most=False
    )


def _flight(found: Any) -> Iterable[Figure]:
    for client, name in (("adbc", "ADBC"), ("pyarrow", "pyarrow")):
        ratio = round(found[f"{client}_to_bare"], 2)
        yield Figure(f"Flight SQL ÷ bare Flight, read by {name} (speed)", ratio, found["bar"], at_most=False)


def _spark(found: Any) -> Iterable[Figure]:
    queries = found["queries"]
    equal = sum(each["same"] for each in queries)
    what = f"TPC-H on Spark, {found['master']}, scale {found['scale']:g}"
    yield Figure(f"{what}: answers equal to DuckDB's", equal, len(queries), at_most=False)
    yield Figure(f"{what}, each once (s)", round(sum(each["spark_seconds"] for each in queries), 1), None)


def _publish(found: Any) -> Iterable[Figure]:
    yield Figure("publish 1 GB ÷ DuckDB (speed)", round(found["ratio"], 2), found["bar"], at_most=False)


def _log(found: Any) -> Iterable[Figure]:
    for name, bar in (("record", 20_000), ("sequence", 20_000), ("verify", 100_000)):
        yield Figure(f"log: {name} (per second)", found[name], bar, at_most=False)


def _start(found: Any) -> Iterable[Figure]:
    for name, value in found["found"].items():
        yield Figure(f"start: {name.replace('_', ' ')}", value, found["bars"].get(name))


BENCHMARKS: dict[str, Callable[[Any], Iterable[Figure]]] = {
    "tpch": _tpch,
    "aggregate_only": _aggregates,
    "compile": _compile,
    "http_reads": _reads,
    "arrow_http": _arrow,
    "arrow_flight": _flight,
    "spark_tpch": _spark,
    "publish": _publish,
    "log": _log,
    "start": _start,
}


def machine() -> str:
    """Describe the machine that measures."""
    import duckdb

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )


def measured(name: str) -> dict[str, Any]:
    """Run one benchmark and return what it printed, with the day, the machine and how busy that was."""
    ran = subprocess.run([sys.executable, HERE / f"{name}.py", "--json"], stdout=subprocess.PIPE, text=True, check=True)
    return dated(json.loads(ran.stdout.splitlines()[-1]))


def dated(found: Any) -> dict[str, Any]:
    """Return figures with the day, the machine, and its load over the last minutes."""
    day = datetime.now(UTC).date().isoformat()
    return {"day": day, "machine": machine(), "load": round(os.getloadavg()[1], 1), "found": found}


def table(stored: dict[str, Any]) -> str:
    """Return every figure beside its bar, as Markdown."""
    lines = ["| what | figure | bar | | measured |", "|---|---|---|---|---|"]
    for name, figures in BENCHMARKS.items():
        for figure in figures(stored[name]["found"]) if name in stored else ():
            day = f"{stored[name]['day']}, load {stored[name]['load']}"
            lines.append(f"| {figure.what} | {figure.value:,g} | {figure.shown_bar} | {figure.verdict} | {day} |")
    machines = sorted({each["machine"] for each in stored.values()})
    plots = [f"![{name}](performance-{name}.svg)" for name in BENCHMARKS if name in stored]
    return "\n".join([f"Machine: {'; '.join(machines)}.", "", *lines, "", *plots])


def plot(title: str, figures: list[Figure]) -> str:
    """Draw bars as a share of their bar, at the line; longer is worse where less is better, else shorter."""
    left = 16 + 6.6 * max(len(figure.what) for figure in figures)  # pixels a letter takes
    width, row = left + 430, 24
    shares = [figure.value / figure.bar if figure.bar else 1.0 for figure in figures]
    scale = (width - left - 90) / max(1.2, *shares)
    height = row * len(figures) + 44
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height}" font-family="sans-serif" '
        f'font-size="12"><rect width="{width:.1f}" height="{height}" fill="#fff"/>'
        f'<text x="8" y="18" font-weight="bold">{escape(title)}: each figure as a share of its bar</text>'
    ]
    for at, (figure, share) in enumerate(zip(figures, shares, strict=True)):
        y = 32 + at * row
        colour = {"reached": "#3a7d5c", "": "#8a8f98"}.get(figure.verdict, "#b3402e")
        shown = f"{figure.value:,g} {('(' + figure.shown_bar + ')') if figure.bar else ''}"
        lines.append(
            f'<text x="{left - 6:.1f}" y="{y + 13}" text-anchor="end">{escape(figure.what)}</text>'
            f'<rect x="{left:.1f}" y="{y}" width="{share * scale:.1f}" height="{row - 6}" fill="{colour}"/>'
            f'<text x="{left + share * scale + 4:.1f}" y="{y + 13}">{escape(shown)}</text>'
        )
    line = left + scale
    lines.append(
        f'<line x1="{line:.1f}" y1="26" x2="{line:.1f}" y2="{height - 8}" stroke="#333" stroke-dasharray="4 3"/>'
    )
    return "\n".join([*lines, "</svg>"]) + "\n"


def write(stored: dict[str, Any]) -> None:
    """Write the JSON, the plots and the table."""
    STORE.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for name, figures in BENCHMARKS.items():
        if name in stored:
            drawn = plot(name.replace("_", " "), list(figures(stored[name]["found"])))
            (FOLDER / f"performance-{name}.svg").write_text(drawn, encoding="utf-8")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(stored)}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Run what was asked for and write everything anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--draw", action="store_true")
    given = parser.parse_args()
    stored: dict[str, Any] = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
    for name in () if given.draw else given.names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr, flush=True)
        stored[name] = measured(name)
        write(stored)
    write(stored)


if __name__ == "__main__":
    main()
