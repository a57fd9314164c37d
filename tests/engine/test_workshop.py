"""The owner's DuckDB reaches its sources and its folder, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlglot import exp, parse_one

from golconda.engine.workshop import Allowance, Workshop
from golconda.kernel.errors import GolcondaError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    (tmp_path / "work").mkdir()
    (tmp_path / "allowed.csv").write_text("a\n1\n")
    (tmp_path / "other.csv").write_text("a\nSECRET\n")
    reads = [tmp_path / "allowed.csv"]
    with Workshop(reads=reads, folder=tmp_path / "work", allowance=Allowance(memory="200MB")) as opened:
        yield opened


def _rows(workshop: Workshop, sql: str) -> list[tuple[object, ...]]:
    query = parse_one(sql, dialect="duckdb")
    assert isinstance(query, exp.Query)
    return workshop.rows(query, subject="the source")


def test_it_reads_its_source(workshop: Workshop, tmp_path: Path) -> None:
    assert _rows(workshop, f"FROM read_csv('{tmp_path}/allowed.csv')") == [(1,)]


@pytest.mark.parametrize("other", ["other.csv", "*.csv", "work/../other.csv"])
def test_it_reads_nothing_beside_it(workshop: Workshop, tmp_path: Path, other: str) -> None:
    with pytest.raises(GolcondaError) as caught:
        _rows(workshop, f"FROM read_csv('{tmp_path}/{other}')")
    assert "SECRET" not in str(caught.value.document())


def test_it_writes_into_its_folder_alone(workshop: Workshop, tmp_path: Path) -> None:
    query = parse_one("SELECT 1 AS a")
    assert isinstance(query, exp.Query)
    workshop.write(query, tmp_path / "work" / "a.parquet", subject="a")
    with pytest.raises(GolcondaError):
        workshop.write(query, tmp_path / "a.parquet", subject="a")


@pytest.mark.parametrize("setting", ["enable_external_access", "lock_configuration"])
def test_its_locks_cannot_be_undone(workshop: Workshop, setting: str) -> None:
    import duckdb

    with pytest.raises(duckdb.Error):
        workshop.connection.execute(f"SET {setting} = {setting == 'enable_external_access'}")


def test_a_query_beyond_its_memory_says_so(workshop: Workshop) -> None:
    with pytest.raises(GolcondaError) as caught:
        _rows(workshop, "SELECT length(list(i)::VARCHAR) FROM range(100000000) t(i)")
    assert caught.value.code == "memory-exhausted"
