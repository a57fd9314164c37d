"""The lists of functions, tried on the engine that is installed. They hold for one version and are tried on each."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from golconda.engine import functions
from golconda.engine.leak_test import prepare
from golconda.engine.sql_types import Family

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
HARD = {
    "text": ["NULL::VARCHAR", "''", "'a'", "'Ünï 💥'", "repeat('x', 5000)", "'-1'", "'%_\\'", "chr(0) || 'a'"],
    "boolean": ["NULL::BOOLEAN", "true", "false"],
    "integer": ["NULL::BIGINT", "0", "-1", "1", "9223372036854775807", "-9223372036854775808"],
    "double": [
        "NULL::DOUBLE", "0::DOUBLE", "'-0'::DOUBLE", "'nan'::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", "1.7e308",
        "5e-324::DOUBLE", "-2.5::DOUBLE", "-1.7e308",
    ],
    "decimal": ["NULL::DECIMAL(10, 2)", "-99999999.99", "99999999.99", "0.00"],
    "huge": ["170141183460469231731687303715884105727::HUGEINT", "0::HUGEINT"],
    "date": [
        "NULL::DATE", "'infinity'::DATE", "'-infinity'::DATE", "'5881580-07-10'::DATE", "'-5877641-06-25'::DATE",
        "'2024-02-29'::DATE", "'0001-01-01 (BC)'::DATE",
    ],
    "timestamp": [
        "NULL::TIMESTAMP", "'infinity'::TIMESTAMP", "'-infinity'::TIMESTAMP",
        "'294247-01-10 04:00:54.775806'::TIMESTAMP",
        "'290309-12-22 (BC) 00:00:00'::TIMESTAMP", "'2024-02-29 23:59:59.999999'::TIMESTAMP",
    ],
    "blob": ["NULL::BLOB", "''::BLOB", "'\\xFF\\xFE\\x00'::BLOB"],
}  # fmt: skip
HARD["number"] = HARD["integer"] + HARD["double"] + HARD["decimal"] + HARD["huge"]
HARD["moment"] = HARD["date"] + HARD["timestamp"]
HARD["any"] = [value for values in list(HARD.values())[:8] for value in values[:4]]
FAMILIES = {
    "VARCHAR": Family.TEXT, "BOOLEAN": Family.BOOLEAN, "DOUBLE": Family.DOUBLE, "FLOAT": Family.DOUBLE,
    "DATE": Family.DATE,
    "HUGEINT": Family.HUGE, "UBIGINT": Family.HUGE, "TIMESTAMP": Family.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": Family.TIMESTAMPTZ,
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), Family.INTEGER),
}  # fmt: skip


def _total_calls() -> Iterator[tuple[str, functions.Signature]]:
    for name, signatures in functions.TOTAL_SCALAR.items():
        for signature in signatures:
            yield name, signature


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    prepare(connection)
    yield connection
    connection.close()


@pytest.mark.parametrize(("name", "signature"), list(_total_calls()), ids=lambda value: str(value)[:60])
def test_a_total_function_fails_on_no_value(
    engine: duckdb.DuckDBPyConnection, name: str, signature: functions.Signature
) -> None:
    choices = itertools.product(*(HARD[pattern] for pattern in signature.arguments))
    calls = [f"{name}({', '.join(values)})" for values in itertools.islice(choices, 100)]
    for call in calls:
        row = engine.execute(f"SELECT {call}, typeof({call})").fetchone()
        assert row is not None
        if signature.result is not None and row[1] in FAMILIES:
            assert FAMILIES[row[1]] is signature.result.family, call


def _total_aggregates() -> Iterator[tuple[str, functions.Signature]]:
    for name, signatures in functions.TOTAL_OVER_ROWS.items():
        for signature in signatures:
            if not name.startswith("grouping"):
                yield name, signature


@pytest.mark.parametrize(("name", "signature"), list(_total_aggregates()), ids=lambda value: str(value)[:60])
def test_a_total_aggregate_fails_on_no_rows(
    engine: duckdb.DuckDBPyConnection, name: str, signature: functions.Signature
) -> None:
    over = " OVER (ORDER BY i)" if name in functions.WINDOW_ONLY else ""
    for values in _rows_of(signature.arguments):
        names = ", ".join(f"c{place}" for place in range(len(signature.arguments)))
        given = "c0, ','" if name in _WITH_SEPARATOR else names
        rows = ", ".join(f"({number}, {', '.join(row)})" if row else f"({number})" for number, row in enumerate(values))
        sql = f"SELECT {name}({given}){over} FROM (VALUES {rows}) AS t(i{', ' + names if names else ''})"
        engine.execute(sql).fetchall()
        engine.execute(f"{sql} WHERE i < 0").fetchall()


def _rows_of(patterns: tuple[str, ...]) -> Iterator[list[tuple[str, ...]]]:
    """Yield tables of hard values, one type a column at a time."""
    families = [_ONE_TYPE.get(pattern, (pattern,)) for pattern in patterns]
    for choice in itertools.product(*families):
        yield list(itertools.product(*(HARD[family] for family in choice)))


_WITH_SEPARATOR = ("string_agg", "group_concat", "listagg")  # which must be constant
_ONE_TYPE = {
    "number": ("integer", "double", "decimal", "huge"),
    "any": ("text", "boolean", "integer", "double", "date", "timestamp"),
}
FAILING = (HERE / "failing_calls.txt").read_text(encoding="utf-8").splitlines()
PLACES = (
    "SELECT {call} FROM {view} AS v",
    "SELECT max({call}) FROM {view} AS v",
    "SELECT g, count({call}) FROM {view} AS v GROUP BY g",
    "SELECT count(*) FROM {view} AS v WHERE ({call}) IS NULL",
    "EXPLAIN SELECT {call} FROM {view} AS v",
    "SELECT * FROM {view} AS v ORDER BY {call} LIMIT 3",
    "SELECT DISTINCT {call} FROM {view} AS v",
    "SELECT {call} FROM {view} AS v WHERE g IN (SELECT g FROM {view} AS w)",
    "SELECT CASE WHEN n = 1 THEN {call} END FROM {view} AS v",
)


@pytest.fixture(scope="module")
def extremes(engine: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write a file whose row 7 holds what makes functions fail, and give the view that hides it."""
    file = tmp_path_factory.mktemp("extremes") / "rows.parquet"
    rows = (HERE / "extremes.sql").read_text(encoding="utf-8")
    engine.execute(f"COPY ({rows}) TO '{file}' (FORMAT parquet)")
    engine.execute(f"CREATE TEMP TABLE seen AS SELECT * FROM '{file}' WHERE NOT hidden")
    engine.execute(f"CREATE TEMP TABLE unseen AS SELECT * FROM '{file}' WHERE hidden")
    return f"(SELECT * FROM read_parquet('{file}') WHERE NOT hidden OFFSET 0)"


@pytest.mark.parametrize("call", FAILING)
def test_a_partial_function_fails_on_no_row_below_the_barrier(
    engine: duckdb.DuckDBPyConnection, extremes: str, call: str
) -> None:
    with pytest.raises(duckdb.Error):
        engine.execute(f"SELECT {call} FROM unseen").fetchall()
    for place in PLACES:
        engine.execute(place.format(call=call, view=extremes)).fetchall()


# An overflow of an aggregate is not kept from hidden rows by a barrier: it never meets them.
LATE_PLACES = """
SELECT sum(n), avg(n) FROM {view} AS v
SELECT g, sum(n) FROM {view} AS v GROUP BY g
SELECT hidden, sum(n) FROM {view} AS v GROUP BY hidden
SELECT b % 9, avg(n) * 3 FROM {view} AS v GROUP BY b % 9
SELECT g, sum(n) * 10 FROM {view} AS v GROUP BY g HAVING sum(n) * 10 > 5
SELECT v.g, sum(v.n) FROM {view} AS v JOIN {view} AS w ON v.b = w.b + 5 GROUP BY v.g
SELECT w.g, sum(v.n) FROM {view} AS w LEFT JOIN {view} AS v ON v.b = w.b + 5 GROUP BY w.g
SELECT g, sum(n) FILTER (WHERE b > 3) FROM {view} AS v WHERE g IN (SELECT g FROM {view} AS w) GROUP BY g
SELECT w.b, (SELECT sum(v.n) FROM {view} AS v WHERE v.g = w.g) FROM {view} AS w
SELECT w.b, (SELECT sum(v.n) * 10 FROM {view} AS v WHERE v.hidden = w.hidden) FROM {view} AS w
SELECT s.g FROM (SELECT g, hidden, sum(n) AS c FROM {view} AS v GROUP BY g, hidden) AS s WHERE s.g <> 'x9' AND c > 3
WITH s AS (SELECT hidden, sum(n) AS c FROM {view} AS v GROUP BY hidden) SELECT * FROM s AS a, s AS b WHERE NOT a.hidden
""".strip().splitlines()


@pytest.mark.parametrize("place", LATE_PLACES)
def test_an_aggregate_meets_no_hidden_row_even_without_a_barrier(
    engine: duckdb.DuckDBPyConnection, tmp_path: Path, place: str
) -> None:
    file = tmp_path / "rows.parquet"
    engine.execute(
        "COPY (SELECT i AS b, 'x' || (i % 3) AS g, i % 9 = 7 AS hidden, CASE WHEN i % 9 = 7 "
        f"THEN 9e37::DECIMAL(38, 0) ELSE i END AS n FROM range(300) AS r(i)) TO '{file}' (FORMAT parquet)"
    )
    read = f"read_parquet('{file}')"
    with pytest.raises(duckdb.Error, match="verflow"):
        engine.execute(place.replace("{view}", read)).fetchall()
    for condition in ("NOT hidden", "n < 1000", "NOT hidden OR g = 'zz'"):
        engine.execute(place.replace("{view}", f"(SELECT * FROM {read} WHERE {condition})")).fetchall()


def test_every_name_is_on_one_list_only() -> None:
    assert not functions.UNFLAGGED & (functions.PARTIAL | set(functions.TOTAL))
    assert not set(functions.REFUSED) & functions.NAMES


def test_every_name_is_the_engines() -> None:
    with duckdb.connect() as connection:
        known = {
            row[0] for row in connection.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()
        }
    grammar = {"coalesce", "ifnull", "grouping", "grouping_id", "unnest", "if", "nullif", "cume_dist"}
    windows = functions.WINDOW_ONLY
    assert functions.NAMES - known - grammar - windows == set()
