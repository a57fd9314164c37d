"""The suite every connector passes: what lies at an address comes out as rows, types and clear errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from golconda.engine.workshop import Allowance
from golconda.integration.reading import staging
from golconda.integration.reading.sources import Source
from golconda.kernel.errors import GolcondaError
from golconda.kernel.names import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from golconda.kernel.ports import Connector

SMALL = Allowance(threads=2, memory="500MB", spill="1GB")


@dataclass(frozen=True, slots=True)
class Example:
    """A source that `make` writes into a folder, giving its address, and what is to be read from it."""

    make: Callable[[Path], str]
    types: Mapping[str, str]
    rows: tuple[tuple[Any, ...], ...]  # Python values, in source order


def check_reads(connector: Connector, example: Example, folder: Path) -> None:
    """Read the example's one table; raises AssertionError with what differs."""
    (table,) = connector.discover(example.make(folder))
    work = folder / "work"
    work.mkdir()
    read = staging.read(Source(connector, table), work, known={}, options={}, allowance=SMALL)
    found = pq.read_table(read.file).to_pylist()
    assert {column.name: str(column.type) for column in read.columns} == dict(example.types)
    assert tuple(tuple(row.values()) for row in found) == example.rows
    assert read.rejected == ()


def check_lists(connector: Connector, example: Example, folder: Path) -> None:
    """Require that a table is listed under a name that the lake can keep, without reading it."""
    address = example.make(folder)
    assert connector.handles(address)
    for table in connector.discover(address):
        assert slug(table.name, what="a table") == table.name


def check_refuses(connector: Connector, address: str) -> None:
    """Require one clear error for an address at which there is nothing."""
    error = _refusal(connector, address)
    assert error is not None, f"nothing is at {address}, and nothing was said"
    assert error.hint
    assert "\n" not in error.message


def _refusal(connector: Connector, address: str) -> GolcondaError | None:
    try:
        connector.discover(address)
    except GolcondaError as error:
        return error
    return None
