"""The user lines of the second engine: owner and reader are answered by Spark, unless it is kept from readers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyspark", reason="needs golconda[spark]")
pytestmark = [pytest.mark.slow, pytest.mark.spark]

GOLCONDA = str(Path(sys.executable).with_name("golconda"))
VISITS = "id,region,day,cost\n1,R1,2024-01-05,10.50\n2,R2,2024-02-05,20.25\n3,R1,2024-02-07,\n4,R1,2024-02-08,7.00\n"
TERMS = "purposes: [capacity-planning]\nmasks: {region: hide}\nprice: {plan: free}\n"
ASKED = (
    "SELECT region, count(*) AS n, sum(cost) AS total, avg(cost) AS mean, date_trunc('month', min(day)) AS month "
    "FROM visits GROUP BY region ORDER BY region"
)


def test_owners_and_readers_are_answered_by_spark(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text(VISITS)
    (tmp_path / "terms.yaml").write_text(TERMS)
    _run(tmp_path, "init", "big", "--org", "care", "--engine", "spark", "--master", "local[2]")
    assert 'engine = "spark"' in (tmp_path / "big" / "golconda.toml").read_text()
    _run(tmp_path, "publish", "visits.csv", "--as", "visits")
    usual = json.loads(_run(tmp_path, "query", ASKED, "--json", "--timeout", "60"))
    asked = json.loads(_run(tmp_path, "query", ASKED, "--json", "--engine", "duckdb"))
    assert (usual["columns"], usual["rows"]) == (asked["columns"], asked["rows"])
    assert usual["rows"][0][:2] == ["R1", 3]
    refused = _run(tmp_path, "query", "SELECT lower(region) FROM visits", "--engine", "spark", status=None)
    assert "engine-differs" in refused
    _run(tmp_path, "org", "add", "acme")
    _run(tmp_path, "token", "new", "acme/li", "--role", "reader")
    _run(tmp_path, "offer", "visits", "../terms.yaml", "--open")
    _run(tmp_path, "request", "care/visits", "--purpose", "capacity-planning", "--as", "acme/li")
    mine = "SELECT id, region FROM visits ORDER BY id"
    on_spark = json.loads(_run(tmp_path, "query", mine, "--as", "acme/li", "--engine", "spark", "--json"))
    assert on_spark["rows"] == [[1, None], [2, None], [3, None], [4, None]]
    settings = tmp_path / "big" / "golconda.toml"
    settings.write_text(f"spark_for_readers = false\n{settings.read_text()}")
    waits = _run(tmp_path, "query", mine, "--as", "acme/li", "--engine", "spark", status=None)
    assert "engine-not-open" in waits
    assert json.loads(_run(tmp_path, "query", mine, "--as", "acme/li", "--json"))["rows"] == on_spark["rows"]


def _run(folder: Path, command: str, *words: str, status: int | None = 0) -> str:
    """Run one line beside the node, and return what it printed; `status` None = it fails."""
    at = () if command == "init" else ("--node", str(folder / "big"))
    words = tuple(str(folder / word.removeprefix("../")) if word.startswith("../") else word for word in words)
    done = subprocess.run(
        [GOLCONDA, command, *words, *at], cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == (status == 0), done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr
