"""Parquet sources: folders, patterns, and what is refused."""

from __future__ import annotations

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
    ],
)
def test_a_nested_column_is_refused_by_name(tmp_path: Path, values: pa.Array) -> None:
    assert _code(tmp_path, pa.table({"a": values})) == "type-unsupported"


@pytest.mark.parametrize("names", [["a", "a"], ["a", "A"], ["a", " a "]])
def test_columns_of_one_name_are_refused(tmp_path: Path, names: list[str]) -> None:
    assert _code(tmp_path, pa.table([[1], [2]], names)) == "column-duplicate"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file-empty"), (b"a,b\n1,2\n", "source-unreadable"), (b"PAR1 and then nothing", "source-unreadable")],
)
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    (source,) = sources.discover([str(tmp_path / "a.parquet")])
    with pytest.raises(GolcondaError) as caught:
        staging.read(source, tmp_path, known={}, options={}, allowance=SMALL)
    assert caught.value.code == code
