"""One source table, read into one staged Parquet file."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from golconda.engine.workshop import Workshop
from golconda.integration.reading.stored_types import Known, Stored, ordered, stored
from golconda.integration.reading.text_types import find_types, fits, tried
from golconda.kernel.errors import GolcondaError, InvalidInput, TryAgain
from golconda.kernel.logical_types import Column, Kind
from golconda.kernel.ports import LONGEST_RAW, MOST_LISTED, POSITION, Batches, ParquetScan, RejectedRow, TextScan
from golconda.lake import staging

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from golconda.engine.workshop import Allowance
    from golconda.integration.reading.sources import Source
    from golconda.kernel.logical_types import LogicalType
    from golconda.kernel.ports import Reading

_STREAM = "source_stream"
MOST_REJECTED = 0.5  # beyond that the source is not what the publisher takes it for
_MOST_STORED = 500_000  # rows that cannot be split
_REASONS = {
    "MISSING COLUMNS": "has fewer cells than the header",
    "TOO MANY COLUMNS": "has more cells than the header",
    "UNQUOTED VALUE": "has a quotation mark that is out of place or never closed",
    "LINE SIZE OVER MAXIMUM": "is longer than a row may be",
    "INVALID ENCODING": "is not written in UTF-8",
}


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as it came in: where it is staged, and the rows that could not be read.

    `absent` are the numbers of all those rows, ascending; `rejected` lists the first of them.
    """

    file: Path
    columns: tuple[Column, ...]
    absent: Sequence[int] = ()
    rejected: tuple[RejectedRow, ...] = ()

    def source_row(self, position: int) -> int:
        """Return the number in the source of the row at a position (from 0) in the file.

        >>> from pathlib import Path
        >>> read = ReadTable(Path("x"), (), absent=(1, 3))
        >>> [read.source_row(position) for position in range(3)]
        [2, 4, 5]
        """
        return _nth_absent(self.absent, position)


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
    before = _state(table.address)
    reading = source.connector.read(table, options=own, scratch=scratch)
    target = staging.part(folder, table.name)
    made = _read(reading, folder, target, known, allowance=allowance, subject=table.origin)
    if _state(table.address) != before:
        raise TryAgain(
            "source-changed",
            f"{table.origin} changed while it was read.",
            hint="Publish it once whoever writes it has finished, or publish a copy.",
        )
    return made


def _state(address: str) -> tuple[int, ...]:
    """Return what changes with a file's content; nothing for an address that is no file."""
    if not os.path.isfile(address):  # noqa: PTH113 - says no to what is no path at all
        return ()
    found = Path(address).stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _read(
    reading: Reading, folder: Path, target: Path, known: Known, *, allowance: Allowance, subject: str
) -> ReadTable:
    reads = () if isinstance(reading, Batches) else reading.paths
    with Workshop(reads=reads, folder=folder, allowance=allowance) as workshop:
        match reading:
            case TextScan():
                return _text(workshop, reading, target, known, subject=subject)
            case ParquetScan():
                return _parquet(workshop, reading, target, known, subject=subject)
            case Batches():
                return _batches(workshop, reading, target, known, subject=subject)


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
    _refuse_mostly_ragged(workshop, scan, subject)
    staging.write(workshop, query, target, subject=subject)
    columns = tuple(Column(column, type_) for column, type_ in types.items())
    split = workshop.numbers(_split_numbers(), subject=subject)
    wrong = _Misfits(scan, tuple(narrow.items()), split)
    absent = array("q", merge(split, wrong.numbers(workshop, subject)))
    unfit = wrong.rows(workshop, subject) if len(absent) > len(split) else ()
    listed = sorted([*_unsplit(workshop, subject), *unfit], key=lambda row: row.row)
    return ReadTable(target, columns, absent, tuple(listed[:MOST_LISTED]))


def _refuse_mostly_ragged(workshop: Workshop, scan: TextScan, subject: str) -> None:
    """Refuse before they are stored what rows there would be to set aside: the engine keeps a kilobyte of each."""

    relations = (exp.Table(this=relation.copy()) for relation in (scan.ragged, scan.relation))
    counts = [exp.select(exp.Count(this=exp.Star())).from_(relation) for relation in relations]
    # One after the other: each keeps buffers for its longest row.
    total, readable = (workshop.rows(count, subject=subject)[0][0] for count in counts)
    if total - readable > min(total * MOST_REJECTED, _MOST_STORED):
        raise mostly_rejected(total - readable, total, subject)


def mostly_rejected(rejected: int, total: int, subject: str) -> InvalidInput:
    """Return the refusal of a source of which so much is wrong that it is not what it is taken for."""
    return InvalidInput(
        "rows-mostly-rejected",
        f"{rejected} of the {total} rows of {subject} would be set aside.",
        hint="Check the delimiter, the encoding and the contract: this is hardly what was meant.",
    )


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


def _split_numbers() -> exp.Select:
    """Return the query of the numbers of rows that could not be split; the reader counts the header too."""
    number = exp.Sub(this=exp.column("line"), expression=exp.Literal.number(1))
    return exp.select(exp.cast(number, "BIGINT")).distinct().from_("reject_errors").order_by("1")


def _unsplit(workshop: Workshop, subject: str) -> list[RejectedRow]:
    """Return the first of the rows that could not be split into cells."""
    text = exp.func("ANY_VALUE", exp.column("csv_line"), dialect="duckdb")
    query = (
        exp.select("line", exp.func("MIN", exp.cast(exp.column("error_type"), "VARCHAR")))
        .select(exp.Left(this=text, expression=exp.Literal.number(LONGEST_RAW)))
        .from_("reject_errors")
        .group_by("line")
        .order_by("line")
        .limit(MOST_LISTED)
    )
    return [
        RejectedRow(line - 1, _REASONS.get(kind, "cannot be read"), raw=_shown(raw))
        for line, kind, raw in workshop.rows(query, subject=subject)
    ]


def _shown(raw: str | None) -> str | None:
    """Return a row's text as every metastore keeps it: PostgreSQL's texts hold no zero byte."""
    return raw.strip("\r\n").replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST_RAW] if raw else raw


@dataclass(frozen=True, slots=True)
class _Misfits:
    """The rows with a value that is none of the contract's type; `split` are those that could not be read at all."""

    scan: TextScan
    asked: tuple[tuple[str, LogicalType], ...]
    split: Sequence[int]

    def numbers(self, workshop: Workshop, subject: str) -> Iterator[int]:
        """Give their numbers: one scan."""
        if self.asked:
            positions = workshop.numbers(self._found(exp.column(POSITION, quoted=True)), subject=subject)
            yield from (_nth_absent(self.split, position - 1) for position in positions)

    def rows(self, workshop: Workshop, subject: str) -> Iterator[RejectedRow]:
        """Give the first of them, each with its first such value: one scan."""
        place, raw = exp.Case(), exp.Case()
        for index, (column, type_) in enumerate(self.asked):
            place.when(_misfit(column, type_), exp.Literal.number(index), copy=False)
            raw.when(_misfit(column, type_), exp.column(column, quoted=True), copy=False)
        query = self._found(exp.column(POSITION, quoted=True), place, raw).limit(MOST_LISTED)
        for position, index, text in workshop.rows(query, subject=subject):
            column, type_ = self.asked[index]
            reason = f"is not {type_} as the contract says"
            yield RejectedRow(_nth_absent(self.split, position - 1), reason, column, _shown(text))

    def _found(self, *selected: exp.Expr) -> exp.Select:
        number = exp.alias_(exp.Window(this=exp.RowNumber()), POSITION, quoted=True)
        rows = exp.select(number, "*").from_(exp.Table(this=self.scan.relation.copy()))
        misfits = [_misfit(column, type_) for column, type_ in self.asked]
        return exp.select(*selected).from_(rows.subquery("source")).where(exp.or_(*misfits))


# ── typed ───────────────────────────────────────────────────────────────────────────────────────────────────


def _parquet(workshop: Workshop, scan: ParquetScan, target: Path, known: Known, *, subject: str) -> ReadTable:
    paths = exp.Array(expressions=[exp.Literal.string(str(path)) for path in scan.paths])
    relation = exp.Table(this=exp.ReadParquet(expressions=[paths]))
    columns, query = _typed(workshop, relation, known, subject)
    if len(scan.paths) == 1 and staging.fits(scan.paths[0], columns):
        staging.take(scan.paths[0], target, subject=subject)
    else:
        staging.write(workshop, query, target, subject=subject)
    return ReadTable(target, columns)


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
    return ReadTable(target, columns)


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
    if isinstance(relation.this, exp.ReadParquet):
        _refuse_finer(workshop, relation, kept, subject)
    query = exp.select(*[column.expression for column in kept]).from_(relation)
    return tuple(column.column for column in kept), query


def _refuse_finer(workshop: Workshop, relation: exp.Table, kept: Sequence[Stored], subject: str) -> None:
    """Raise ``value-unfit`` where a time is finer than a microsecond: nothing is rounded unasked."""
    finer = [column for column in kept if column.is_finer]
    if not finer:
        return
    query = exp.select(*[column.loss for column in finer]).from_(relation.copy())
    for column, cut in zip(finer, workshop.rows(query, subject=subject)[0], strict=True):
        if cut:
            raise InvalidInput(
                "value-unfit",
                f"Column {column.column.name!r} of {subject} has times finer than a microsecond.",
                hint="Round them to microseconds before publishing, or keep the nanoseconds as a whole number.",
            )
