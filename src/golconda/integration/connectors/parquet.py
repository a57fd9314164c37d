"""Parquet: a file is a table named by its stem; a folder or a pattern is one table a file."""

from __future__ import annotations

import os
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from golconda.integration.connectors._files import existing, refuse_repeated, unreadable
from golconda.kernel.errors import InvalidInput, NotFound
from golconda.kernel.names import column_name, slugify
from golconda.kernel.ports import ParquetScan, SourceTable

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDINGS = (".parquet", ".pq")


class ParquetFiles:
    """Names Parquet files, which are scanned in place."""

    name: ClassVar[str] = "parquet"
    options: ClassVar[tuple[str, ...]] = ()

    def handles(self, address: str) -> bool:
        """Say whether the address ends like Parquet, or is a folder."""
        is_folder = os.path.isdir(address)  # noqa: PTH112 - says no where it may not look
        return "://" not in address and (address.lower().endswith(_ENDINGS) or is_folder)

    def discover(self, address: str) -> tuple[SourceTable, ...]:
        """Name a table for each file, in order of their names."""
        return tuple(SourceTable(slugify(path.stem), str(path), str(path), path.stem) for path in _files(address))

    def read(self, table: SourceTable, *, options: Mapping[str, str], scratch: Path) -> ParquetScan:
        """Say which file to scan, once its footer is that of Parquet and its columns differ."""
        del options, scratch
        path = Path(table.address).resolve()
        _check(path)
        return ParquetScan((path,))


def _files(address: str) -> list[Path]:
    if has_magic(address) and not os.path.exists(address):  # noqa: PTH110 - says no where it may not look
        return [Path(found) for found in sorted(glob(address))] or _nothing(address)  # noqa: PTH207 - absolute too
    path = existing(address)
    return _inside(path) if path.is_dir() else [path]


def _inside(folder: Path) -> list[Path]:
    try:
        found = sorted(file for file in folder.iterdir() if file.name.lower().endswith(_ENDINGS))
    except OSError as error:
        raise unreadable(folder) from error
    return found or _nothing(str(folder))


def _nothing(address: str) -> list[Path]:
    raise NotFound(
        "file-missing",
        f"There is no Parquet file in {address}.",
        hint="Name a folder or pattern that has files ending in .parquet.",
    )


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            beginning = file.read(1)
    except OSError as error:
        raise unreadable(path) from error
    if not beginning:
        raise InvalidInput("file-empty", f"{path.name} is empty.", hint="Check that its export finished.")
    try:
        names = [column_name(name) for name in pq.read_schema(path).names]
    except (pa.ArrowException, OSError):
        # The cause may quote what it read.
        raise _no_parquet(path) from None
    # The engine would quietly give the second of two equal names another.
    refuse_repeated(path, names)


def _no_parquet(path: Path) -> InvalidInput:
    return InvalidInput(
        "source-unreadable",
        f"{path.name} is not Parquet, whatever its name says.",
        hint="Open it with the program that wrote it and export it again.",
    )


plugin = ParquetFiles()
