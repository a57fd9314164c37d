"""Random queries over filtered, masked and grouped tables: on Spark as on DuckDB and as over views made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.testing.fuzzing.campaign import NOT_ASKED, ask_spark

if TYPE_CHECKING:
    from pathlib import Path

    from both import Both

pytestmark = [pytest.mark.slow, pytest.mark.spark]

ANSWERS, EACH = 200, 50


@pytest.mark.parametrize("seed", range(41, 41 + ANSWERS // EACH))
def test_random_queries_are_answered_as_on_duckdb_and_over_the_views(both: Both, tmp_path: Path, seed: int) -> None:
    report = ask_spark(tmp_path, seed, EACH, both.spark)
    assert not report.wrong, "\n".join(report.wrong)
    assert report.queries - report.counts[NOT_ASKED] == EACH
    assert report.counts["same, rows"] > EACH * 0.7  # answers, not only errors alike
