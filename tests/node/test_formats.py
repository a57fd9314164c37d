"""Answers in every format carry the same values, and end only when they are whole."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv, parquet

from golconda.node.formats import Format, document, write

TABLE = pa.table(
    {
        "region": pa.array(["R1", "", None], pa.string()),
        "day": pa.array([date(2013, 1, 1), None, date(2026, 12, 31)], pa.date32()),
        "cost": pa.array([Decimal("1.50"), Decimal("0.00"), None], pa.decimal128(10, 2)),
        "n": pa.array([1, 2**60, None], pa.int64()),
        "at": pa.array([0, 1_500_000, None], pa.timestamp("us", "Etc/UTC")),
        "mean": pa.array([1.5, float("nan"), float("-inf")], pa.float64()),
        "raw": pa.array([b"ab", b"", None], pa.binary()),
    }
)


def receipt() -> dict[str, Any]:
    return {"reading": "read-1"}


def written(form: Format, table: pa.Table) -> bytes:
    return b"".join(write(form, table.schema, table.to_batches(max_chunksize=2), receipt=receipt))


def test_json_says_what_it_cannot_carry_as_text() -> None:
    answer = json.loads(written(Format.JSON, TABLE))
    assert answer["rows"] == [
        ["R1", "2013-01-01", "1.50", 1, "1970-01-01T00:00:00Z", 1.5, "YWI="],
        ["", None, "0.00", str(2**60), "1970-01-01T00:00:01.500000Z", "NaN", ""],
        [None, "2026-12-31", None, None, None, "-Infinity", None],
    ]


def test_json_names_logical_types_as_sql_does() -> None:
    kinds = [column["type"] for column in json.loads(written(Format.JSON, TABLE))["columns"]]
    assert kinds == ["VARCHAR", "DATE", "DECIMAL(10,2)", "BIGINT", "TIMESTAMPTZ", "DOUBLE", "BLOB"]


def test_json_written_in_pieces_is_the_document() -> None:
    whole = document(TABLE.schema, TABLE.to_batches(), receipt=receipt)
    assert json.loads(written(Format.JSON, TABLE)) == whole


def test_an_answer_without_rows_keeps_its_columns() -> None:
    answer = json.loads(written(Format.JSON, TABLE.slice(0, 0)))
    assert (len(answer["columns"]), answer["rows"], answer["receipt"]) == (7, [], {"reading": "read-1"})


def test_arrow_is_the_table() -> None:
    table = TABLE.drop_columns(["mean"])  # NaN equals nothing
    assert pa.ipc.open_stream(written(Format.ARROW, table)).read_all() == table


def test_arrow_passes_on_dictionaries_as_values() -> None:
    table = pa.table({"kind": pa.array(["a", "b", "a"]).dictionary_encode()})
    assert pa.ipc.open_stream(written(Format.ARROW, table)).read_all()["kind"].to_pylist() == ["a", "b", "a"]


def test_parquet_is_the_table() -> None:
    assert parquet.read_table(io.BytesIO(written(Format.PARQUET, TABLE))).to_pylist()[:1] == TABLE.to_pylist()[:1]


def test_csv_tells_missing_from_empty() -> None:
    lines = written(Format.CSV, TABLE).decode().splitlines()
    assert lines[0] == "region,day,cost,n,at,mean,raw"
    assert lines[2].startswith('"",,0.00,')
    assert lines[3].startswith(",2026-12-31,,")


def test_csv_quotes_a_header_that_needs_it() -> None:
    assert written(Format.CSV, pa.table({'a,"b"': [1]})).decode() == '"a,""b"""\n1\n'


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r\n"), min_size=1)))
def test_csv_is_read_back_whatever_the_text(texts: list[str]) -> None:
    read = csv.read_csv(
        io.BytesIO(written(Format.CSV, pa.table({"a": pa.array(texts, pa.string())}))),
        convert_options=csv.ConvertOptions(column_types={"a": pa.string()}, strings_can_be_null=False),
    )
    assert read["a"].to_pylist() == texts


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_whole_numbers_survive_json(numbers: list[int]) -> None:
    rows = json.loads(written(Format.JSON, pa.table({"n": pa.array(numbers, pa.int64())})))["rows"]
    assert [int(row[0]) for row in rows] == numbers
    assert all(isinstance(row[0], str) == (abs(int(row[0])) > 2**53) for row in rows)


@pytest.mark.parametrize("form", [Format.ARROW, Format.JSON, Format.CSV, Format.PARQUET])
def test_what_breaks_midway_is_not_ended(form: Format) -> None:
    def breaks() -> Any:
        yield from TABLE.to_batches()
        raise RuntimeError

    pieces = write(form, TABLE.schema, breaks(), receipt=receipt)
    got: list[bytes] = []
    with pytest.raises(RuntimeError):
        got.extend(bytes(piece) for piece in pieces)
    assert not b"".join(got).endswith((b"}", b"PAR1", b"\xff\xff\xff\xff\x00\x00\x00\x00"))
