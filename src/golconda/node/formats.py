"""The formats an answer can leave in: JSON, CSV, Arrow stream, Parquet, each written piece by piece.

Every writer is a generator of bytes. It ends the format (bracket, footer, end-of-stream mark) only after the
last batch, so that an answer cut short is never mistaken for a whole one.
"""

from __future__ import annotations

import csv as text_csv
import io
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from golconda.node.values import columns, json_values, temporal_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Batches = Iterable[pa.RecordBatch]
    Receipt = Callable[[], Mapping[str, Any]]  # a JSON document
    Pieces = Iterator[bytes] | Iterator[memoryview]

_PIECE = 256 * 1024


class Format(StrEnum):
    """A format by the name that the command line uses."""

    JSON = "json"
    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        """Return the media type that HTTP uses."""
        return _MEDIA[self]


_MEDIA = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.PARQUET: "application/vnd.apache.parquet",
}


def write(form: Format, schema: pa.Schema, batches: Batches, *, receipt: Receipt) -> Pieces:
    """Return the pieces of an answer; only JSON asks for the receipt, after the last batch."""
    match form:
        case Format.JSON:
            return write_json(schema, batches, receipt=receipt)
        case Format.CSV:
            return write_csv(schema, batches)
        case Format.ARROW:
            return write_arrow(schema, batches)
        case Format.PARQUET:
            return write_parquet(schema, batches)


def document(schema: pa.Schema, batches: Batches, *, receipt: Receipt) -> dict[str, Any]:
    """Return a whole answer as the document that `write_json` writes."""
    rows = [row for batch in batches for row in json_rows(batch)]
    return {"columns": columns(schema), "rows": rows, "receipt": dict(receipt())}


def json_rows(batch: pa.RecordBatch) -> list[list[Any]]:
    """Return the rows of a batch as JSON values."""
    if not batch.num_columns:
        return [[] for _ in range(batch.num_rows)]
    return [list(row) for row in zip(*map(json_values, batch.columns), strict=True)]


def write_json(schema: pa.Schema, batches: Batches, *, receipt: Receipt) -> Iterator[bytes]:
    """Write ``{"columns", "rows", "receipt"}``; the receipt stands last, when all is known."""
    held = [f'{{"columns":{_text(columns(schema))},"rows":[']
    first = True
    for batch in _slices(batches):
        rows = _text(json_rows(batch))[1:-1]
        if not rows:
            continue
        held.append(rows if first else f",{rows}")
        first = False
        if sum(map(len, held)) >= _PIECE:
            yield "".join(held).encode()
            held = []
    held.append(f'],"receipt":{_text(dict(receipt()))}}}')
    yield "".join(held).encode()


def _text(value: Any) -> str:  # any JSON value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _slices(batches: Batches, rows: int = 8192) -> Iterator[pa.RecordBatch]:
    """Cut batches so that the text of one stays small beside the batch itself."""
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


def write_arrow(schema: pa.Schema, batches: Batches) -> Iterator[memoryview]:
    """Write the Arrow IPC stream format; a message is passed on as Arrow lays it out."""
    yield memoryview(plain(schema).serialize())
    for batch in batches:
        yield memoryview(decoded(batch).serialize())
    yield memoryview(b"\xff\xff\xff\xff\x00\x00\x00\x00")  # the end-of-stream mark


def is_plain(schema: pa.Schema) -> bool:
    """Say whether there are no dictionaries, which are not passed on: not every reader knows them."""
    return not any(pa.types.is_dictionary(kind) for kind in schema.types)


def plain(schema: pa.Schema) -> pa.Schema:
    """Return the columns without dictionaries."""
    return pa.schema(
        [field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in schema]
    )


def decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch without dictionaries, which would need messages of their own."""
    if is_plain(batch.schema):
        return batch
    decoded = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(decoded, schema=plain(batch.schema))


def write_csv(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Write RFC 4180 with a header; NULL is nothing, an empty text is ``""``, nested values are JSON."""
    from pyarrow import csv

    sink = _Sink()
    texts = pa.schema([pa.field(field.name, _csv_type(field.type)) for field in schema])
    options = csv.WriteOptions(include_header=False, batch_size=8192)
    sink.write(_csv_header(schema))
    with csv.CSVWriter(sink, texts, write_options=options) as writer:
        for batch in batches:
            writer.write_batch(
                pa.RecordBatch.from_arrays([_csv_column(column) for column in batch.columns], schema=texts)
            )
            yield from sink.taken(_PIECE)
    yield from sink.taken(0)


def _csv_header(schema: pa.Schema) -> bytes:
    line = io.StringIO()
    text_csv.writer(line, lineterminator="\n").writerow(schema.names)
    return line.getvalue().encode()


def _csv_type(kind: pa.DataType) -> pa.DataType:
    direct = (
        pa.types.is_boolean,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_date,
        pa.types.is_decimal,
    )
    return kind if any(holds(kind) for holds in direct) else pa.string()


def _csv_column(column: pa.Array) -> pa.Array:
    kind = column.type
    if _csv_type(kind) == kind or pa.types.is_null(kind):
        return column.cast(_csv_type(kind))
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        return temporal_text(column)
    if pa.types.is_large_string(kind):
        return pc.cast(column, pa.string())
    return pa.array([_csv_text(value) for value in json_values(column)], pa.string())


def _csv_text(value: Any) -> str | None:  # a JSON value
    return value if value is None or isinstance(value, str) else _text(value)


def write_parquet(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Write a Parquet file from front to back; an interval, which Parquet lacks, becomes text."""
    from pyarrow import parquet

    sink = _Sink()
    stored = pa.schema([field.with_type(_parquet_type(field.type)) for field in schema])
    with parquet.ParquetWriter(sink, stored) as writer:
        for batch in _row_groups(batches):
            held = [
                pa.array(json_values(column), pa.string()) if pa.types.is_interval(column.type) else column
                for column in batch.columns
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(held, schema=stored))
            yield from sink.taken(_PIECE)
    yield from sink.taken(0)


def _parquet_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_interval(kind) else kind


def _row_groups(batches: Batches, rows: int = 122_880) -> Iterator[pa.RecordBatch]:
    """Gather small batches, since each one written becomes a row group."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(part.num_rows for part in held) >= rows:
            yield pa.concat_batches(held)
            held = []
    if held:
        yield pa.concat_batches(held)


class _Sink(io.RawIOBase):
    """Holds what a writer wrote until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:  # whatever has a buffer
        piece = bytes(content)
        self._held.append(piece)
        self._size += len(piece)
        return len(piece)

    def taken(self, least: int) -> Iterator[bytes]:
        """Give what is held if it is at least so many bytes, and forget it."""
        if self._size > least:
            content, self._held, self._size = b"".join(self._held), [], 0
            yield content
