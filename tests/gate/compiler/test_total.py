"""What is proved by types alone to fail on no value is run on the extremes of those types, and its type compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from golconda.agreement.obligations import TableObligations
from golconda.engine.leak_test import prepare
from golconda.engine.sql_types import Family, SqlType
from golconda.gate.binding import bind
from golconda.gate.dialect import bare, text
from golconda.gate.protected import ProtectedTable
from golconda.gate.statement import parse
from golconda.kernel.logical_types import Column, Kind, LogicalType
from golconda.kernel.names import ProductName, TableName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.gate.binding.work import Work

COLUMNS = {
    "whole": (LogicalType(Kind.BIGINT), "BIGINT", ("9223372036854775807", "-9223372036854775808", "0", "-1")),
    "tiny": (LogicalType(Kind.DECIMAL, 4, 2), "DECIMAL(4,2)", ("99.99", "-99.99", "99.50", "0.005")),
    "money": (LogicalType(Kind.DECIMAL, 15, 2), "DECIMAL(15,2)", ("9999999999999.99", "-9999999999999.99", "0.5")),
    "deep": (LogicalType(Kind.DECIMAL, 18, 18), "DECIMAL(18,18)", ("0.999999999999999999", "-0.999999999999999999")),
    "wide": (LogicalType(Kind.DECIMAL, 38, 2), "DECIMAL(38,2)", (f"{'9' * 36}.99", f"-{'9' * 36}.99", "0.5")),
    "real": (LogicalType(Kind.DOUBLE), "DOUBLE", ("'nan'", "'inf'", "'-inf'", "1.7e308", "-1.7e308", "5e-324", "0")),
    "day": (LogicalType(Kind.DATE), "DATE", ("'infinity'", "'-infinity'", "'5881580-07-10'", "'-5877641-06-25'")),
    "time": (
        LogicalType(Kind.TIMESTAMP),
        "TIMESTAMP",
        ("'infinity'", "'-infinity'", "'294247-01-10 04:00:54.775806'", "'290309-12-22 (BC) 00:00:00'"),
    ),
    "word": (LogicalType(Kind.VARCHAR), "VARCHAR", ("''", "'Ünï 💥'", "repeat('x', 5000)", "chr(0) || 'a'", "'a9\n'")),
}
DECIMALS = ("tiny", "money", "deep", "wide")
TOTAL = [
    *(f"{call}({column})" for call in ("abs", "ceil", "ceiling", "floor", "trunc", "round") for column in DECIMALS),
    *(f"round({column}, {digits})" for column in DECIMALS for digits in (0, 1, 2, 18)),
    *(f"ceil({column}) + 1" for column in ("tiny", "money")),
    *(f"abs({column}) * 2" for column in ("tiny", "money")),
    *("money % 7", "tiny % 7", "wide % 7", "whole % -3", "whole // -3", "whole // 3", "sum(whole) // -3"),
    *("hash(word) // -2", "hash(word) % 7", "sum(whole) % 3"),
    *("CAST(money AS BIGINT)", "CAST(tiny AS INTEGER)", "CAST(tiny AS TINYINT)", "CAST(deep AS TINYINT)"),
    *("CAST(wide AS HUGEINT)", "CAST(money AS HUGEINT)", "CAST(tiny AS SMALLINT)"),
    *("day - day", "day - DATE '2020-01-01'", "DATE '2020-01-01' - day"),
    *(f"date_diff('{unit}', day, DATE '0001-01-01')" for unit in ("day", "month", "quarter", "year")),
    *(f"datediff('{unit}', DATE '8000-01-01', day)" for unit in ("day", "month", "quarter", "year")),
    *(f"strftime({column}, '{form}')" for column in ("day", "time") for form in ("%Y-%m", "%d.%m.%y %H:%M:%S %j")),
    *(f"strftime({column}, '%b %B %a %A')" for column in ("day", "time")),
    *(f"regexp_matches(word, '{pattern}')" for pattern in ("^a[0-9]{1,2}$", r"(x+x+)+y", r"\d\s*\w", "", "[^a-z]|b?")),
    *("regexp_full_match(word, '.*')", "word ~ 'a.*'", "word SIMILAR TO '(a|b)*'"),
]
PARTIAL = [
    *("abs(whole)", "whole // -1", "whole % -1", "whole // tiny", "whole + 1", "money * money", "money // whole"),
    *("CAST(money AS INTEGER)", "CAST(wide AS BIGINT)", "CAST(tiny AS DECIMAL(2, 1))", "CAST(real AS BIGINT)"),
    *("day + 1", "day - INTERVAL 1 MONTH", "time - time", "date_diff('week', day, day)", "date_diff(word, day, day)"),
    *("date_diff('day', time, time)", "strftime(day, word)", "strftime(day, '%V')", "strftime(day, '%')"),
    *("regexp_matches(word, word)", "regexp_matches(word, '(')", "regexp_matches(word, '(a{99}){99}')"),
    *(r"regexp_matches(word, '\pN')", "word ~ '(?i)a'", "word SIMILAR TO word", "regexp_matches(word, 'a', 'q')"),
    *("round(money, whole)", "round(wide, -3)"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        prepare(connection)
        connection.execute("CREATE SCHEMA care")
        longest = max(len(values) for _, _, values in COLUMNS.values())
        rows = ", ".join(f"({', '.join(_value(name, place) for name in COLUMNS)})" for place in range(longest + 1))
        declared = ", ".join(f'"{name}" {type_}' for name, (_, type_, _) in COLUMNS.items())
        connection.execute(f"CREATE TABLE care.extremes ({declared})")
        connection.execute(f"INSERT INTO care.extremes VALUES {rows}")
        yield connection


def _value(name: str, place: int) -> str:
    _, type_, values = COLUMNS[name]
    return f"CAST({values[place]} AS {type_})" if place < len(values) else "NULL"


def _bound(expression: str) -> tuple[Work, SqlType, str]:
    statement = parse(f"SELECT {expression} AS found FROM care.extremes")
    columns = tuple(Column(name, logical) for name, (logical, _, _) in COLUMNS.items())
    name = TableName(ProductName("city", "care"), "extremes")
    table = ProtectedTable(name, columns, TableObligations(columns=tuple(COLUMNS)), ())
    tree = bare(statement.tree)
    work, (field,) = bind(tree, dict.fromkeys(statement.references, table))
    return work, field.type, text(tree)


@pytest.mark.parametrize("expression", TOTAL)
def test_what_types_prove_total_fails_on_no_extreme(engine: duckdb.DuckDBPyConnection, expression: str) -> None:
    work, type_, sql = _bound(expression)
    assert not work.can_fail
    assert not work.late
    engine.execute(sql).fetchall()
    row = engine.execute(f"SELECT any_value(typeof(found)) FROM ({sql})").fetchone()
    assert row is not None
    given = _given(row[0])
    assert (given.family, given.scale) == (type_.family, type_.scale)
    assert given.precision >= type_.precision  # DuckDB takes a number written out for one of ten digits


def _given(engines: str) -> SqlType:
    if engines.startswith("DECIMAL"):
        return SqlType(Family.DECIMAL, *map(int, engines[8:-1].split(",")))
    named = {"VARCHAR": Family.TEXT, "HUGEINT": Family.HUGE, "UBIGINT": Family.HUGE, "INTEGER": Family.INTEGER}
    return SqlType(named.get(engines) or (Family.INTEGER if engines.endswith("INT") else Family(engines.lower())))


@pytest.mark.parametrize("expression", PARTIAL)
def test_what_may_fail_or_is_not_known_keeps_its_barrier(expression: str) -> None:
    assert _bound(expression)[0].can_fail
