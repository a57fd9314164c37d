"""Staged files: written or copied into a publish's own folder, measured, and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from golconda.engine.workshop import guarded
from golconda.kernel.errors import Defect
from golconda.lake import files
from golconda.lake.files import DataFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlglot import exp

    from golconda.engine.workshop import Workshop
    from golconda.kernel.logical_types import Column
    from golconda.kernel.names import TableName
    from golconda.lake.storage import Lake

_LARGEST_GROUP = 250_000
_SMALLEST_GROUP = 5_000


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A sealed file in staging, and the file it will be once placed."""

    file: Path
    becomes: DataFile


def part(folder: Path, table: str, attempt: int = 0) -> Path:
    """Return the path of a table's staged file; a second attempt leaves the first as it is."""
    target = folder / table / f"part-{attempt}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def write(workshop: Workshop, query: exp.Query, file: Path, *, subject: str) -> None:
    """Write a query's rows to a staged file."""
    workshop.write(query, file, subject=subject)


def take(source: Path, file: Path, *, subject: str) -> None:
    """Copy a Parquet file that `fits` as it is: several times faster than writing its rows again."""
    with guarded(subject):
        files.copy(source, file)


def fits(source: Path, columns: Sequence[Column]) -> bool:
    """Say whether a Parquet file holds exactly these columns as the lake keeps them, in usual groups."""
    with pq.ParquetFile(source) as parquet:
        schema, metadata = parquet.schema_arrow, parquet.metadata
    if schema.names != [column.name for column in columns]:
        return False
    alike = all(_plain(found) == c.type.arrow for found, c in zip(schema.types, columns, strict=True))
    return alike and _is_usual(metadata.num_rows, metadata.num_row_groups)


def _is_usual(rows: int, groups: int) -> bool:
    mean = rows / max(groups, 1)
    return mean <= _LARGEST_GROUP and (groups <= 1 or mean >= _SMALLEST_GROUP)


def _plain(arrow: pa.DataType) -> pa.DataType:
    """Return the type that is stored the same way: large or indexed texts are texts in the file."""
    if pa.types.is_dictionary(arrow):
        return _plain(arrow.value_type)
    if pa.types.is_large_string(arrow) or pa.types.is_string_view(arrow):
        return pa.string()
    return pa.binary() if pa.types.is_large_binary(arrow) else arrow


def finish(lake: Lake, file: Path, table: TableName, publish_id: str, columns: Sequence[Column]) -> StagedFile:
    """Measure a written file, check its columns against what was meant, and seal it."""
    with pq.ParquetFile(file) as parquet:
        rows, schema = parquet.metadata.num_rows, parquet.schema_arrow
    found = [(field.name, _plain(field.type)) for field in schema]
    if found != [(column.name, column.type.arrow) for column in columns]:
        raise Defect(
            "staged-type",
            f"The staged file of {table} does not have the columns it should have.",
            hint="Report it with the types of the source's columns.",
        )
    files.seal(file)
    files.sync_folder(file.parent)
    path = lake.relative(lake.table(table) / f"{publish_id}-{file.stem}.parquet")
    return StagedFile(file, DataFile(path, file.stat().st_size, files.hash_of(file), rows))
