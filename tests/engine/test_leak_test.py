"""Each worker tries its engine first: it serves only if no hidden row can be felt, on files and on copies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from golconda.engine import leak_test, lockdown
from golconda.engine.copies import Copies, OverCopies, name_of
from golconda.engine.governed import Allowance, GovernedEngine
from golconda.engine.workers.instances import Instances
from golconda.kernel.errors import Defect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NATIVE = [pytest.param(False, id="files"), pytest.param(True, id="copies")]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[GovernedEngine]:
    """Give an engine whose workers start with the first query."""
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
    file = str(folder / "one.parquet")
    parquet.write_table(pa.table({"a": [1]}), file)
    name = name_of((file,))
    over = OverCopies(lambda: f'SELECT 1 FROM "{name}"."main"."rows" LIMIT 1', {name: (file,)}) if native else None
    running = engine.run(f"SELECT 1 FROM read_parquet('{file}') LIMIT 1", {}, frozenset({file}), over_copies=over)
    return sum(batch.num_rows for batch in running)


@pytest.mark.parametrize("native", NATIVE)
def test_the_required_engine_hides_rows(engine: GovernedEngine, tmp_path: Path, native: bool) -> None:
    assert ask(engine, tmp_path, native=native) == 1
    assert list(tmp_path.glob("duckdb_temp_*")) == []


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
    monkeypatch.setattr(lockdown, "DISABLED_OPTIMIZERS", ())
    with pytest.raises(Defect) as caught:
        ask(engine, tmp_path, native=native)
    assert caught.value.code == "engine-leaks"


@pytest.fixture
def instances(engine: GovernedEngine) -> Iterator[Instances]:
    """Give the instances of a worker, here."""
    made = Instances(engine._hello(0))
    yield made
    made.drop()


def test_the_test_is_made_once(instances: Instances, monkeypatch: pytest.MonkeyPatch) -> None:
    instances.made("a", "files", lockdown.locking((), {}))
    monkeypatch.setattr(instances, "_try", lambda _: pytest.fail("made again"))
    assert instances.made("b", "files", lockdown.locking((), {})) is not instances.kept("a")


def test_the_test_is_short(instances: Instances, engine: GovernedEngine) -> None:
    trial = engine._hello(0).trials["files"]
    instances._try(trial)  # the first loads what DuckDB loads when it is needed
    begun = time.process_time()
    instances._try(trial)
    assert time.process_time() - begun < 0.15  # some 0.04 on a machine of its own
