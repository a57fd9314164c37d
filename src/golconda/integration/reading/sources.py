"""Which connector reads an address, and which tables are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.kernel import plugin
from golconda.kernel.errors import InvalidInput, nearest

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
    found = tuple(source for address in addresses for source in _at(address))
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
    connector = connector_of(address)
    return [Source(connector, table) for table in connector.discover(address)]


def connector_of(address: str) -> Connector:
    """Return the first connector, by name, that handles an address, or raise ``source-unknown``."""
    for name in plugin.names("connector"):
        connector: Connector = plugin.load("connector", name)
        if connector.handles(address):
            return connector
    raise InvalidInput(
        "source-unknown",
        f"No connector reads {address!r}.",
        hint=f"Name a file or address that one of these reads: {', '.join(plugin.names('connector'))}.",
    )
