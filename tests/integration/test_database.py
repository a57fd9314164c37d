"""Tables of databases: what SQLite's loose types become, and PostgreSQL read for real."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from golconda.integration.reading import sources, staging
from golconda.kernel.errors import GolcondaError
from golconda.testing.connectors import SMALL

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.integration.reading.staging import ReadTable


def _read(address: str, folder: Path) -> ReadTable:
    (source,) = sources.discover([address])
    (folder / "work").mkdir()
    return staging.read(source, folder / "work", known={}, options={}, allowance=SMALL)


def _rows(read: ReadTable) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in pq.read_table(read.file).to_pylist()]


def _sqlite(folder: Path, *statements: str) -> str:
    with closing(sqlite3.connect(folder / "erp.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return f"sqlite:///{folder}/erp.db"


@pytest.mark.parametrize(
    ("declared", "values", "type_"),
    [
        ("INTEGER", "(1), (NULL)", "BIGINT"),
        ("INTEGER", "(1), ('x')", "VARCHAR"),
        ("INTEGER", "(1), (2.5)", "DOUBLE"),
        ("DECIMAL(10,2)", "(1.5), (2)", "DOUBLE"),
        ("REAL", "(NULL)", "DOUBLE"),
        ("VARCHAR(9)", "('a'), (NULL)", "VARCHAR"),
        ("BOOLEAN", "(1), (0)", "BOOLEAN"),
        ("BOOLEAN", "(1), (7)", "BIGINT"),
        ("DATE", "('2013-01-01'), (NULL)", "DATE"),
        ("DATE", "('01/02/2013'), (NULL)", "VARCHAR"),
        ("DATETIME", "('2013-01-01 10:00:00')", "TIMESTAMP"),
        ("DATETIME", "('yesterday')", "VARCHAR"),
        ("BLOB", "(x'00ff')", "BLOB"),
        ("TEXT", "(NULL)", "VARCHAR"),
    ],
)
def test_sqlite_columns_are_what_their_values_are(tmp_path: Path, declared: str, values: str, type_: str) -> None:
    address = _sqlite(tmp_path, f"CREATE TABLE t (a {declared})", f"INSERT INTO t VALUES {values}")
    assert [str(column.type) for column in _read(f"{address}#t", tmp_path).columns] == [type_]


def test_an_address_without_a_table_names_all(tmp_path: Path) -> None:
    address = _sqlite(tmp_path, "CREATE TABLE b (x)", "CREATE TABLE a (x)", "CREATE VIEW c AS SELECT 1 AS x")
    assert [source.table.name for source in sources.discover([address])] == ["a", "b", "c"]


def test_a_misspelt_table_gets_the_nearest_names(tmp_path: Path) -> None:
    address = _sqlite(tmp_path, "CREATE TABLE orders (x)")
    with pytest.raises(GolcondaError) as caught:
        sources.discover([f"{address}#oders"])
    assert caught.value.code == "source-table-missing"
    assert "orders" in caught.value.hint


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "erp.db").write_text("not a database at all, but longer than a header of sqlite is, which is a hundred")
    with pytest.raises(GolcondaError) as caught:
        sources.discover([f"sqlite:///{tmp_path}/erp.db#t"])
    assert caught.value.code == "source-unreachable"


def test_many_rows_come_in_batches_and_in_order(tmp_path: Path) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)"
    address = _sqlite(tmp_path, f"CREATE TABLE t AS {numbers} SELECT i FROM n")
    assert [row[0] for row in _rows(_read(f"{address}#t", tmp_path))] == list(range(1, 25_001))


@pytest.fixture
def postgresql_table(bare_postgresql_url: str) -> str:
    from sqlalchemy import create_engine

    engine = create_engine(bare_postgresql_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA erp")
        connection.exec_driver_sql(
            'CREATE TABLE erp."Orders" (id bigint, small int, amount numeric(10,2), open numeric, at timestamptz, '
            "day date, ok bool, note text, ref uuid, extra jsonb, raw bytea, share double precision, small_share real)"
        )
        connection.exec_driver_sql(
            "INSERT INTO erp.\"Orders\" VALUES (1, 2, 3.5, 4.25, '2013-01-01 08:00+08', '2013-01-01', true, '你', "
            "'00000000-0000-0000-0000-000000000001', '{\"b\": 1}', '\\x00ff', 0.1, 0.5), "
            "(2, null, null, null, null, null, null, null, null, null, null, null, null)"
        )
    engine.dispose()
    return f"{bare_postgresql_url}#erp.Orders"


@pytest.mark.postgresql
def test_a_table_of_postgresql_keeps_its_types(postgresql_table: str, tmp_path: Path) -> None:
    read = _read(postgresql_table, tmp_path)
    assert [str(column.type) for column in read.columns] == [
        "BIGINT",
        "BIGINT",
        "DECIMAL(10,2)",
        "DECIMAL(38,10)",
        "TIMESTAMPTZ",
        "DATE",
        "BOOLEAN",
        "VARCHAR",
        "VARCHAR",
        "VARCHAR",
        "BLOB",
        "DOUBLE",
        "DOUBLE",
    ]
    first, second = _rows(read)
    assert first[:7] == (
        1,
        2,
        Decimal("3.50"),
        Decimal("4.25"),
        datetime(2013, 1, 1, tzinfo=UTC),
        date(2013, 1, 1),
        True,
    )
    assert first[7:] == ("你", "00000000-0000-0000-0000-000000000001", '{"b": 1}', b"\x00\xff", 0.1, 0.5)
    assert second == (2, *[None] * 12)


@pytest.mark.postgresql
def test_a_value_the_type_cannot_hold_is_refused_without_quoting_it(bare_postgresql_url: str, tmp_path: Path) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(bare_postgresql_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (secret numeric)")
        connection.exec_driver_sql("INSERT INTO t VALUES (0.12345678901234567)")
    engine.dispose()
    with pytest.raises(GolcondaError) as caught:
        _read(f"{bare_postgresql_url}#t", tmp_path)
    assert caught.value.code == "value-unfit"
    assert "12345678" not in str(caught.value.document())


@pytest.mark.postgresql
def test_a_type_without_a_logical_one_is_refused_by_name(bare_postgresql_url: str, tmp_path: Path) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(bare_postgresql_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (tags text[])")
    engine.dispose()
    with pytest.raises(GolcondaError) as caught:
        _read(f"{bare_postgresql_url}#t", tmp_path)
    assert caught.value.code == "type-unsupported"


def test_a_dot_or_a_hash_may_be_part_of_a_tables_name(tmp_path: Path) -> None:
    address = _sqlite(tmp_path, 'CREATE TABLE "a.b" (x)', 'INSERT INTO "a.b" VALUES (1)', 'CREATE TABLE "c#d" (x)')
    assert _rows(_read(f"{address}#a.b", tmp_path)) == [(1,)]
    assert [source.table.title for source in sources.discover([address])] == ["b", "c#d"]


@pytest.mark.parametrize(
    "address", ["postgresql://u:secretpw@127.0.0.1:1/x", "postgresql://u:a@secretpw@127.0.0.1:1/x"]
)
@pytest.mark.parametrize("options", ["", "?password=secretpw"])
def test_a_password_is_never_shown(address: str, options: str) -> None:
    with pytest.raises(GolcondaError) as caught:
        sources.discover([f"{address}{options}#t"])
    assert caught.value.code == "source-unreachable"
    assert "secretpw" not in str(caught.value) + str(caught.value.hint)
