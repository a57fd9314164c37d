"""Parquet: a file is a table named by its stem."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from golconda.integration.connectors._files import check_columns, regular, unreadable
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
        path = regular(address)
        return (SourceTable(slugify(path.stem), address, address, path.stem),)

    def read(self, table: SourceTable, *, options: Mapping[str, str], scratch: Path) -> ParquetScan:
        """Say which file to scan, once its footer is that of Parquet and its columns differ."""
        del options, scratch
        path = Path(table.address).resolve()
        _check(path)
        return ParquetScan((path,))


def _check(path: Path) -> None:
    _check_ends(path)
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError):
        # The cause may quote what it read.
        raise _no_parquet(path, "is no whole Parquet file") from None
    if not schema.names:
        raise InvalidInput("table-without-columns", f"{path.name} has no columns.", hint="Check the source.")
    # The engine would quietly give the second of two equal names another.
    check_columns(path, [column_name(name) for name in schema.names])
    for field in schema:
        if pa.types.is_decimal256(field.type):  # which the engine would quietly read as a double
            raise InvalidInput(
                "type-unsupported",
                f"Column {field.name!r} is a decimal of more than 38 digits, which not every engine reads.",
                hint="Cast it to a decimal of at most 38 digits, or to text, before publishing.",
            )


def _check_ends(path: Path) -> None:
    try:
        with path.open("rb") as file:
            beginning = file.read(4)
    except OSError as error:
        raise unreadable(path) from error
    if not beginning:
        raise InvalidInput("file-empty", f"{path.name} is empty.", hint="Check that its export finished.")
    if beginning == b"PARE":
        raise _no_parquet(path, "is encrypted")


def _no_parquet(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        "source-unreadable",
        f"{path.name} {why}.",
        hint="Open it with the program that wrote it and export it again.",
    )


plugin = ParquetFiles()
