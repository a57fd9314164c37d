"""Staged files: what may be taken as it is, and what must be written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from golconda.kernel.errors import Defect
from golconda.kernel.logical_types import Column, Kind, LogicalType
from golconda.kernel.names import ProductName, TableName
from golconda.lake import staging

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.lake.storage import Lake

VISITS = TableName(ProductName("city", "care"), "visits")
TEXT = (Column("a", LogicalType(Kind.VARCHAR)),)


def _file(folder: Path, values: pa.Array, **how: int) -> Path:
    pq.write_table(pa.table({"a": values}), folder / "a.parquet", **how)
    return folder / "a.parquet"


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_text_is_taken_as_it_is_however_arrow_calls_it(tmp_path: Path, type_: pa.DataType) -> None:
    assert staging.fits(_file(tmp_path, pa.array(["x"]).cast(type_)), TEXT)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([1], pa.int32()), Kind.BIGINT),
        (pa.array([1.0], pa.float32()), Kind.DOUBLE),
        (pa.array([0], pa.timestamp("ms")), Kind.TIMESTAMP),
        (pa.array([0], pa.timestamp("ns")), Kind.TIMESTAMP),
    ],
)
def test_a_narrower_or_finer_type_is_written_again(tmp_path: Path, values: pa.Array, kind: Kind) -> None:
    assert not staging.fits(_file(tmp_path, values), (Column("a", LogicalType(kind)),))


def test_one_huge_row_group_is_written_again(tmp_path: Path) -> None:
    file = _file(tmp_path, pa.array(["x"] * 300_000), row_group_size=300_000)
    assert not staging.fits(file, TEXT)


def test_many_tiny_row_groups_are_written_again(tmp_path: Path) -> None:
    assert not staging.fits(_file(tmp_path, pa.array(["x"] * 100), row_group_size=10), TEXT)


def test_a_staged_file_with_other_columns_is_a_defect(lake: Lake) -> None:
    file = staging.part(lake.open_staging("pub-1"), "visits")
    pq.write_table(pa.table({"a": [1]}), file)
    with pytest.raises(Defect) as caught:
        staging.finish(lake, file, VISITS, "pub-1", TEXT)
    assert caught.value.code == "staged-type"
