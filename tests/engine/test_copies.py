"""Native copies answer as the files do, are made after some reads, and leave nothing behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from golconda.engine.copies import READS_BEFORE, Copies, OverCopies, name_of
from golconda.engine.governed import Allowance, GovernedEngine
from golconda.kernel.errors import GolcondaError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """Give two Parquet files of one table."""
    made = []
    for number in range(2):
        path = tmp_path / f"{number}.parquet"
        parquet.write_table(pa.table({"a": [number * 2, number * 2 + 1], "b": ["x", None]}), path)
        made.append(str(path))
    return tuple(made)


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[Copies]:
    """Give an empty place for copies."""
    made = Copies(tmp_path / "copies")
    yield made
    made.close()


def made_ready(copies: Copies, files: tuple[str, ...]) -> dict[str, Path]:
    sources = {name_of(files): files}
    for _ in range(READS_BEFORE):
        assert copies.ready(sources) is None
    copies._maker.submit(lambda: None).result()
    found = copies.ready(sources)
    assert found is not None
    return found


def test_a_plan_over_copies_answers_as_over_files(copies: Copies, files: tuple[str, ...], tmp_path: Path) -> None:
    made_ready(copies, files)
    name = name_of(files)
    over = OverCopies(lambda: f'SELECT a, b FROM "{name}"."main"."rows"', {name: files})
    engine = GovernedEngine(Allowance(), spill_directory=tmp_path / "spill", copies=copies)
    plain = f"SELECT a, b FROM read_parquet({list(files)})"
    answers = [
        pa.Table.from_batches(engine.run(plain, {}, frozenset(files), over_copies=text)) for text in (None, over)
    ]
    assert answers[0] == answers[1]
    engine.close()


def test_an_instance_over_copies_reads_nothing_else(copies: Copies, files: tuple[str, ...], tmp_path: Path) -> None:
    made_ready(copies, files)
    name = name_of(files)
    engine = GovernedEngine(Allowance(), spill_directory=tmp_path / "spill", copies=copies)
    over = OverCopies(lambda: f"SELECT * FROM read_parquet('{files[0]}')", {name: files})
    with pytest.raises(GolcondaError):
        list(engine.run("", {}, frozenset(files), over_copies=over))
    engine.close()


def test_nothing_is_left_when_the_process_ends(copies: Copies, files: tuple[str, ...], tmp_path: Path) -> None:
    (path,) = made_ready(copies, files).values()
    assert path.exists()
    copies.close()
    assert list((tmp_path / "copies").iterdir()) == []


def test_what_a_killed_process_left_is_cleared_away(copies: Copies, files: tuple[str, ...], tmp_path: Path) -> None:
    left = tmp_path / "copies" / "999999999-abcd"
    ours = tmp_path / "copies" / f"{os.getpid()}-abcd"
    left.mkdir(parents=True)
    ours.mkdir()
    made_ready(copies, files)
    assert (left.exists(), ours.exists()) == (False, True)


def test_a_copy_that_cannot_be_made_costs_nothing(
    copies: Copies, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = (str(tmp_path / "gone.parquet"),)
    sources = {name_of(gone): gone}
    for _ in range(READS_BEFORE + 1):
        assert copies.ready(sources) is None
    copies._maker.submit(lambda: None).result()
    assert copies.ready(sources) is None
    assert "could not be made" in caplog.text
