"""A lake with small sealed files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from golconda.kernel.logical_types import Column, Kind, LogicalType
from golconda.kernel.names import ProductName, TableName
from golconda.lake import staging
from golconda.lake.storage import Lake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from golconda.lake.files import DataFile

CARE = ProductName("city", "care")
VISITS = TableName(CARE, "visits")
COLUMNS = (Column("id", LogicalType(Kind.BIGINT)),)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.at(tmp_path / "lake")


@pytest.fixture
def placed(lake: Lake) -> Callable[..., DataFile]:
    """Return what stages, seals and places a file of the given ids."""

    def place(publish_id: str, ids: list[int], columns: tuple[Column, ...] = COLUMNS) -> DataFile:
        file = staging.part(lake.open_staging(publish_id), "visits")
        arrays = [pa.array(ids).cast(column.type.arrow) for column in columns]
        pq.write_table(pa.table(arrays, [column.name for column in columns]), file)
        staged = staging.finish(lake, file, VISITS, publish_id, columns)
        lake.place(staged.file, staged.becomes.path)
        return staged.becomes

    return place
