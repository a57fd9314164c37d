"""Engines with real workers, of few resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.engine.governed import Allowance, GovernedEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def spill(tmp_path: Path) -> Path:
    """Give the folder that workers spill to."""
    return tmp_path / "spill"


@pytest.fixture
def started(spill: Path) -> Iterator[Callable[..., GovernedEngine]]:
    """Give a way to make engines, which are closed at the end."""
    made: list[GovernedEngine] = []

    def start(*, workers: int = 1, **allowance: float) -> GovernedEngine:
        limits = {"threads": 1, "memory_megabytes": 256, "spill_megabytes": 64, "timeout_seconds": 30, **allowance}
        engine = GovernedEngine(Allowance(**limits), spill_directory=spill, workers=workers)  # type: ignore[arg-type]
        made.append(engine)
        return engine

    yield start
    for engine in made:
        engine.close()


@pytest.fixture
def engine(started: Callable[..., GovernedEngine]) -> GovernedEngine:
    """Give an engine of one worker."""
    return started()
