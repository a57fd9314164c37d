"""Every command of the tutorial and of the README runs as written, in a fresh folder."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorial").glob("*.md"))
FENCE = re.compile(r"^```(?P<kind>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
PLACEHOLDERS = {"REQUEST": r"req-[0-9a-z]{10}", "AGREEMENT": r"agr-[0-9a-z]{10}"}

_TERMS = """
purposes: [epidemic-statistics]
tables:
  visits:
    columns: [region, age, sex, phone, id_number, cost, visit_date]
    where: "region <> 'R9' AND consent"
    masks: {{phone: partial, id_number: pseudonym, visit_date: {{generalise: month}}}}
    aggregate: {{min_group: 10}}
limits: {{queries: {most}, rows: 100000, per: day}}
period: P30D
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A command and the fragments that its output must hold."""

    command: str
    expected: tuple[str, ...]


def _steps(body: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, rest = part.partition("\n")
        yield Step(re.sub(r"\s+#\s.*$", "", command), tuple(line for line in rest.splitlines() if line.strip()))


class Shell:
    """Runs one command after the other, keeps the folder, and remembers the ids it saw."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: dict[str, str] = {}
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "COLUMNS": "200",
        }

    def run(self, step: Step) -> None:
        command = self._named(step.command)
        place = self.folder / ".place"
        here = place.read_text().strip() if place.exists() else str(self.folder)
        ended = subprocess.run(
            ["bash", "-c", f"cd '{here}' || exit 1\n{command}\nstatus=$?\npwd > '{place}'\nexit $status"],
            capture_output=True, text=True, check=False, env=self.environment,
        )  # fmt: skip
        assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
        expected = [self._named(fragment) for fragment in step.expected]
        missing = [fragment for fragment in expected if fragment not in ended.stdout]
        assert missing == [], f"{command}\n{ended.stdout}{ended.stderr}"
        for name, pattern in PLACEHOLDERS.items():
            if found := re.search(pattern, ended.stdout):
                self.seen[name] = found[0]

    def _named(self, text: str) -> str:
        return re.sub(r"\b(REQUEST|AGREEMENT)\b", lambda found: self.seen[found[0]], text)


def _play(page: Path, folder: Path) -> int:
    shell, played = Shell(folder), 0
    for fence in FENCE.finditer(page.read_text("utf-8")):
        if fence["title"]:
            (folder / fence["title"]).write_text(fence["body"], "utf-8")
        elif fence["kind"] == "console":
            for step in _steps(fence["body"]):
                shell.run(step)
                played += 1
    return played


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_the_tutorial_runs_as_written(page: Path, tmp_path: Path) -> None:
    assert _play(page, tmp_path) > 10


def test_the_readme_runs_as_written(tmp_path: Path) -> None:
    _prepare(tmp_path)
    assert _play(ROOT / "README.md", tmp_path) > 10


def test_sharing_ones_own_data_runs_as_written(tmp_path: Path) -> None:
    _prepare(tmp_path)
    assert _play(ROOT / "docs" / "howto" / "own-data.md", tmp_path) > 20


def _prepare(folder: Path) -> None:
    """Lay out the files that the README speaks of."""
    import pyarrow as pa
    from pyarrow import parquet

    (folder / "flights.csv").write_text("flight,origin,delay\n1,EWR,5\n2,JFK,-3\n3,LGA,\n")
    (folder / "flights-2.csv").write_text("flight,origin,delay\n1,EWR,5\n2,JFK,-3\n3,LGA,\n4,EWR,61\n")
    (folder / "open.yaml").write_text("purposes: [statistics]\n")
    _prepare_database(folder / "erp.db")
    (folder / "care").mkdir()
    numbers = range(200)
    visits = {
        "visit": list(numbers),
        "region": [f"R{n % 4}" for n in numbers],
        "age": [20 + n % 60 for n in numbers],
        "sex": ["fm"[n % 2] for n in numbers],
        "phone": [f"138{n:08d}" for n in numbers],
        "id_number": [f"11010119800101{n:04d}" for n in numbers],
        "cost": [50.0 + n for n in numbers],
        "visit_date": [date(2026, 1, 1) + timedelta(days=n) for n in numbers],
        "consent": [n % 10 != 0 for n in numbers],
    }
    parquet.write_table(pa.table(visits), folder / "care" / "visits.parquet")
    parquet.write_table(pa.table({"clinic": ["C1"], "region": ["R1"]}), folder / "care" / "clinics.parquet")
    (folder / "terms.yaml").write_text(_TERMS.format(most=200), "utf-8")
    (folder / "counter.yaml").write_text(_TERMS.format(most=100), "utf-8")


def _prepare_database(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT NOT NULL, price REAL)")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(1, "chair", 40.0), (2, "table", 120.5)])
        database.commit()
