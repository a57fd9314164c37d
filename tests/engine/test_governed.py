"""What one query may take of the node: time to be planned, and memory for a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.engine.governed import Allowance, GovernedEngine
from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[GovernedEngine]:
    """Give an engine."""
    opened = GovernedEngine(Allowance(), spill_directory=tmp_path)
    yield opened
    opened.close()


def test_a_query_that_is_planned_for_ever_is_stopped(engine: GovernedEngine) -> None:
    values = "(SELECT range AS a_column_with_a_name_as_long_as_names_are_here_and_then_some FROM range(3))"
    crossed = ", ".join(f"{values} AS c{number}" for number in range(48))
    with pytest.raises(TryAgain, match="stopped"):
        engine.run(f"SELECT * FROM {crossed}", {}, frozenset(), timeout_seconds=0.1)


def test_a_batch_of_a_wide_answer_has_fewer_rows(engine: GovernedEngine) -> None:
    wide = ", ".join(f"range AS c{number}" for number in range(1024))
    running = engine.run(f"SELECT {wide} FROM range(10000)", {}, frozenset())
    first = next(iter(running))
    running.close()
    assert first.num_rows == 2048
