"""The `where` clause: what its grammar takes, what it refuses, and that no engine casts a column for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from golconda.agreement import predicate
from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Column, LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES = {
    "age": "BIGINT",
    "cost": "DOUBLE",
    "price": "DECIMAL(10,2)",
    "Region": "VARCHAR",
    "born": "DATE",
    "seen": "TIMESTAMP",
    "sent": "TIMESTAMPTZ",
    "consent": "BOOLEAN",
    "scan": "BLOB",
    "地区": "VARCHAR",
}
COLUMNS = tuple(Column(name, LogicalType.parse(type_)) for name, type_ in TYPES.items())


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in TYPES.items())
    connection.execute(f"CREATE TABLE t ({columns})")
    connection.execute(
        """INSERT INTO t VALUES
        (1, 1.5, 1.50, 'R1', '2020-01-31', '2020-01-31 10:00', '2020-01-31 10:00Z', true, 'a', '北京'),
        (40, NULL, 9.99, 'R9', '2026-11-24', '2026-11-24 00:00', '2026-11-24 00:00Z', false, NULL, '上海'),
        (NULL, -3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"""
    )
    yield connection
    connection.close()


def rows(database: duckdb.DuckDBPyConnection, text: str) -> list[int]:
    tree = exp.select("age").from_("t").where(predicate.read(text, COLUMNS))
    return [row[0] for row in database.execute(tree.sql("duckdb")).fetchall()]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("region <> 'R9' AND consent", '"region" <> \'R9\' AND "consent"'),
        ("age>3 and(age<5 or consent)", '"age" > 3 AND ("age" < 5 OR "consent")'),
        ("(age > 3 and age < 5) or consent", '"age" > 3 AND "age" < 5 OR "consent"'),
        ("age > 3 AND (age < 5 AND consent)", '"age" > 3 AND "age" < 5 AND "consent"'),
        ("not (age > 3 or consent)", 'NOT ("age" > 3 OR "consent")'),
        ("age not in (1,2)", 'NOT "age" IN (1, 2)'),
        ("region not like 'R%'", "NOT \"region\" LIKE 'R%'"),
        ("region is not null", 'NOT "region" IS NULL'),
        ("region = :organisation", '"region" = :organisation'),
        ("born >= DATE '2020-01-01'", "\"born\" >= CAST('2020-01-01' AS DATE)"),
        ("born < current_date", '"born" < CURRENT_DATE'),
        ("TRUE -- all of them", "TRUE"),
        ("region = 'it''s'", "\"region\" = 'it''s'"),
    ],
)
def test_a_condition_has_one_text(text: str, canonical: str) -> None:
    assert predicate.canonical(text) == canonical
    assert predicate.canonical(canonical) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "length(region) > 1",
        "age + 1 > 2",
        "age::INT = 1",
        "TRY_CAST(region AS INT) = 1",
        "age IN (SELECT 1)",
        "EXISTS (SELECT 1)",
        "age = (SELECT 1)",
        "region LIKE 'a!%' ESCAPE '!'",
        r"region LIKE 'a\%'",
        "region LIKE Region",
        "region ILIKE 'r%'",
        "region SIMILAR TO 'r.*'",
        "region ~ 'r'",
        "age = NULL",
        "consent IS TRUE",
        "age IS DISTINCT FROM 1",
        "1 = 1",
        "age BETWEEN SYMMETRIC 3 AND 1",
        "(age, cost) = (1, 2)",
        "age IN ()",
        "age = ANY([1])",
        "CASE WHEN consent THEN TRUE ELSE FALSE END",
        "age = $1",
        "age = ?",
        "region = :password",
        "t.age = 1",
        "age = 1; DROP TABLE t",
        "age = 1 UNION SELECT 1",
        "SELECT 1",
        "region = 'a' COLLATE NOCASE",
        "region = 'a' || 'b'",
        "born = INTERVAL 1 DAY",
        "age = 1 LIMIT 1",
        "COLUMNS(*) = 1",
        "*",
        "consent AND",
        "",
        "a" * 20_000,
        "NOT " * 3000 + "consent",
        "(" * 5000 + "consent" + ")" * 5000,
        "region = 'a\x00b'",
        "region = 'a\u202eb'",
    ],
)
def test_what_the_grammar_lacks_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        predicate.read(text, COLUMNS)

    assert refused.value.code == "where-refused"


@pytest.mark.parametrize(
    "text",
    [
        "age = '1'",
        "age = 1.5",
        "age > 9223372036854775807000",
        "age = cost",
        "price = 1.555",
        "price = 123456789.00",
        "region = 1",
        "region = TRUE",
        "region LIKE 5",
        "age LIKE '5%'",
        "born = '2020-02-30'",
        "born = '2020-1-1'",
        "born = TIMESTAMP '2020-01-01 00:00:00'",
        "born = 'today'",
        "seen = '2020-01-01 00:00:00+08:00'",
        "consent = 1",
        "scan = 'a'",
        "age = :organisation",
        "age",
        "age AND consent",
        "cost = 'NaN'",
        "born BETWEEN '2020-01-01' AND 5",
        "age IN (1, 'x')",
        "cost > 1e999",
        "sent = '0001-01-01T00:00:00+23:59'",
        "seen = '2020-01-01 00:00:00.1234567'",
        "seen = '2020-W01-1'",
    ],
)
def test_types_that_do_not_meet_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        predicate.read(text, COLUMNS)

    assert refused.value.code == "where-refused"


def test_an_unknown_column_is_named_with_the_nearest() -> None:
    with pytest.raises(InvalidInput) as unknown:
        predicate.read("regoin = 'R1'", COLUMNS)

    assert unknown.value.code == "terms-unknown-column"
    assert "Region" in unknown.value.hint


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("age > 3", [40]),
        ("AGE BETWEEN -1 AND 3", [1]),
        ("cost = 1.5", [1]),
        ("price = 1.5", [1]),
        ("price IN (1.50, 9.99)", [1, 40]),
        ("region <> 'R9' AND consent", [1]),
        ("NOT consent", [40]),
        ("age IS NULL", [None]),
        ("地区 LIKE '北%'", [1]),
        ("born >= '2026-01-01'", [40]),
        ("seen >= DATE '2026-11-24'", [40]),
        ("sent < '2020-01-31T18:00:00+08:00'", []),
        ("sent <= '2020-01-31T18:00:00+08:00'", [1]),
        ("scan IS NOT NULL", [1]),
        ("TRUE", [1, 40, None]),
        ("FALSE OR cost < 0", [None]),
        ("born < current_date OR born >= current_date", [1, 40]),
    ],
)
def test_a_row_whose_condition_is_not_true_is_out(
    database: duckdb.DuckDBPyConnection, text: str, ages: list[int]
) -> None:
    database.execute("SET TimeZone = 'UTC'")

    assert rows(database, text) == ages


@pytest.mark.parametrize(
    "text",
    [
        "age > 3 AND age IN (1, 2) AND age BETWEEN -1 AND 9223372036854775807",
        "cost > 1 AND cost < 1.25",
        "price = 5 AND price < 3.1",
        "region = 'x' AND region LIKE 'a%'",
        "born = '2020-01-01' AND born < current_date",
        "seen > '2020-01-01' AND seen > current_date",
        "sent > '2020-01-01'",
        "consent = TRUE",
    ],
)
def test_no_engine_casts_a_column(database: duckdb.DuckDBPyConnection, text: str) -> None:
    query = exp.select("*").from_("t").where(predicate.read(text, COLUMNS)).sql("duckdb")
    plan = database.execute(f"EXPLAIN {query}").fetchall()[0][1]

    casted = re.findall(r"CAST\(\"?(\w+)\"? AS", plan)
    assert [name for name in casted if name in TYPES] == []


def test_columns_are_spelled_as_stored_and_quoted() -> None:
    assert predicate.read("REGION = 'x'", COLUMNS).sql("duckdb") == "\"Region\" = 'x'"


def test_the_readers_attributes_stay_placeholders() -> None:
    tree = predicate.read("region IN (:organisation, 'x') OR region = :region", COLUMNS)

    assert [one.name for one in tree.find_all(exp.Placeholder)] == ["organisation", "region"]


def test_the_columns_of_a_condition_are_told() -> None:
    assert predicate.columns("age > 3 AND (地区 = 'x' OR age < 2)") == ("age", "地区")


operands = st.sampled_from(("age > 3", "consent", "region LIKE 'R%'", "cost IS NULL", "TRUE", "price IN (1.5)"))
conditions = st.recursive(
    operands,
    lambda inner: st.one_of(
        inner.map(lambda one: f"NOT ({one})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) AND ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) OR ({two[1]})"),
    ),
    max_leaves=8,
)


@given(conditions)
@settings(max_examples=150)
def test_the_canonical_text_means_what_was_written(database: duckdb.DuckDBPyConnection, text: str) -> None:
    query = f"SELECT {text}, {predicate.canonical(text)} FROM t"
    assert all(written == canonical for written, canonical in database.execute(query).fetchall())
    assert predicate.canonical(predicate.canonical(text)) == predicate.canonical(text)


@pytest.mark.parametrize("word", ["INT", "row", "VARCHAR", "STRUCT"])
def test_brackets_after_a_type_are_not_read_again_and_again(word: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        predicate.canonical(f"{word}(" * 100 + "1" + ")" * 100)
    assert caught.value.code == "where-refused"
