"""Write a protected view down as Parquet files: each release is one governed read, kept for a few minutes.

The files lie in ``.golconda/shares/<agreement>/<reading>/``. They are never handed out by path: see `downloading`.
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.query import Question
from golconda.gate.revocation import in_force
from golconda.kernel.clock import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from golconda.kernel.logical_types import Column
    from golconda.kernel.names import TableName
    from golconda.node.node import Node
    from golconda.node.session import Session
    from golconda.node.sharing import SharedTable

FILE_ROWS = 1_000_000
ROW_GROUP_ROWS = 122_880
KEPT_SECONDS = 20 * 60  # longer than any address lives
MOST_BYTES = 8 * 2**30
LEANS = "leans"  # a file beside a release: the agreements that must be in force for it to be given out


@dataclass(frozen=True, slots=True)
class SharedFile:
    """One file of a release."""

    name: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Released:
    """The protected view as it was written down by one reading."""

    reading: str
    files: tuple[SharedFile, ...]


def release(session: Session, table: SharedTable, *, most_rows: int | None) -> Released:
    """Read the protected view through the gate, metered and logged, and write it to files.

    `most_rows` ends it early, and only what was written is charged.
    """
    node = session.node
    question = Question(_everything(table.name, most_rows), (table.agreement,))
    reading = node.gate.ask(question, session.known(), session.door)
    name = reading.receipt()["reading"]
    folder = shares(node) / table.agreement
    draft = folder / f".{name}"
    try:
        draft.mkdir(parents=True, mode=0o700)
        (draft / LEANS).write_text("\n".join(reading.permit.leans), encoding="utf-8")
        files = tuple(_written(draft, reading, _schema(table.columns)))
        draft.replace(folder / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    finally:
        reading.close()
    sweep(node)
    return Released(name, files)


def _everything(name: TableName, most_rows: int | None) -> str:
    table = exp.table_(name.table, db=name.product.product, catalog=name.product.organisation, quoted=True)
    select = exp.select("*").from_(table)
    return (select if most_rows is None else select.limit(most_rows)).sql("duckdb")


def _schema(columns: Iterable[Column]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([pa.field(column.name, column.type.arrow) for column in columns])


def _written(folder: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[SharedFile]:
    """Write files of a bounded number of rows; no rows make no file."""
    groups = _row_groups(batches, schema)
    for number, first in enumerate(groups):
        path = folder / f"{number}.parquet"
        rows = _file(path, first, islice(groups, FILE_ROWS // ROW_GROUP_ROWS - 1), schema)
        yield SharedFile(path.name, path.stat().st_size, rows)


def _file(path: Path, first: pa.Table, more: Iterable[pa.Table], schema: pa.Schema) -> int:
    from pyarrow import parquet

    rows = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in (first, *more):
            writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
            rows += group.num_rows
    return rows


def _row_groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa

    held: list[pa.Table] = []
    for batch in batches:
        if batch.num_rows:
            held.append(pa.Table.from_batches([batch]).cast(schema))
        if sum(part.num_rows for part in held) >= ROW_GROUP_ROWS:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


def leans(release: Path) -> tuple[str, ...]:
    """Return the agreements that a release leans on; those of a derived product's sources are among them."""
    return tuple((release / LEANS).read_text(encoding="utf-8").split())


def sweep(node: Node) -> None:
    """Remove what no address reaches: old releases, those of ended agreements, and what has no room."""
    releases = sorted(_releases(node), key=lambda each: each[1], reverse=True)
    with node.metastore.read() as connection:
        standing = in_force(connection, {path.parent.name for path, _ in releases}, now=stamp(node.clock.now()))
    oldest, room = time.time() - KEPT_SECONDS, MOST_BYTES
    for path, made in releases:
        room -= sum(file.stat().st_size for file in path.glob("*.parquet"))
        if path.parent.name not in standing or made < oldest or room < 0:
            shutil.rmtree(path, ignore_errors=True)


def _releases(node: Node) -> Iterator[tuple[Path, float]]:
    for path in shares(node).glob("*/*"):
        with suppress(OSError):  # another process may be sweeping too
            yield path, path.stat().st_mtime


def shares(node: Node) -> Path:
    """Return the folder of every release."""
    return node.directory / ".golconda" / "shares"
