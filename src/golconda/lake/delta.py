"""Delta tables: each published version of a table is one commit whose files replace all before it.

Readers never look here: they read the file list of the metastore's snapshot. The log lets other engines read
the same files, and keeps history. Delta validates neither files nor types (a missing file, a wrong size, a
path outside and a changed type all commit), so `commit` is given only what `lake.staging` has checked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from golconda.kernel.errors import InvalidInput, TryAgain
from golconda.kernel.logical_types import Kind
from golconda.lake import files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from deltalake import CommitProperties, DeltaTable
    from deltalake.transaction import AddAction

    from golconda.kernel.logical_types import Column
    from golconda.lake.files import DataFile
    from golconda.lake.storage import Lake

PUBLISH = "golconda.publish"
_REFUSED = ("deletionVectors", "columnMapping")


@dataclass(frozen=True, slots=True)
class Head:
    """The newest commit of a table and the publish it belongs to, None if it is not ours."""

    version: int
    publish_id: str | None


def head(folder: Path) -> Head | None:
    """Return a table's newest commit, or None where there is no table."""
    table = _open(folder)
    if table is None:
        return None
    newest = table.history(1)[0]
    return Head(table.version(), newest.get(PUBLISH))


def commit(
    lake: Lake, folder: Path, *, columns: Sequence[Column], contents: Sequence[DataFile], publish_id: str
) -> int:
    """Make these files the table's whole content, and return the new version's number.

    Every file is verified first. A writer that looked before another one committed is refused, never merged.
    """
    for file in contents:
        files.verify(lake.resolve(file.path), file)
    actions = [_action(lake, folder, file) for file in contents]
    table = _open(folder)
    if table is None:
        return _create(folder, columns, actions, publish_id)
    return _replace(_prepared(table, columns, folder), columns, actions, publish_id)


def _open(folder: Path) -> DeltaTable | None:
    from deltalake import DeltaTable
    from deltalake.exceptions import TableNotFoundError

    if not (folder / "_delta_log").is_dir():
        return None
    try:
        return DeltaTable(folder)
    except TableNotFoundError:
        return None


def _create(folder: Path, columns: Sequence[Column], actions: list[AddAction], publish_id: str) -> int:
    from deltalake.exceptions import DeltaError
    from deltalake.transaction import create_table_with_add_actions

    folder.mkdir(parents=True, exist_ok=True)
    try:
        create_table_with_add_actions(str(folder), _schema(columns), actions, commit_properties=_properties(publish_id))
    except DeltaError as error:
        raise _overtaken(folder) from error
    return 0


def _replace(table: DeltaTable, columns: Sequence[Column], actions: list[AddAction], publish_id: str) -> int:
    from deltalake.exceptions import CommitFailedError

    version = table.version() + 1
    try:
        table.create_write_transaction(
            list(actions), "overwrite", _schema(columns), commit_properties=_properties(publish_id)
        )
    except CommitFailedError as error:
        raise _overtaken(table.table_uri) from error
    return version


def _prepared(table: DeltaTable, columns: Sequence[Column], folder: Path) -> DeltaTable:
    """Refuse what a file list cannot say, and announce naive timestamps where they come new.

    Without the announcement the commit succeeds and the table can never be opened again.
    """
    from deltalake import DeltaTable, TableFeatures

    features = set(table.protocol().reader_features or ())
    if found := features.intersection(_REFUSED):
        raise InvalidInput(
            "table-feature-refused",
            f"The Delta table at {folder} uses {', '.join(sorted(found))}.",
            hint="Rewrite it without that feature, or move it out of the storage.",
        )
    if "timestampNtz" in features or all(column.type.kind is not Kind.TIMESTAMP for column in columns):
        return table
    newest = table.history(1)[0].get(PUBLISH)
    table.alter.add_feature(
        TableFeatures.TimestampWithoutTimezone,
        allow_protocol_versions_increase=True,
        commit_properties=_properties(newest),
    )
    return DeltaTable(folder)


def _action(lake: Lake, folder: Path, file: DataFile) -> AddAction:
    from deltalake.transaction import AddAction

    inside = lake.resolve(file.path).relative_to(folder).as_posix()
    statistics = json.dumps({"numRecords": file.rows})
    modified = lake.resolve(file.path).stat().st_mtime_ns // 1_000_000
    return AddAction(inside, file.size, {}, modified, True, statistics)


def _properties(publish_id: str | None) -> CommitProperties:
    from deltalake import CommitProperties

    metadata = None if publish_id is None else {PUBLISH: publish_id}
    return CommitProperties(custom_metadata=metadata, max_commit_retries=0)


def _schema(columns: Sequence[Column]) -> Any:  # deltalake's Schema, imported late
    from deltalake import Schema

    return Schema.from_arrow(arrow_schema(columns))


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """Return the Arrow schema of stored columns."""
    return pa.schema([pa.field(column.name, column.type.arrow, column.nullable) for column in columns])


def _overtaken(where: object) -> TryAgain:
    return TryAgain(
        "table-overtaken",
        f"Another writer committed to {where} first.",
        hint="Nothing but Golconda may write into its storage; then publish again.",
    )
