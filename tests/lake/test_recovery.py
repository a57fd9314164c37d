"""Heads that ran ahead of the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.kernel.logical_types import Column, Kind, LogicalType
from golconda.kernel.names import ProductName, TableName
from golconda.lake import delta, recovery
from golconda.lake.recovery import Pointed

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.lake.files import DataFile
    from golconda.lake.storage import Lake

CARE = ProductName("city", "care")
VISITS = TableName(CARE, "visits")
COLUMNS = (Column("id", LogicalType(Kind.BIGINT)),)


def _commit(lake: Lake, file: DataFile, publish_id: str) -> int:
    return delta.commit(lake, lake.table(VISITS), columns=COLUMNS, contents=[file], publish_id=publish_id)


def test_a_publish_is_committed_only_if_every_head_is_its_own(lake: Lake, placed: Callable[..., DataFile]) -> None:
    _commit(lake, placed("pub-1", [1]), "pub-1")
    assert recovery.committed(lake, [VISITS], "pub-1") == {"visits": 0}
    assert recovery.committed(lake, [VISITS], "pub-2") is None
    assert recovery.committed(lake, [VISITS, TableName(CARE, "other")], "pub-1") is None


def test_a_head_ahead_of_the_pointer_goes_back(lake: Lake, placed: Callable[..., DataFile]) -> None:
    first = placed("pub-1", [1])
    _commit(lake, first, "pub-1")
    _commit(lake, placed("pub-2", [2]), "pub-2")
    recovery.restore(lake, VISITS, Pointed("pub-1", COLUMNS, (first,)))
    assert delta.head(lake.table(VISITS)).publish_id == "pub-1"


def test_a_head_at_the_pointer_stays_as_it_is(lake: Lake, placed: Callable[..., DataFile]) -> None:
    first = placed("pub-1", [1])
    _commit(lake, first, "pub-1")
    recovery.restore(lake, VISITS, Pointed("pub-1", COLUMNS, (first,)))
    assert delta.head(lake.table(VISITS)).version == 0


def test_a_table_no_version_names_is_removed(lake: Lake, placed: Callable[..., DataFile]) -> None:
    _commit(lake, placed("pub-1", [1]), "pub-1")
    recovery.restore(lake, VISITS, None)
    assert not lake.table(VISITS).exists()
