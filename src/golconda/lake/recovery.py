"""After a crash: whether a publish is wholly committed, and how a table goes back to its pointer."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.lake import delta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from golconda.kernel.logical_types import Column
    from golconda.kernel.names import TableName
    from golconda.lake.files import DataFile
    from golconda.lake.storage import Lake


@dataclass(frozen=True, slots=True)
class Pointed:
    """What the pointer names as a table's state."""

    publish_id: str
    columns: tuple[Column, ...]
    files: tuple[DataFile, ...]


def committed(lake: Lake, tables: Sequence[TableName], publish_id: str) -> dict[str, int] | None:
    """Return the Delta version of each table, or None unless the head of every one is this publish's."""
    heads = {table.table: delta.head(lake.table(table)) for table in tables}
    found = {name: head.version for name, head in heads.items() if head and head.publish_id == publish_id}
    return found if len(found) == len(heads) else None


def restore(lake: Lake, table: TableName, pointed: Pointed | None) -> None:
    """Put a table's head back to what the pointer names, if it is anything else.

    A table that no version names is removed: its folder was made by the publish that is undone.
    """
    folder = lake.table(table)
    head = delta.head(folder)
    if pointed is None:
        shutil.rmtree(folder, ignore_errors=True)
    elif head is None or head.publish_id != pointed.publish_id:
        delta.commit(lake, folder, columns=pointed.columns, contents=pointed.files, publish_id=pointed.publish_id)


def discard(lake: Lake, paths: Sequence[str]) -> None:
    """Remove placed files that no version names."""
    for path in paths:
        lake.resolve(path).unlink(missing_ok=True)
