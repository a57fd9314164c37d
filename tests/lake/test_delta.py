"""Commits to Delta tables: whole, verified, never merged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from golconda.kernel.errors import Defect, InvalidInput, TryAgain
from golconda.kernel.logical_types import Column, Kind, LogicalType
from golconda.kernel.names import ProductName, TableName
from golconda.lake import delta
from golconda.lake.delta import Head

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from golconda.lake.files import DataFile
    from golconda.lake.storage import Lake

VISITS = TableName(ProductName("city", "care"), "visits")
COLUMNS = (Column("id", LogicalType(Kind.BIGINT)),)


def _commit(lake: Lake, files: Sequence[DataFile], publish_id: str, columns: Sequence[Column] = COLUMNS) -> int:
    return delta.commit(lake, lake.table(VISITS), columns=columns, contents=files, publish_id=publish_id)


def _ids(lake: Lake, version: int | None = None) -> list[int]:
    table = DeltaTable(lake.table(VISITS), version=version)
    return sorted(row["id"] for row in table.to_pyarrow_table().to_pylist())


def test_a_commit_replaces_all_before_it(lake: Lake, placed: Callable[..., DataFile]) -> None:
    assert _commit(lake, [placed("pub-1", [1, 2])], "pub-1") == 0
    assert _commit(lake, [placed("pub-2", [3])], "pub-2") == 1
    assert _ids(lake) == [3]
    assert delta.head(lake.table(VISITS)) == Head(1, "pub-2")


def test_the_files_of_the_version_before_stay(lake: Lake, placed: Callable[..., DataFile]) -> None:
    _commit(lake, [placed("pub-1", [1, 2])], "pub-1")
    _commit(lake, [placed("pub-2", [3])], "pub-2")
    assert _ids(lake, version=0) == [1, 2]


def test_there_is_no_head_where_there_is_no_table(lake: Lake) -> None:
    assert delta.head(lake.table(VISITS)) is None


def test_placed_files_are_read_only(lake: Lake, placed: Callable[..., DataFile]) -> None:
    assert lake.resolve(placed("pub-1", [1]).path).stat().st_mode & 0o222 == 0


def test_placing_twice_is_placing_once(lake: Lake, placed: Callable[..., DataFile]) -> None:
    file = placed("pub-1", [1])
    lake.place(lake.staging("pub-1") / "visits" / "part-0.parquet", file.path)
    assert lake.resolve(file.path).is_file()


@pytest.mark.parametrize("change", [{"size": 1}, {"sha256": "0" * 64}, {"path": "city/care/visits/absent.parquet"}])
def test_a_file_that_is_not_the_recorded_one_is_never_committed(
    lake: Lake, placed: Callable[..., DataFile], change: dict[str, object]
) -> None:
    file = replace(placed("pub-1", [1]), **change)
    with pytest.raises(Defect) as caught:
        _commit(lake, [file], "pub-1")
    assert caught.value.code == "file-altered"
    assert delta.head(lake.table(VISITS)) is None


@pytest.mark.parametrize("path", ["../secret.parquet", "/etc/passwd", "city/../../x", "a\\..\\b"])
def test_a_path_outside_the_storage_is_refused(lake: Lake, path: str) -> None:
    with pytest.raises(Defect) as caught:
        lake.resolve(path)
    assert caught.value.code == "path-outside"


def test_a_naive_timestamp_may_come_new(lake: Lake, placed: Callable[..., DataFile]) -> None:
    timed = (*COLUMNS, Column("at", LogicalType(Kind.TIMESTAMP)))
    _commit(lake, [placed("pub-1", [1])], "pub-1")
    _commit(lake, [placed("pub-2", [2], timed)], "pub-2", timed)
    assert [field.name for field in DeltaTable(lake.table(VISITS)).schema().fields] == ["id", "at"]
    assert delta.head(lake.table(VISITS)).publish_id == "pub-2"


def test_a_writer_that_was_overtaken_is_refused(
    lake: Lake, placed: Callable[..., DataFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    _commit(lake, [placed("pub-1", [1])], "pub-1")
    late, prepared = placed("pub-2", [2]), delta._prepared

    def overtaken(table: DeltaTable, *_: object) -> DeltaTable:
        monkeypatch.setattr(delta, "_prepared", prepared)
        _commit(lake, [placed("pub-3", [3])], "pub-3")
        return table

    monkeypatch.setattr(delta, "_prepared", overtaken)
    with pytest.raises(TryAgain) as caught:
        _commit(lake, [late], "pub-2")
    assert caught.value.code == "table-overtaken"
    assert _ids(lake) == [3]


def test_a_table_with_deletion_vectors_is_refused_by_name(lake: Lake, placed: Callable[..., DataFile]) -> None:
    from deltalake import TableFeatures

    _commit(lake, [placed("pub-1", [1])], "pub-1")
    DeltaTable(lake.table(VISITS)).alter.add_feature(
        TableFeatures.DeletionVectors, allow_protocol_versions_increase=True
    )
    with pytest.raises(InvalidInput) as caught:
        _commit(lake, [placed("pub-2", [2])], "pub-2")
    assert caught.value.code == "table-feature-refused"
