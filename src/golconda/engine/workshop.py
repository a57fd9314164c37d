"""The owner's DuckDB: reads the sources of one publish, writes its staging folder, and reaches nothing else.

Nothing here runs for a reader: readers go through the gate. Errors of the engine are never passed on, since
they quote values; `guarded` says what they mean for the owner.
"""

from __future__ import annotations

import errno
from array import array
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import duckdb
import pyarrow as pa
from sqlglot import exp

from golconda.kernel.errors import Defect, GolcondaError, InvalidInput, TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

ROW_GROUP = 122_880  # whole vectors of 2,048; small enough to be skipped, large enough to compress


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a workshop may use of the machine; sizes as DuckDB reads them."""

    threads: int | None = None
    memory: str = "2GB"
    spill: str = "20GB"


class Workshop:
    """A locked in-memory DuckDB over the given sources and one writable folder."""

    def __init__(self, *, reads: Iterable[Path], folder: Path, allowance: Allowance) -> None:
        self.folder = folder
        self.connection = duckdb.connect(":memory:", config=_closed(allowance))
        for setting in _settings(reads, folder):
            self.connection.execute(setting.sql("duckdb"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def rows(self, query: exp.Query, *, subject: str) -> list[tuple[Any, ...]]:
        """Run a query and return its rows; `subject` names what is read, for an error."""
        with guarded(subject):
            return self._relation(query).fetchall()

    def numbers(self, query: exp.Query, *, subject: str) -> Sequence[int]:
        """Run a query of one column of BIGINT without NULL, and return it at eight bytes a row."""
        with guarded(subject):
            return array("q", chain.from_iterable(self._chunks(query)))

    def _chunks(self, query: exp.Query) -> Iterator[list[int]]:
        for batch in self._relation(query).to_arrow_reader():
            yield batch.column(0).to_pylist()

    def types(self, query: exp.Query, *, subject: str) -> list[tuple[str, str]]:
        """Return the names and DuckDB types of the columns a query would give, reading no row."""
        with guarded(subject):
            relation = self._relation(query)
            return list(zip(relation.columns, map(str, relation.types), strict=True))

    def write(self, query: exp.Query, file: Path, *, subject: str) -> None:
        """Write a query's rows, in order, to one Parquet file."""
        with guarded(subject):
            self._relation(query).write_parquet(str(file), compression="zstd", row_group_size=ROW_GROUP)

    def offer(self, name: str, reader: pa.RecordBatchReader) -> None:
        """Make a stream of batches readable as a table, once."""
        self.connection.register(name, reader)

    def _relation(self, query: exp.Query) -> duckdb.DuckDBPyRelation:
        return self.connection.sql(query.sql("duckdb"))


def _closed(allowance: Allowance) -> dict[str, Any]:  # DuckDB's config takes scalars of several types
    config: dict[str, Any] = {
        "python_enable_replacements": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "memory_limit": allowance.memory,
        "max_temp_directory_size": allowance.spill,
    }
    return config if allowance.threads is None else {**config, "threads": allowance.threads}


def _settings(reads: Iterable[Path], folder: Path) -> Iterator[exp.Set]:
    yield _set("enable_progress_bar", exp.false())
    yield _set("TimeZone", exp.Literal.string("UTC"))
    yield _set("temp_directory", exp.Literal.string(str(folder / "spill")))
    yield _set("allowed_directories", _strings([str(folder.resolve())]))
    yield _set("allowed_paths", _strings([str(path) for path in reads]))
    yield _set("enable_external_access", exp.false())
    yield _set("lock_configuration", exp.true())


def _set(name: str, value: exp.Expression) -> exp.Set:
    return exp.Set(expressions=[exp.SetItem(this=exp.EQ(this=exp.column(name), expression=value))])


def _strings(texts: Sequence[str]) -> exp.Array:
    return exp.Array(expressions=[exp.Literal.string(text) for text in texts])


@contextmanager
def guarded(subject: str) -> Iterator[None]:
    """Turn what the engine or the file system raises into one of our errors, without its text.

    The cause is dropped on purpose: the engine's messages quote values.
    """
    try:
        yield
    except GolcondaError:
        raise
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        raise meaning(error, subject) from None


def meaning(error: Exception, subject: str) -> GolcondaError:
    """Say what an engine's or a system's error means for the owner."""
    if _is_full(error):
        return TryAgain(
            "disk-full",
            f"The disk filled up while {subject} was written; nothing of it was published.",
            hint="Free some space, or move the storage in golconda.toml to a larger disk, and publish again.",
        )
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return TryAgain(
            "memory-exhausted",
            f"Reading {subject} needs more memory or spill space than it may use.",
            hint="Raise engine.memory or engine.spill in golconda.toml.",
        )
    if isinstance(error, _OURS):
        return Defect("engine-failed", f"The engine failed over {subject}.", hint="Report it with this code.")
    return InvalidInput(
        "source-unreadable",
        f"{subject} cannot be read as what it claims to be ({type(error).__name__}).",
        hint="Open it with the program that wrote it and export it again.",
    )


# What only a wrong query or a fault of the engine raises; everything else lies with the source.
_OURS = (
    duckdb.InternalException,
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
)


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return "No space left" in str(error) or "Disk quota exceeded" in str(error)
