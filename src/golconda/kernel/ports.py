"""What plug-ins provide. A plug-in knows the kernel and its own library, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

# The column of a row's place in its source, counting from 1, which every table given to a check has.
POSITION = "golconda:row"
# Of the rows of a table that are set aside, at most so many are listed, each with so many letters: they are kept
# in the metastore and have to fit into memory. All of them are counted.
MOST_LISTED, LONGEST_RAW = 10_000, 1_000

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    import pyarrow as pa
    from sqlglot import exp

    from golconda.kernel.logical_types import LogicalType


class Mask(Protocol):
    """Turns a column's value into what a reader may see; a missing value stays missing.

    Attributes: `deterministic`: equal values give equal results; `joinable`: results of two products can be
    equated under one key; `keyed`: the expression takes the key parameter; `total`: the expression fails on no value
    of the type, so that no barrier is needed for it; `examples`: (parameters, type, value, result) for the shared
    suite.
    """

    name: ClassVar[str]
    deterministic: ClassVar[bool]
    joinable: ClassVar[bool]
    keyed: ClassVar[bool]
    total: ClassVar[bool]
    examples: ClassVar[tuple[tuple[Mapping[str, Any], str, Any, Any], ...]]

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
    """A row that could not be read or failed the contract. `row` counts from 1, header not counted.

    `raw` is the row as it came, for the owner alone: it never stands in an error.
    """

    row: int
    reason: str
    column: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table a connector found: `name` is a slug, `address` is what its `read` understands.

    `origin` is the address as errors show it: without a password.
    """

    name: str
    address: str
    origin: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class TextScan:
    """Files whose every cell is text; types are found in the values, by whoever scans.

    `relation` is a table function as a tree, giving `columns` in order and skipping rows it cannot split;
    with `rejects` added as an argument it also stores those rows in DuckDB's reject tables, outside the memory
    that the engine counts. `ragged` gives also the rows that have too few or too many cells.
    """

    relation: exp.Func
    ragged: exp.Func
    paths: tuple[Path, ...]
    columns: tuple[str, ...]
    rejects: exp.Expression


@dataclass(frozen=True, slots=True)
class ParquetScan:
    """Parquet files of one schema, scanned in place."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Batches:
    """Arrow batches in source order; the source stays open until they are read out or closed."""

    schema: pa.Schema
    batches: Generator[pa.RecordBatch]


Reading = TextScan | ParquetScan | Batches


class Connector(Protocol):
    """Brings tables in from one kind of source.

    `options`: the names of the options `read` understands. `discover` costs no scan.
    Both raise NotFound, InvalidInput or TryAgain, and neither ever quotes a value.
    """

    name: ClassVar[str]
    options: ClassVar[tuple[str, ...]]

    def handles(self, address: str) -> bool:
        """Say whether this address is of its kind, from its text alone."""
        ...

    def discover(self, address: str) -> tuple[SourceTable, ...]:
        """List the tables at an address."""
        ...

    def read(self, table: SourceTable, *, options: Mapping[str, str], scratch: Path) -> Reading:
        """Open one table; `scratch` is a folder for files that last as long as the reading."""
        ...


class Check(Protocol):
    """Measures one promise about a table, and finds the rows that break it.

    Made from the columns it looks at, and arguments as the contract writes them; ``check-invalid`` if they do
    not fit. Attributes: `dimension`: the ODCS dimension; `row_wise`: a row fails by itself, not beside others;
    `reason`: why a row fails, without a value of it; `examples`: mappings of ``given`` (the arguments),
    ``types`` (SQL type by column), ``rows``, ``measured`` and ``failing`` (positions), for the shared suite.
    """

    dimension: ClassVar[str]
    row_wise: ClassVar[bool]
    reason: ClassVar[str]
    examples: ClassVar[tuple[Mapping[str, Any], ...]]

    def measure(self) -> exp.Expression:
        """Return an aggregate over the table, so that many checks share one scan."""
        ...

    def failing(self, table: exp.Table) -> exp.Select:
        """Return the rows at fault; the table has its place in the source as the column `POSITION`."""
        ...
