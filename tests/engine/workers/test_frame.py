"""What is passed on undecoded is what was computed: same rows, same columns, same count of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from golconda.engine.workers.frame import END_OF_STREAM, read
from golconda.engine.workers.outgoing import stream_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from golconda.engine.governed import GovernedEngine

LARGE = "SELECT i, i::VARCHAR AS t, CASE WHEN i % 3 = 0 THEN i END AS n, [i, NULL] AS l FROM range(200000) AS r(i)"
NESTED = "SELECT {'b': [1, 2]} AS s, NULL AS n, DATE '2020-02-29'"
QUERIES = ["SELECT 1 AS a", "SELECT 1 AS a WHERE false", LARGE, NESTED]


@pytest.mark.parametrize("sql", QUERIES)
def test_messages_of_all_frames_make_one_stream(engine: GovernedEngine, sql: str) -> None:
    running = engine.run(sql, {}, frozenset())
    frames = list(running.frames())
    pieces = [running.schema.serialize(), *(frame.messages for frame in frames), END_OF_STREAM]
    relayed = pa.ipc.open_stream(pa.py_buffer(b"".join(bytes(piece) for piece in pieces))).read_all()
    assert relayed == pa.Table.from_batches([batch for frame in frames for batch in frame.batches], running.schema)
    relayed.validate(full=True)
    assert relayed.num_rows == sum(frame.rows for frame in frames)


def _numbers(rows: int) -> pa.RecordBatch:
    return pa.record_batch({"n": list(range(rows)), "t": [str(number) for number in range(rows)]})


@pytest.mark.parametrize(
    "batches",
    [
        [_numbers(3)],
        [_numbers(3), _numbers(2)],
        [_numbers(30_000)],
        [_numbers(30_000).slice(7, 20_000), _numbers(1)],
        [pa.record_batch({"d": pa.array(["a", "b", "a"]).dictionary_encode()})],
        [pa.record_batch({f"c{number}": [number] * 20_000 for number in range(700)})],
    ],
)
def test_a_frame_reads_as_what_was_laid_out(batches: Sequence[pa.RecordBatch]) -> None:
    pieces = stream_of(batches[0].schema, batches)
    frame = read(memoryview(b"".join(bytes(piece) for piece in pieces)))
    assert list(frame.batches) == list(batches)
    assert frame.rows == sum(batch.num_rows for batch in batches)


def test_columns_of_a_large_batch_are_not_copied() -> None:
    batch = _numbers(100_000)
    laid_out = {pa.py_buffer(piece).address for piece in stream_of(batch.schema, [batch])}
    assert {buffer.address for column in batch.columns for buffer in column.buffers() if buffer} <= laid_out


@pytest.mark.parametrize("cut", [0, 1, 100])
def test_what_is_no_stream_is_not_read(cut: int, engine: GovernedEngine) -> None:
    (frame,) = engine.run("SELECT 1 AS a", {}, frozenset()).frames()
    broken: Callable[[], object] = lambda: read(memoryview(bytes(frame.stream)[:cut]))  # noqa: E731
    with pytest.raises(pa.ArrowException):
        broken()
