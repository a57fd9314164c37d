"""Invariant 22: what a profile states as exact, Spark finds too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hard_values import table

from golconda.profiling.finding import Exactness, Finding, json_value
from golconda.profiling.statistics import profile

if TYPE_CHECKING:
    from pathlib import Path

    from both import Both

    from golconda.gate.protected import ProtectedTable

pytestmark = [pytest.mark.slow, pytest.mark.spark]

# How a finding is asked of the gate; `{c}` is the column.
ASKED = {
    "missing": "count(*) - count({c})",
    "minimum": "min({c})",
    "maximum": "max({c})",
    "shortest": "min(length({c}))",
    "longest": "max(length({c}))",
    "distinct": "count(DISTINCT {c})",
    "unique": "count(DISTINCT {c}) = count({c})",
}


def test_22_exact_findings_are_equal_on_both_engines(both: Both, tmp_path: Path) -> None:
    hard = table(tmp_path)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = profile(connection, hard.files, "hard", hard.columns)
    exact = [finding for finding in found if finding.exactness is Exactness.EXACT]
    single = [finding for finding in exact if finding.name in ASKED]
    assert {finding.name for finding in exact} == {*ASKED, "rows", "top_values"}
    assert _on_spark(both, hard, single) == [finding.value for finding in single]
    for finding in exact:
        if finding.name == "top_values":
            assert _shared(both, hard, str(finding.column), len(finding.value)) == _sorted(finding.value)


def _on_spark(both: Both, hard: ProtectedTable, findings: list[Finding]) -> list[Any]:
    wanted = ", ".join(ASKED[one.name].format(c=f'"{one.column}"') for one in findings)
    (row,) = both.on_spark(f"SELECT {wanted} FROM hard", hard).to_pylist() or [{}]
    return [json_value(value) for value in row.values()]


def _shared(both: Both, hard: ProtectedTable, column: str, most: int) -> list[Any]:
    """Return the values that ten rows have, with how many."""
    asked = f'SELECT "{column}" AS v, count(*) AS n FROM hard WHERE "{column}" IS NOT NULL GROUP BY 1'
    asked += " HAVING count(*) >= 10"
    rows = both.on_spark(asked, hard).to_pylist()
    listed = [{"value": json_value(row["v"]), "rows": row["n"]} for row in rows]
    return _sorted(listed)[: max(most, len(listed))]


def _sorted(listed: list[Any]) -> list[Any]:
    return sorted(listed, key=lambda one: (-one["rows"], str(one["value"])))
