"""What an answer's rows count as: gathering many values into one saves nothing."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from golconda.gate.counting import TEXT, rows


def counted(sql: str) -> int:
    with duckdb.connect() as connection:
        answer: Any = connection.sql(sql)
        batches = answer.to_arrow_table().to_batches()
    return sum(rows(batch) for batch in batches)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT i, 'x' FROM range(100) AS r(i)", 100),
        ("SELECT list(i) FROM range(100) AS r(i)", 100),
        ("SELECT list(i), list(-i) FROM range(100) AS r(i)", 100),
        ("SELECT i % 2, list(i) FROM range(101) AS r(i) GROUP BY ALL", 101),
        ("SELECT list(l) FROM (SELECT list(i) AS l FROM range(100) AS r(i) GROUP BY i % 7)", 100),
        ("SELECT histogram(i) FROM range(100) AS r(i)", 100),
        ("SELECT map([1, 2], [range(50), range(40)])", 90),
        ("SELECT {'a': list(i), 'b': 1} FROM range(100) AS r(i)", 100),
        ("SELECT CAST(NULL AS INTEGER[]), []", 1),
        ("SELECT CAST([1, 2, 3] AS INTEGER[3])", 3),
        ("SELECT * FROM (VALUES ([1, 2]), (NULL), ([]), ([3])) AS v(l)", 5),
        (f"SELECT repeat('x', {TEXT})", 1),
        (f"SELECT repeat('x', {TEXT * 5 + 1}), 1", 6),
        (f"SELECT [repeat('x', {TEXT * 2 + 1}), 'y']", 4),
        ("SELECT string_agg(repeat('x', 1000), '') FROM range(1000)", -(-1_000_000 // TEXT)),
        ("SELECT 1 WHERE FALSE", 0),
        ("SELECT [1] WHERE FALSE", 0),
    ],
)
def test_a_value_counts_as_what_it_gathers(sql: str, expected: int) -> None:
    assert counted(sql) == expected


def test_a_part_of_a_batch_counts_by_itself() -> None:
    lists: Any = pa.record_batch({"l": pa.array([[1], [2, 3], [4, 5, 6], None])})
    assert [rows(lists.slice(at, 1)) for at in range(4)] == [1, 2, 3, 1]
    nested: Any = pa.record_batch({"s": pa.array([{"l": [1]}, {"l": [2, 3]}, None])})
    assert [rows(nested.slice(at, 1)) for at in range(3)] == [1, 2, 1]


def test_repeated_texts_kept_once_count_each_time() -> None:
    texts: Any = pa.array(["y", "x" * (3 * TEXT)]).dictionary_encode().take(pa.array([1, 1, 0]))
    assert rows(pa.record_batch({"t": texts})) == 7
