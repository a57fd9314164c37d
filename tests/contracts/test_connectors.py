"""Every connector passes the shared suite."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from golconda.kernel import plugin
from golconda.testing.connectors import Example, check_lists, check_reads, check_refuses

if TYPE_CHECKING:
    from pathlib import Path

NAIVE = datetime(2013, 1, 1, 10)  # noqa: DTZ001 - a TIMESTAMP has no zone
ROWS = (
    (1, "你好", 1.5, True, date(2013, 1, 1), NAIVE),
    (2, None, None, False, date(2013, 1, 2), None),
)
TYPES = {"id": "BIGINT", "名": "VARCHAR", "x": "DOUBLE", "ok": "BOOLEAN", "day": "DATE", "at": "TIMESTAMP"}
TEXT = "id,名,x,ok,day,at\n1,你好,1.5,true,2013-01-01,2013-01-01T10:00:00\n2,,NA,FALSE,2013-01-02,\n"


def _csv(folder: Path) -> str:
    (folder / "visits.csv").write_text(TEXT, encoding="utf-8-sig")
    return str(folder / "visits.csv")


def _compressed(folder: Path) -> str:
    (folder / "visits.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    return str(folder / "visits.csv.gz")


def _tabs(folder: Path) -> str:
    (folder / "Visits 2013.tsv").write_text(TEXT.replace(",", "\t").replace("\n", "\r\n"), encoding="utf-8")
    return str(folder / "Visits 2013.tsv")


def _parquet(folder: Path) -> str:
    types = [pa.int32(), pa.large_string(), pa.float32(), pa.bool_(), pa.date64(), pa.timestamp("ns")]
    arrays = [pa.array(values).cast(type_) for values, type_ in zip(zip(*ROWS, strict=True), types, strict=True)]
    pq.write_table(pa.table(arrays, list(TYPES)), folder / "visits.parquet")
    return str(folder / "visits.parquet")


def _wide_parquet(folder: Path) -> str:
    table = pa.table(
        {
            "big": pa.array([2**64 - 1], pa.uint64()),
            "money": pa.array([Decimal("1.50")], pa.decimal128(10, 2)),
            "at": pa.array([datetime(2013, 1, 1, tzinfo=UTC)], pa.timestamp("ms", "Asia/Shanghai")),
            "code": pa.array(["a"]).dictionary_encode(),
            "raw": pa.array([b"\x00\xff"]),
        }
    )
    pq.write_table(table, folder / "wide.parquet")
    return str(folder / "wide.parquet")


def _sqlite(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "erp.db")) as connection, connection:
        connection.execute('CREATE TABLE visits (id INTEGER, "名" TEXT, x REAL, ok BOOLEAN, day DATE, at DATETIME)')
        values = [
            (1, "你好", 1.5, 1, "2013-01-01", "2013-01-01 10:00:00"),
            (2, None, None, 0, "2013-01-02", None),
        ]
        connection.executemany("INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?)", values)
    return f"sqlite:///{folder}/erp.db#visits"


EXAMPLES = [
    pytest.param("csv", Example(_csv, TYPES, ROWS), id="csv"),
    pytest.param("csv", Example(_compressed, TYPES, ROWS), id="csv-gz"),
    pytest.param("csv", Example(_tabs, TYPES, ROWS), id="tsv"),
    pytest.param("parquet", Example(_parquet, TYPES, ROWS), id="parquet"),
    pytest.param(
        "parquet",
        Example(
            _wide_parquet,
            {
                "big": "DECIMAL(20,0)",
                "money": "DECIMAL(10,2)",
                "at": "TIMESTAMPTZ",
                "code": "VARCHAR",
                "raw": "BLOB",
            },
            ((Decimal(2**64 - 1), Decimal("1.50"), datetime(2013, 1, 1, tzinfo=UTC), "a", b"\x00\xff"),),
        ),
        id="parquet-wide",
    ),
    pytest.param("database", Example(_sqlite, TYPES, ROWS), id="sqlite"),
]
ABSENT = [
    ("csv", "/nowhere/visits.csv"),
    ("parquet", "/nowhere/visits.parquet"),
    ("parquet", "/nowhere/*.parquet"),
    ("database", "sqlite:////nowhere/erp.db#visits"),
    ("database", "postgresql://reader:secret@127.0.0.1:1/erp#visits"),
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_connector_reads_what_is_there(name: str, example: Example, tmp_path: Path) -> None:
    check_reads(plugin.load("connector", name), example, tmp_path)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_connector_lists_its_tables(name: str, example: Example, tmp_path: Path) -> None:
    check_lists(plugin.load("connector", name), example, tmp_path)


@pytest.mark.parametrize(("name", "address"), ABSENT)
def test_a_connector_says_in_one_sentence_that_nothing_is_there(name: str, address: str) -> None:
    check_refuses(plugin.load("connector", name), address)


def test_every_connector_has_an_example() -> None:
    assert set(plugin.names("connector")) == {parameter.values[0] for parameter in EXAMPLES}
