"""Share a protected view as Parquet files: each release is one governed read, written down for a few minutes.

The files lie in ``.golconda/shares/<agreement>/<reading>/``. They are never handed out by path: who serves a
byte of them asks `OpenFile.check` first, so that revocation reaches them at once, wherever they lie.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.decide import decide
from golconda.gate.leaf.view import visible_columns
from golconda.gate.library import Kept, Library
from golconda.gate.query import Question
from golconda.gate.revocation import ended, in_force
from golconda.gate.standing import Standing
from golconda.kernel.clock import stamp
from golconda.kernel.errors import AccessRefused, GolcondaError, NotFound
from golconda.kernel.logical_types import Column
from golconda.metastore import agreements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    import pyarrow as pa
    from sqlalchemy import Connection

    from golconda.gate.protected import ProtectedTable
    from golconda.gate.standing import Covenant
    from golconda.kernel.names import TableName
    from golconda.metastore.identity import Principal
    from golconda.node.node import Node
    from golconda.node.session import Session

FILE_ROWS = 1_000_000
ROW_GROUP_ROWS = 122_880
KEPT_SECONDS = 20 * 60  # longer than any address lives
MOST_BYTES = 8 * 2**30
LOOK_SECONDS = 0.25

_READING = re.compile(r"read-[0-9a-z]+")
_FILE = re.compile(r"[0-9]+\.parquet")


@dataclass(frozen=True, slots=True)
class SharedTable:
    """A table as one agreement shares it; `refused` says why its rows are not given out as files."""

    agreement: str
    name: TableName
    version: int
    columns: tuple[Column, ...]
    refused: AccessRefused | None = None


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


# ── what is shared ────────────────────────────────────────────────────────────────────────────────────────


class Shares:
    """What is shared; versions and terms are read once, since they never change."""

    def __init__(self) -> None:
        self._kept = Kept()

    def tables(self, session: Session) -> tuple[SharedTable, ...]:
        """List the tables of every agreement in force that the session's token opens, by name."""
        node, principal = session.node, session.known()
        node.policies.demand(principal, "query", principal.organisation)
        now = node.clock.now()
        with node.metastore.read() as connection:
            standings = [
                _standing(Library(connection, self._kept), covenant)
                for covenant in _covenants(connection, self._kept, principal, session.scopes, now)
            ]
        shared = [table for standing in standings if standing for table in _tables(node, standing, now)]
        return tuple(sorted(shared, key=lambda table: (table.name, table.agreement)))


def _covenants(
    connection: Connection, kept: Kept, principal: Principal, scopes: Sequence[str], now: datetime
) -> tuple[Covenant, ...]:
    active = agreements.in_force(connection, principal.organisation, None, None, now)
    opened = [each.id for each in active if "*" in scopes or f"share:{each.id}" in scopes]
    return Library(connection, kept).named(principal.organisation, opened)


def _standing(library: Library, covenant: Covenant) -> Standing | None:
    edition = library.newest(covenant.product, covenant.major)
    return None if edition is None else Standing(edition, covenant)


def _tables(node: Node, standing: Standing, now: datetime) -> Iterator[SharedTable]:
    """Yield the tables of one agreement; one that cannot be decided shares nothing."""
    try:
        permit = decide(
            (standing,),
            asked_purpose=None,
            purposes=node.purposes,
            policies=node.policies.hash,
            now=now,
            path=str,
        )
    except GolcondaError:
        return
    for table in permit.tables.values():
        yield _shared(standing, table, permit.agreements[0])


def _shared(standing: Standing, table: ProtectedTable, agreement: str) -> SharedTable:
    if table.obligations.min_group is not None:
        return SharedTable(agreement, table.name, standing.edition.number, (), _aggregates_only(table, agreement))
    columns = tuple(Column(column.name, column.type) for column in visible_columns(table))
    return SharedTable(agreement, table.name, standing.edition.number, columns)


def _aggregates_only(table: ProtectedTable, agreement: str) -> AccessRefused:
    return AccessRefused(
        "share-aggregate-only",
        f"Agreement {agreement} gives {table.name} only as aggregates over at least "
        f"{table.obligations.min_group} (clause aggregate), so its rows are not shared as files.",
        hint="Query it with golconda query, or ask the owner for other terms.",
        clause="aggregate",
        agreement=agreement,
    )


# ── a release ─────────────────────────────────────────────────────────────────────────────────────────────


def release(session: Session, table: SharedTable, *, most_rows: int | None) -> Released:
    """Read the protected view through the gate, metered and logged, and write it to files.

    `most_rows` ends it early, and only what was written is charged.
    """
    node = session.node
    question = Question(_everything(table.name, most_rows), (table.agreement,))
    reading = node.gate.ask(question, session.known(), session.door)
    name = reading.receipt()["reading"]
    folder = _shares(node) / table.agreement
    draft = folder / f".{name}"
    try:
        draft.mkdir(parents=True, mode=0o700)
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


# ── its files ─────────────────────────────────────────────────────────────────────────────────────────────


class OpenFile:
    """A shared file being served. Read only after or before `check`; close it."""

    def __init__(self, node: Node, agreement: str, path: Path) -> None:
        self._node = node
        self._agreement = agreement
        self._looked = float("-inf")
        self.check()
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            raise _gone() from None
        self._open = True
        self.size = os.fstat(self._descriptor).st_size
        self.tag = f"{path.parent.name}-{path.name}"

    def check(self) -> None:
        """Raise once the agreement is not in force; the metastore is asked at most four times a second."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._node.metastore.demand_writable()  # what may not be written is not to be believed either
        now = stamp(self._node.clock.now())
        with self._node.metastore.read() as connection:
            if not in_force(connection, (self._agreement,), now=now):
                raise ended(self._agreement)
        self._looked = time.monotonic()

    def read(self, first: int, length: int) -> bytes:
        """Return bytes of the file; threads may read at once."""
        return os.pread(self._descriptor, length, first)

    def close(self) -> None:
        """Give the file back; safe to call twice."""
        if self._open:
            self._open = False
            os.close(self._descriptor)


def opened(node: Node, *, agreement: str, reading: str, name: str) -> OpenFile:
    """Open a file of a release, or raise ``file-gone`` or that the agreement ended."""
    if not (_READING.fullmatch(reading) and _FILE.fullmatch(name)):
        raise _gone()
    return OpenFile(node, agreement, _shares(node) / agreement / reading / name)


def _gone() -> NotFound:
    return NotFound("file-gone", "This file is kept no longer.", hint="Query the table again for new addresses.")


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
    for path in _shares(node).glob("*/*"):
        with suppress(OSError):  # another process may be sweeping too
            yield path, path.stat().st_mtime


def _shares(node: Node) -> Path:
    return node.directory / ".golconda" / "shares"
