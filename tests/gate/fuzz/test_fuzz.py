"""A thousand random queries answer as over the views made by hand, errors included.

``GOLCONDA_FUZZ_SEED`` asks others; ``benchmarks/fuzz.py`` asks twenty thousand.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from golconda.testing.fuzzing.campaign import ask
from golconda.testing.fuzzing.shrinking import shrunk

if TYPE_CHECKING:
    from pathlib import Path

SEED = int(os.environ.get("GOLCONDA_FUZZ_SEED", "7"))
EACH = 250


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEED, SEED + 4))
def test_random_queries_answer_as_over_views_made_by_hand(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")  # noqa: T201 shown where it fails
    report = ask(tmp_path, seed, EACH)
    assert report.queries == EACH
    assert not report.wrong, "\n".join(report.wrong)


def test_the_fuzzer_finds_what_a_missing_barrier_lets_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("golconda.gate.leaf.barrier.behind_barrier", lambda select: select)
    wrong = ask(tmp_path, 1, 60).wrong
    assert wrong
    assert all("query-" in line or "canary" in line for line in wrong)


def test_the_fuzzer_finds_a_group_that_is_too_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for rule in ("minimum_group", "bitmaps"):
        monkeypatch.setattr(f"golconda.gate.root.{rule}.smallest_group", lambda _source: 1)
    assert any("other groups" in line for line in ask(tmp_path, 3, 60).wrong)


def test_what_differs_is_made_short() -> None:
    long = "SELECT a, b + 1, upper(c) FROM t WHERE a > 3 AND b // 0 > 1 ORDER BY a LIMIT 3"
    assert shrunk(long, lambda sql: "// 0" in sql) == "SELECT c FROM t WHERE b // 0"
