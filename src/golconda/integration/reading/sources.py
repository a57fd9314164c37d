"""Which connector reads an address, and which tables are there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from golconda.kernel import plugin
from golconda.kernel.errors import InvalidInput, NotFound, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from golconda.kernel.ports import Connector, SourceTable


@dataclass(frozen=True, slots=True)
class Source:
    """A table to be read, and the connector that reads it."""

    connector: Connector
    table: SourceTable


def discover(addresses: Sequence[str]) -> tuple[Source, ...]:
    """List the tables at all addresses, in order; two of one name are refused."""
    found = tuple(source for address in addresses for source in _at(os.path.expanduser(address)))  # noqa: PTH111
    if not found:
        raise InvalidInput("source-missing", "There is nothing to publish.", hint="Name a file or a database's table.")
    names = [source.table.name for source in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(
            "table-duplicate",
            f"Two sources give a table called {twice[0]}.",
            hint="Rename one of the files: a table is named by its file.",
        )
    return found


def check_options(sources: Sequence[Source], options: Mapping[str, str]) -> None:
    """Raise ``option-unknown`` for an option that none of the connectors understands."""
    known = {option for source in sources for option in source.connector.options}
    for option in options:
        if option not in known:
            raise InvalidInput(
                "option-unknown",
                f"No source here understands the option {option!r}.",
                hint=f"Leave it out or correct it: {nearest(option, known)}.",
            )


def _at(address: str) -> list[Source]:
    return [
        Source(connector, table)
        for each in _expanded(address)
        for connector in [connector_of(each)]
        for table in connector.discover(each)
    ]


def _expanded(address: str) -> list[str]:
    """Return the files of a folder or a pattern, by name; any other address is itself."""
    if os.path.isdir(address) and _connector(address) is None:  # noqa: PTH112 - says no where it may not look
        return _inside(Path(address))
    if not has_magic(address) or "://" in address or os.path.exists(address):  # noqa: PTH110 - the same
        return [address]
    return sorted(glob(address)) or _nothing(address)  # noqa: PTH207 - a pattern may be absolute


def _inside(folder: Path) -> list[str]:
    try:
        files = sorted(str(file) for file in folder.iterdir() if not file.name.startswith("."))
    except OSError as error:
        raise InvalidInput(
            "file-unreadable",
            f"{folder} cannot be read.",
            hint="Check that this user may read it and the folders above it.",
        ) from error
    # Beside data a .txt is a note to readers; one that is data can be named by itself.
    return [file for file in files if _connector(file) and not file.endswith(".txt")] or _nothing(str(folder))


def _nothing(address: str) -> list[str]:
    raise NotFound(
        "file-missing",
        f"There is no file in {address} that a connector reads.",
        hint="Name a folder or pattern with files ending in .csv, .tsv or .parquet.",
    )


def connector_of(address: str) -> Connector:
    """Return the first connector, by name, that handles an address, or raise ``source-unknown``."""
    found = _connector(address)
    if found is None:
        raise InvalidInput(
            "source-unknown",
            f"No connector reads {_without_secrets(address)!r}.",
            hint="Name a .csv, .tsv, .txt or .parquet file, a folder of them, or a database as DIALECT://…#TABLE; "
            "what lies elsewhere has to be fetched first.",
        )
    return found


def _without_secrets(address: str) -> str:
    """Return what can be said aloud of an address that may be meant as a database's."""
    return address.rpartition("@")[2].partition("?")[0] if "://" in address else address


def _connector(address: str) -> Connector | None:
    connectors: list[Connector] = [plugin.load("connector", name) for name in plugin.names("connector")]
    return next((connector for connector in connectors if connector.handles(address)), None)
