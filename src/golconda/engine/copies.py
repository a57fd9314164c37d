"""Native copies of snapshots that are read often: a point read costs DuckDB a fifth of what it costs on Parquet.

Snapshots are immutable, so a copy is only a cache: one DuckDB file for each set of Parquet files, attached read-only,
made in the background on the third read. Copies belong to one process and are deleted with it, so that nothing of a
version that was dropped stays behind in them.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

TABLE = "rows"
READS_BEFORE = 3
LARGEST_BYTES = 256 * 2**20  # of Parquet
MOST_BYTES = 2 * 2**30  # of copies
ROW_GROUP = 16_384  # rows that share their least and largest values; point reads skip more, scans take as long

_logger = logging.getLogger("golconda.engine")


@dataclass(frozen=True, eq=False)
class OverCopies:
    """A plan over copies instead of files, and the files behind each copy's name.

    `write` is asked for the text once, when there are copies to run it on: most plans never get there.
    """

    write: Callable[[], str]
    sources: Mapping[str, tuple[str, ...]]

    @cached_property
    def sql(self) -> str:
        """Return the plan's text over the copies."""
        return self.write()


def name_of(files: tuple[str, ...]) -> str:
    """Return the name of the copy of a set of files.

    >>> name_of(("a.parquet", "b.parquet"))
    'copy_e6507c536d497192'
    """
    return f"copy_{hashlib.sha256(chr(10).join(files).encode()).hexdigest()[:16]}"


class Copies:
    """The copies of one process, in a folder of its own. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._reads: Counter[str] = Counter()
        self._ready: set[str] = set()
        self._lock = threading.Lock()
        self._maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="golconda-copies")
        self._closed = False

    def ready(self, sources: Mapping[str, tuple[str, ...]]) -> dict[str, Path] | None:
        """Return the file of every copy, or None while one is missing; asking often enough has it made."""
        if all(name in self._ready for name in sources):
            return {name: self._path(name) for name in sources}
        with self._lock:
            for name, files in sources.items():
                self._reads[name] += name not in self._ready
                if self._reads[name] == READS_BEFORE and not self._closed:
                    self._maker.submit(self._make, name, files)
        return None

    def close(self) -> None:
        """Delete the copies and make no more; one that is being made is finished first."""
        with self._lock:
            self._closed = True
        self._maker.shutdown(wait=True, cancel_futures=True)
        self._ready.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.duckdb"

    def _make(self, name: str, files: tuple[str, ...]) -> None:
        try:
            if sum(Path(file).stat().st_size for file in files) > LARGEST_BYTES:
                return
            self._make_room()
            self._write(name, files)
            self._ready.add(name)
        except Exception:  # without a copy, reads go on over Parquet
            _logger.exception("a native copy could not be made")

    def _write(self, name: str, files: tuple[str, ...]) -> None:
        import duckdb

        if not self._folder.exists():
            clear_after_the_dead(self._folder.parent)
            self._folder.mkdir(mode=0o700, parents=True)
        draft = self._folder / f".{name}"
        try:
            with duckdb.connect(config={"threads": 1}) as connection:
                fill(connection, draft, files)
            draft.replace(self._path(name))
        finally:
            draft.unlink(missing_ok=True)

    def _make_room(self) -> None:
        """Delete the copies least lately made, until there is room; whoever has one open keeps it."""
        with suppress(OSError):
            made = sorted(self._folder.glob("copy_*.duckdb"), key=lambda path: path.stat().st_mtime)
            used = sum(path.stat().st_size for path in made)
            for path in made:
                if used > MOST_BYTES:
                    used -= path.stat().st_size
                    self._ready.discard(path.stem)
                    path.unlink()


def clear_after_the_dead(folder: Path) -> None:
    """Delete what processes left that were killed."""
    for left in folder.glob("*-*"):
        process = left.name.partition("-")[0]
        if process.isdigit() and not _is_alive(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def fill(connection: duckdb.DuckDBPyConnection, draft: Path, files: tuple[str, ...]) -> None:
    """Write the rows of Parquet files to a new DuckDB file."""
    for statement in filling(draft, files):
        connection.execute(statement)


def filling(draft: Path, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the statements that do so."""
    paths = exp.Array(expressions=[exp.Literal.string(file) for file in files])
    partitions = exp.EQ(this=exp.to_identifier("hive_partitioning"), expression=exp.false())
    reading = exp.select("*").from_(exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[paths, partitions])))
    table = exp.table_(TABLE, db="main", catalog="copy", quoted=True)
    return (
        attach(draft, "copy", read_only=False),
        exp.Create(this=table, kind="TABLE", expression=reading).sql("duckdb"),
        exp.Detach(this=exp.to_identifier("copy", quoted=True)).sql("duckdb"),
    )


def attach(path: Path, name: str, *, read_only: bool) -> str:
    """Return the statement that attaches a DuckDB file."""
    alias = exp.alias_(exp.Literal.string(str(path)), name, quoted=True)
    rows = exp.AttachOption(this=exp.var("ROW_GROUP_SIZE"), expression=exp.Literal.number(ROW_GROUP))
    options = [exp.AttachOption(this=exp.var("READ_ONLY")) if read_only else rows]
    return exp.Attach(this=alias, expressions=options).sql("duckdb")
