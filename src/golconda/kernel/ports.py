"""What plug-ins provide. A plug-in knows the kernel and its own library, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa
    from sqlglot import exp

    from golconda.kernel.logical_types import LogicalType


class Mask(Protocol):
    """Turns a column's value into what a reader may see; a missing value stays missing.

    Attributes: `deterministic`: equal values give equal results; `joinable`: results of two products can be
    equated under one key; `keyed`: the expression takes the key parameter; `examples`: (parameters, type, value,
    result) for the shared suite.
    """

    name: ClassVar[str]
    deterministic: ClassVar[bool]
    joinable: ClassVar[bool]
    keyed: ClassVar[bool]

    def accept(self, parameters: Mapping[str, Any], type_: LogicalType) -> LogicalType:
        """Check the parameters against the column's type and return the output type, or raise ``mask-invalid``."""
        ...

    def expression(
        self, value: exp.Expression, parameters: Mapping[str, Any], type_: LogicalType, key: MaskKey
    ) -> exp.Expression:
        """Return the masked value as a tree in portable functions."""
        ...


@dataclass(frozen=True, slots=True)
class MaskKey:
    """The two padded blocks of HMAC-SHA256 as parameters of a plan, so that no plan shows a key."""

    inner: exp.Expression
    outer: exp.Expression


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be read or failed the contract. `row` counts from 1, header not counted."""

    row: int
    reason: str
    column: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table a connector found: either files to scan or batches to read."""

    name: str
    origin: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A table as it is read: its schema, its batches, and the rows that were set aside (complete when read out)."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    rejected: list[RejectedRow] = field(default_factory=list)


class Connector(Protocol):
    """Brings tables in from one kind of source.

    `discover` costs no scan. `read` gives batches in source order. `parquet` names the files of a table that
    are Parquet already and can be scanned in place, else nothing.
    """

    name: ClassVar[str]

    def handles(self, address: str) -> bool:
        """Say whether this address is of its kind."""
        ...

    def discover(self, address: str) -> tuple[SourceTable, ...]:
        """List the tables at an address, or raise NotFound, InvalidInput or TryAgain."""
        ...

    def read(self, address: str, table: SourceTable, *, options: Mapping[str, str]) -> Reading:
        """Read one table."""
        ...

    def parquet(self, address: str, table: SourceTable) -> tuple[Path, ...]:
        """Return the Parquet files the table consists of, or an empty tuple."""
        ...
