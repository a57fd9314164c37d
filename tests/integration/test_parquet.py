"""Parquet sources: folders, patterns, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from golconda.integration.reading import sources, staging
from golconda.kernel.errors import GolcondaError
from golconda.testing.connectors import SMALL

if TYPE_CHECKING:
    from pathlib import Path


def _code(folder: Path, table: pa.Table) -> str:
    pq.write_table(table, folder / "a.parquet")
    (source,) = sources.discover([str(folder / "a.parquet")])
    (folder / "work").mkdir()
    with pytest.raises(GolcondaError) as caught:
        staging.read(source, folder / "work", known={}, options={}, allowance=SMALL)
    return caught.value.code


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[1]]),
        pa.array([{"x": 1}]),
        pa.array([1], pa.time64("us")),
        pa.array([None], pa.list_(pa.string())),
        pa.array([Decimal("9" * 60)], pa.decimal256(60, 0)),
    ],
)
def test_a_nested_column_is_refused_by_name(tmp_path: Path, values: pa.Array) -> None:
    assert _code(tmp_path, pa.table({"a": values})) == "type-unsupported"


@pytest.mark.parametrize("names", [["a", "a"], ["a", "A"], ["a", " a "]])
def test_columns_of_one_name_are_refused(tmp_path: Path, names: list[str]) -> None:
    assert _code(tmp_path, pa.table([[1], [2]], names)) == "column-duplicate"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"a,b\n1,2\n", "source-unreadable"),
        (b"PAR1 and then nothing", "source-unreadable"),
        (b"PARE...PARE", "source-unreadable"),
    ],
)
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    (source,) = sources.discover([str(tmp_path / "a.parquet")])
    with pytest.raises(GolcondaError) as caught:
        staging.read(source, tmp_path, known={}, options={}, allowance=SMALL)
    assert caught.value.code == code


def test_a_table_without_columns_is_refused(tmp_path: Path) -> None:
    assert _code(tmp_path, pa.table({})) == "table-without-columns"


@pytest.mark.parametrize("zone", [None, "Asia/Shanghai"])
def test_nanoseconds_are_kept_as_microseconds_or_refused(tmp_path: Path, zone: str | None) -> None:
    kind = pa.timestamp("ns", tz=zone)
    assert _code(tmp_path, pa.table({"a": pa.array([1_000, 1_001], kind)})) == "value-unfit"
    pq.write_table(pa.table({"a": pa.array([1_000, None], kind)}), tmp_path / "b.parquet")
    (source,) = sources.discover([str(tmp_path / "b.parquet")])
    read = staging.read(source, tmp_path / "work", known={}, options={}, allowance=SMALL)
    assert [str(column.type) for column in read.columns] == ["TIMESTAMPTZ" if zone else "TIMESTAMP"]
