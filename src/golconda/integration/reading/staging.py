"""One source table, read into one staged Parquet file."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from golconda.engine.workshop import Workshop
from golconda.integration.reading.stored_types import Known, ordered, stored
from golconda.integration.reading.text_types import find_types, fits, tried
from golconda.kernel.errors import GolcondaError, InvalidInput
from golconda.kernel.logical_types import Column, Kind
from golconda.kernel.ports import POSITION, Batches, ParquetScan, RejectedRow, TextScan
from golconda.lake import staging

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from golconda.engine.workshop import Allowance
    from golconda.integration.reading.sources import Source
    from golconda.kernel.logical_types import LogicalType

_STREAM = "source_stream"
_REASONS = {
    "MISSING COLUMNS": "has fewer cells than the header",
    "TOO MANY COLUMNS": "has more cells than the header",
    "UNQUOTED VALUE": "has a quotation mark that is out of place or never closed",
    "LINE SIZE OVER MAXIMUM": "is longer than a row may be",
    "INVALID ENCODING": "is not written in UTF-8",
}


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as it came in: where it is staged, and the rows that could not be read, by number."""

    file: Path
    columns: tuple[Column, ...]
    rejected: tuple[RejectedRow, ...]

    def source_row(self, position: int) -> int:
        """Return the number in the source of the row at a position (from 0) in the file.

        >>> from pathlib import Path
        >>> read = ReadTable(Path("x"), (), (RejectedRow(1, "…"), RejectedRow(3, "…")))
        >>> [read.source_row(position) for position in range(3)]
        [2, 4, 5]
        """
        return _nth_absent([row.row for row in self.rejected], position)


def _nth_absent(taken: Sequence[int], position: int) -> int:
    """Return the number at `position` among 1, 2, 3 … without the sorted numbers that are taken."""
    skipped = bisect_right(range(len(taken)), position, key=lambda at: taken[at] - at - 1)
    return position + 1 + skipped


def read(
    source: Source,
    folder: Path,
    *,
    known: Known,
    options: Mapping[str, str],
    allowance: Allowance,
) -> ReadTable:
    """Stage a table in a publish's folder; `known` are the contract's columns."""
    table = source.table
    own = {name: value for name, value in options.items() if name in source.connector.options}
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    reading = source.connector.read(table, options=own, scratch=scratch)
    reads = () if isinstance(reading, Batches) else reading.paths
    target = staging.part(folder, table.name)
    with Workshop(reads=reads, folder=folder, allowance=allowance) as workshop:
        match reading:
            case TextScan():
                return _text(workshop, reading, target, known, subject=table.origin)
            case ParquetScan():
                return _parquet(workshop, reading, target, known, subject=table.origin)
            case Batches():
                return _batches(workshop, reading, target, known, subject=table.origin)


# ── text ────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(workshop: Workshop, scan: TextScan, target: Path, known: Known, *, subject: str) -> ReadTable:
    order = ordered(scan.columns, known, subject=subject)
    asked = {column: type_ for column, type_ in known.items() if type_ is not None}
    found = find_types(workshop, scan, asked, subject=subject)
    types = {column: found[column] for column in order}
    rows = exp.select("*").from_(exp.Table(this=_with_rejects(scan)))
    values = [_value(column, type_) for column, type_ in types.items()]
    query = exp.select(*values).from_(rows.subquery("source"))
    narrow = {column: type_ for column, type_ in asked.items() if type_.kind is not Kind.VARCHAR}
    if narrow:
        query = query.where(exp.or_(*[_misfit(column, type_) for column, type_ in narrow.items()]).not_())
    staging.write(workshop, query, target, subject=subject)
    split = _unsplit(workshop, subject)
    unread = _unread(workshop, scan, narrow, [row.row for row in split], subject)
    rejected = tuple(sorted([*split, *unread], key=lambda row: row.row))
    columns = tuple(Column(column, type_) for column, type_ in types.items())
    return ReadTable(target, columns, rejected)


def _with_rejects(scan: TextScan) -> exp.Func:
    relation = scan.relation.copy()
    relation.append("expressions", scan.rejects.copy())
    return relation


def _value(column: str, type_: LogicalType) -> exp.Expr:
    return exp.alias_(tried(exp.column(column, quoted=True), type_), column, quoted=True)


def _misfit(column: str, type_: LogicalType) -> exp.Expr:
    """Return the claim that a value is there but is none of its type; never NULL."""
    value = exp.column(column, quoted=True)
    return exp.and_(value.is_(exp.null()).not_(), fits(value, type_).not_())


def _unsplit(workshop: Workshop, subject: str) -> list[RejectedRow]:
    """Return the rows that could not be split into cells; the reader counts rows, the header too."""
    query = (
        exp.select("line", exp.func("MIN", exp.cast(exp.column("error_type"), "VARCHAR")))
        .select(exp.func("ANY_VALUE", exp.column("csv_line"), dialect="duckdb"))
        .from_("reject_errors")
        .group_by("line")
        .order_by("line")
    )
    return [
        RejectedRow(line - 1, _REASONS.get(kind, "cannot be read"), raw=raw.strip("\r\n") if raw else raw)
        for line, kind, raw in workshop.rows(query, subject=subject)
    ]


def _unread(
    workshop: Workshop, scan: TextScan, asked: Mapping[str, LogicalType], split: Sequence[int], subject: str
) -> Iterator[RejectedRow]:
    """Give the rows with a value that is none of the contract's type, each with the first such value: one scan."""
    if not asked:
        return
    kinds = list(asked.items())
    for position, place, raw in workshop.rows(_numbered(scan, kinds), subject=subject):
        column, type_ = kinds[place]
        reason = f"is not {type_} as the contract says"
        yield RejectedRow(_nth_absent(split, position - 1), reason, column, raw)


def _numbered(scan: TextScan, asked: Sequence[tuple[str, LogicalType]]) -> exp.Select:
    number = exp.alias_(exp.Window(this=exp.RowNumber()), POSITION, quoted=True)
    rows = exp.select(number, "*").from_(exp.Table(this=scan.relation.copy()))
    place, raw = exp.Case(), exp.Case()
    for index, (column, type_) in enumerate(asked):
        place = place.when(_misfit(column, type_), exp.Literal.number(index))
        raw = raw.when(_misfit(column, type_), exp.column(column, quoted=True))
    found = exp.select(exp.column(POSITION, quoted=True), place, raw).from_(rows.subquery("source"))
    return found.where(exp.or_(*[_misfit(column, type_) for column, type_ in asked]))


# ── typed ───────────────────────────────────────────────────────────────────────────────────────────────────


def _parquet(workshop: Workshop, scan: ParquetScan, target: Path, known: Known, *, subject: str) -> ReadTable:
    paths = exp.Array(expressions=[exp.Literal.string(str(path)) for path in scan.paths])
    relation = exp.Table(this=exp.ReadParquet(expressions=[paths]))
    columns, query = _typed(workshop, relation, known, subject)
    if len(scan.paths) == 1 and staging.fits(scan.paths[0], columns):
        staging.take(scan.paths[0], target, subject=subject)
    else:
        staging.write(workshop, query, target, subject=subject)
    return ReadTable(target, columns, ())


def _batches(workshop: Workshop, source: Batches, target: Path, known: Known, *, subject: str) -> ReadTable:
    stream = _Stream(source.batches)
    workshop.offer(_STREAM, pa.RecordBatchReader.from_batches(source.schema, stream.batches()))
    try:
        columns, query = _typed(workshop, exp.to_table(_STREAM), known, subject)
        staging.write(workshop, query, target, subject=subject)
    except GolcondaError as error:
        raise (stream.failure or error) from None
    finally:
        source.batches.close()
    return ReadTable(target, columns, ())


class _Stream:
    """Batches of a source whose own error is kept, since the engine would put its own in place of it."""

    def __init__(self, batches: Generator[pa.RecordBatch]) -> None:
        self.failure: GolcondaError | None = None
        self._batches = batches

    def batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches
        except GolcondaError as error:
            self.failure = error
            raise


def _typed(
    workshop: Workshop, relation: exp.Table, known: Known, subject: str
) -> tuple[tuple[Column, ...], exp.Select]:
    described = workshop.types(exp.select("*").from_(relation.copy()), subject=subject)
    if not described:
        raise InvalidInput("table-without-columns", f"{subject} has no columns.", hint="Check the source.")
    kept = stored(described, known, subject=subject)
    query = exp.select(*[column.expression for column in kept]).from_(relation)
    return tuple(column.column for column in kept), query
