"""Parquet: a file is a table named by its stem."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from golconda.integration.connectors._files import existing, refuse_repeated, unreadable
from golconda.kernel.errors import InvalidInput
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
        """Say whether the address ends like Parquet."""
        return "://" not in address and address.lower().endswith(_ENDINGS)

    def discover(self, address: str) -> tuple[SourceTable, ...]:
        """Name the one table of a file by its stem."""
        path = existing(address)
        if not path.is_file():
            raise unreadable(path)
        return (SourceTable(slugify(path.stem), address, address, path.stem),)

    def read(self, table: SourceTable, *, options: Mapping[str, str], scratch: Path) -> ParquetScan:
        """Say which file to scan, once its footer is that of Parquet and its columns differ."""
        del options, scratch
        path = Path(table.address).resolve()
        _check(path)
        return ParquetScan((path,))


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
