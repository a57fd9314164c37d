"""Before the first query, an engine is tried: it serves only if no hidden row can be felt, on files and on copies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from golconda.engine import governed, leak_test
from golconda.engine.copies import Copies, OverCopies, name_of
from golconda.engine.governed import Allowance, GovernedEngine
from golconda.kernel.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NATIVE = [pytest.param(False, id="files"), pytest.param(True, id="copies")]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GovernedEngine]:
    """Give an engine in what looks like a new process."""
    monkeypatch.setattr(leak_test, "_passed", set())
    opened = GovernedEngine(Allowance(), spill_directory=tmp_path, copies=_Ready(tmp_path / "copies"))
    yield opened
    opened.close()


class _Ready(Copies):
    """Copies that are made on the first read."""

    def ready(self, sources: object) -> dict[str, Path]:
        for name, files in sources.items():  # type: ignore[attr-defined]  # a mapping, as in Copies
            self._make(name, files)
        return {name: self._path(name) for name in sources}  # type: ignore[attr-defined]


def ask(engine: GovernedEngine, folder: Path, *, native: bool) -> int:
    """Read a table of one row through the engine."""
    file = str(leak_test._written(folder, native=False))
    name = name_of((file,))
    over = OverCopies(f'SELECT 1 FROM "{name}"."main"."rows" LIMIT 1', {name: (file,)}) if native else None
    running = engine.run(f"SELECT 1 FROM read_parquet('{file}') LIMIT 1", {}, frozenset({file}), over_copies=over)
    return sum(batch.num_rows for batch in running)


@pytest.mark.parametrize("native", NATIVE)
def test_the_required_engine_hides_rows(engine: GovernedEngine, tmp_path: Path, native: bool) -> None:
    assert ask(engine, tmp_path, native=native) == 1
    assert leak_test._passed == {native}


@pytest.mark.parametrize("native", NATIVE)
def test_without_the_barrier_nothing_is_served(
    engine: GovernedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    monkeypatch.setattr(leak_test, "behind_barrier", lambda select: select)
    for _ in range(2):  # and the second query finds it again
        with pytest.raises(Defect, match="hidden row") as caught:
            ask(engine, tmp_path, native=native)
        assert caught.value.code == "engine-leaks"
        assert leak_test.CANARY not in str(caught.value)


@pytest.mark.parametrize("native", NATIVE)
def test_where_the_optimiser_looks_at_statistics_nothing_is_served(
    engine: GovernedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    monkeypatch.setattr(governed, "DISABLED_OPTIMIZERS", ())
    with pytest.raises(Defect) as caught:
        ask(engine, tmp_path, native=native)
    assert caught.value.code == "engine-leaks"


def test_the_test_is_made_once(engine: GovernedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(engine, tmp_path, native=False)
    monkeypatch.setattr(leak_test, "check", lambda *_, **__: pytest.fail("made again"))
    other = GovernedEngine(Allowance(), spill_directory=tmp_path)
    assert ask(other, tmp_path, native=False) == 1
    other.close()


def test_the_test_is_short(engine: GovernedEngine) -> None:
    leak_test.check(engine._locked_down, native=False)  # imports are not counted
    begun = time.process_time()
    leak_test.check(engine._locked_down, native=False)
    assert time.process_time() - begun < 0.15  # some 0.04 on a machine of its own
