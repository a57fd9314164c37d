"""Aggregate-only tables, by the rules of terms.md section 5. The ward 'small' has three patients, one row each."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from golconda.gate.compile import compile_plan
from golconda.gate.statement import parse
from golconda.kernel.errors import AccessRefused
from golconda.testing.views import READER, TODAY, World

if TYPE_CHECKING:
    from typing import Any

    from golconda.gate.compile import Plan


def test_a_group_of_too_few_units_is_left_out(world: World) -> None:
    rows = world.answer("SELECT ward, count(*) FROM care.patients GROUP BY ward ORDER BY ward")
    assert rows == [("W0", 75), ("W1", 75), ("W2", 75), ("W3", 75)]


def test_rows_multiplied_by_a_join_are_no_more_units(world: World) -> None:
    sql = "SELECT p.ward, count(*) FROM care.patients AS p, care.regions AS r WHERE p.ward = 'small' GROUP BY p.ward"
    assert world.answer(sql) == []


def test_an_ungrouped_aggregate_that_falls_short_is_null(world: World) -> None:
    assert world.answer("SELECT count(*), sum(cost) FROM care.patients WHERE ward = 'small'") == [(None, None)]


def test_a_filter_is_a_group_of_its_own(world: World) -> None:
    sql = "SELECT count(*) FILTER (WHERE ward = 'small'), count(*) FILTER (WHERE ward = 'W1') FROM care.patients"
    assert world.answer(sql) == [(None, 75)]


def test_an_aggregate_counts_only_the_units_that_contribute(world: World) -> None:
    """Every fifth row has no cost: the group is large enough, those with a cost in it are not."""
    sql = "SELECT age, count(*), sum(cost) FROM care.patients WHERE age IN (5, 6) GROUP BY age"
    governed = _with(world, min_group=3)
    assert all(row[2] is None for row in _answer(world, sql, governed) if row[0] == 5)


def test_having_order_and_limit_see_only_what_may_leave(world: World) -> None:
    sql = "SELECT ward, sum(cost) AS s FROM care.patients GROUP BY ward HAVING count(*) < 100 ORDER BY s LIMIT 1"
    assert world.answer(sql)[0][0] != "small"


def test_an_expression_that_fails_on_a_small_group_tells_nothing(world: World) -> None:
    world.answer("SELECT ward, 1 // (count(*) - 3) FROM care.patients GROUP BY ward")
    world.answer("SELECT ward FROM care.patients GROUP BY ward HAVING 1 // (count(*) - 3) >= 0")
    world.answer("SELECT ward FROM care.patients GROUP BY ward QUALIFY rank() OVER (ORDER BY 1 // (count(*) - 3)) > 0")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ward, avg(cost), stddev(cost), count(DISTINCT age) FROM care.patients WHERE ward <> "
        "'small' GROUP BY ward",
        "SELECT ward, age, count(*) AS n FROM care.patients WHERE ward <> 'small' GROUP BY ALL HAVING count(*) > 100",
        "SELECT CASE WHEN age > 25 THEN 'old' ELSE 'young' END AS a, sum(cost * 2 + 1) FROM care.patients GROUP BY a",
        "SELECT upper(ward) AS w, count(*) FROM care.patients WHERE ward <> 'small' GROUP BY 1 ORDER BY 2, 1",
        "SELECT ward, rank() OVER (ORDER BY avg(cost)) FROM care.patients WHERE ward LIKE 'W%' GROUP BY ward",
        "SELECT 100.0 * count(*) / sum(count(*)) OVER () FROM care.patients WHERE ward LIKE 'W%' GROUP BY ward",
        "SELECT DISTINCT count(*) FROM care.patients WHERE ward LIKE 'W%' GROUP BY ward",
        "SELECT count(*) + 1 FROM care.patients HAVING count(*) > 5",
        "WITH w AS (SELECT ward, avg(cost) AS c FROM care.patients WHERE ward LIKE 'W%' GROUP BY ward) "
        "SELECT a.ward FROM w AS a WHERE a.c >= (SELECT avg(c) FROM w)",
        "SELECT ward, count(*) FROM care.patients WHERE ward LIKE 'W%' GROUP BY ward UNION ALL SELECT "
        "title, people FROM care.regions",
        "SELECT r.title, count(p.age) FROM care.patients AS p JOIN care.regions AS r ON r.people = "
        "p.age GROUP BY r.title HAVING count(*) > 90",
        "SELECT p.ward, count(*) FROM care.patients AS p LEFT JOIN care.regions AS r ON r.people = "
        "p.age WHERE p.ward <> 'small' GROUP BY p.ward",
        "SELECT a.ward, count(*) FROM care.patients AS a JOIN care.patients AS b ON a.patient = "
        "b.patient WHERE a.ward LIKE 'W%' GROUP BY a.ward",
        "SELECT a.ward, count(*) FROM care.patients AS a JOIN care.patients AS b USING (patient) WHERE "
        "a.ward LIKE 'W%' GROUP BY a.ward",
    ],
)
def test_large_groups_answer_as_without_the_clause(world: World, sql: str) -> None:
    assert sorted(map(repr, _rounded(world.answer(sql)))) == sorted(map(repr, _rounded(world.expected(sql))))


@pytest.mark.parametrize("grouped", ["ALL", "1", "month"])
@pytest.mark.parametrize("key", ["date_trunc('month', day)", "CAST(date_trunc('month', p.day) AS DATE)"])
def test_a_group_may_be_a_period(world: World, key: str, grouped: str) -> None:
    sql = f"SELECT {key} AS month, count(*), sum(cost) FROM care.patients AS p WHERE ward <> 'small' GROUP BY {grouped}"
    answer = sorted(map(repr, world.answer(sql)))
    assert answer == sorted(map(repr, world.expected(sql)))
    assert len(answer) == 4


def test_a_period_that_is_grouped_by_may_be_written_again(world: World) -> None:
    month = "date_trunc('month', day)"
    sql = f"SELECT {month} AS day, count(*) FROM care.patients GROUP BY {month} HAVING {month} IS NOT NULL ORDER BY 1"
    assert [row[1] for row in world.answer(sql)] == [118, 110, 58]


@pytest.mark.parametrize("period", ["day", "week", "month", "quarter", "year", "century", "hour", "second"])
@pytest.mark.parametrize("day", ["5881580-07-10", "-5877641-06-25", "infinity", "-infinity", "294247-01-10"])
def test_no_date_fails_where_periods_are_grouped(world: World, day: str, period: str) -> None:
    """Whether some row has a date beyond all timestamps would show by an error."""
    file = world.tables["patients"].files[0]
    plan = _compiled(
        f"SELECT CAST(date_trunc('{period}', day) AS DATE), count(*) FROM care.patients GROUP BY ALL",
        _with(world, min_group=2, unit=None),
    )
    rows = f"(SELECT * REPLACE (DATE '{day}' AS day) FROM read_parquet('{file}'))"
    assert world.governed.execute(plan.shown.replace('"city"."care"."patients"', rows)).fetchone()[1] == 303


def test_the_unit_may_be_the_row(world: World) -> None:
    governed = _with(world, unit=None, min_group=4)
    sql = "SELECT p.ward, count(*) FROM care.patients AS p, care.regions AS r WHERE p.ward = 'small' GROUP BY p.ward"
    assert _answer(world, sql, governed) == []
    assert _answer(world, sql, _with(world, unit=None, min_group=3)) == [("small", 18)]


def test_rows_are_counted_plainly_where_nothing_multiplies_them(world: World) -> None:
    governed = _with(world, unit=None, min_group=4)
    sql = "SELECT ward, count(*) AS n, count(*) FILTER (WHERE age > 48) AS o FROM care.patients GROUP BY ward"
    assert "DISTINCT" not in _compiled(sql, governed).shown
    assert sorted(_answer(world, sql, governed))[0] == ("W0", 75, None)


def test_a_unit_that_is_unique_is_counted_plainly(world: World) -> None:
    governed = _with(world, unit="id", min_group=4)
    assert "DISTINCT" not in _compiled("SELECT ward, count(*) FROM care.patients GROUP BY ward", governed).shown
    assert len(_answer(world, "SELECT ward, count(*) FROM care.patients GROUP BY ward", governed)) == 4


def test_the_unit_may_be_a_column_the_reader_does_not_see(world: World) -> None:
    governed = _with(world, columns=("ward", "cost"))
    assert len(_answer(world, "SELECT ward, count(*) FROM care.patients GROUP BY ward", governed)) == 4


def test_each_table_of_a_join_has_its_own_smallest_group(world: World) -> None:
    sql = "SELECT a.age, count(*) FROM care.patients AS a, care.patients AS b WHERE b.ward = 'small' GROUP BY a.age"
    assert world.answer(sql) == []


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT ward FROM care.patients", "rows"),
        ("SELECT DISTINCT ward FROM care.patients", "rows"),
        ("SELECT count(*) FROM (SELECT * FROM care.patients) AS s", "rows"),
        ("WITH p AS (SELECT ward FROM care.patients LIMIT 3) SELECT ward, count(*) FROM p GROUP BY ward", "rows"),
        ("SELECT title FROM care.regions WHERE people IN (SELECT age FROM care.patients)", "rows"),
        ("SELECT rank() OVER (ORDER BY cost) FROM care.patients", "rows"),
        ("SELECT ward FROM care.patients UNION SELECT title FROM care.regions", "rows"),
        ("SELECT ward, sum(cost) FROM care.patients GROUP BY ROLLUP (ward)", "grouping"),
        ("SELECT ward, sum(cost) FROM care.patients GROUP BY CUBE (ward)", "grouping"),
        ("SELECT ward, sum(cost) FROM care.patients GROUP BY GROUPING SETS ((ward), ())", "grouping"),
        ("SELECT count(*) FROM care.patients AS p RIGHT JOIN care.regions AS r ON r.people = p.age", "join"),
        ("SELECT count(*) FROM care.patients AS p FULL JOIN care.regions AS r ON r.people = p.age", "join"),
        ("SELECT count(*) FROM care.regions AS r SEMI JOIN care.patients AS p ON r.people = p.age", "join"),
        ("SELECT count(*) FROM care.patients AS p ANTI JOIN care.regions AS r ON r.people = p.age", "join"),
        (
            "SELECT r.title, (SELECT count(*) FROM care.patients AS p WHERE p.age = r.people) FROM care.regions AS r",
            "correlated",
        ),
        (
            "SELECT count(*) FROM care.patients AS p WHERE EXISTS (SELECT 1 FROM (VALUES (3)) AS v(x) WHERE "
            "v.x = p.age)",
            "correlated",
        ),
        ("SELECT x, count(*) FROM care.patients AS p, unnest([p.patient]) AS u(x) GROUP BY x", "join"),
        ("SELECT count(*), sum(cost) FILTER (WHERE TRUE) OVER () FROM care.patients", "ungrouped"),
        ("SELECT count(*), first_value(cost IGNORE NULLS) OVER () FROM care.patients", "ungrouped"),
        ("SELECT max(cost) FROM care.patients", "function"),
        ("SELECT ward, list(cost) FROM care.patients GROUP BY ward", "function"),
        ("SELECT median(cost) FROM care.patients", "function"),
        ("SELECT any_value(ward), count(*) FROM care.patients", "function"),
        ("SELECT arg_max(ward, cost) FROM care.patients", "function"),
        ("SELECT string_agg(ward, ',') FROM care.patients", "function"),
        ("SELECT sum(CASE WHEN age = 3 THEN 1 ELSE 0 END) FROM care.patients", "argument"),
        ("SELECT sum(CAST(age > 30 AS INTEGER)) FROM care.patients", "argument"),
        ("SELECT sum(length(ward)) FROM care.patients", "argument"),
        ("SELECT sum(sqrt(cost)) FROM care.patients", "argument"),
        ("SELECT sum(1 / cost) FROM care.patients", "argument"),
        # Sums so large that small differences are lost are comparisons in disguise: 0 if no cost is above 64.
        ("SELECT var_pop(cost + 1000000000 * 1e9) FROM care.patients", "argument"),
        ("SELECT var_pop(cost / 1e9 + 1e9) FROM care.patients", "argument"),
        ("SELECT var_pop(cost * 0.000001 + 1000) FROM care.patients", "argument"),
        ("SELECT sum(cost * 1000000000000) FROM care.patients", "argument"),
        ("SELECT sum(cost * cost * cost * cost * cost) FROM care.patients", "argument"),
        ("SELECT count(age > 3) FROM care.patients", "argument"),
        ("SELECT sum(1) FROM care.patients", "argument"),
        ("SELECT count(*) FROM care.patients WHERE random() < 0.5", "argument"),
        (
            "SELECT age AS patient, count(*) FROM care.patients GROUP BY age "
            "HAVING count(*) FILTER (WHERE patient <> 3) > 5",
            "name",
        ),
        ("SELECT age AS patient, count(*) FROM care.patients GROUP BY age HAVING count(patient) > 5", "name"),
        ("SELECT age AS a, count(*) FILTER (WHERE a > 30) FROM care.patients GROUP BY age", "name"),
        ("SELECT 30 AS x, count(*) FROM care.patients WHERE age = x", "name"),
        ("SELECT 3 AS x, (SELECT count(*) FROM care.patients WHERE age = x)", "name"),
        ("SELECT ward AS patient, count(*) FROM care.patients GROUP BY lower(patient)", "identifier"),
        ("SELECT age AS patient, count(*) FROM care.patients GROUP BY patient", "identifier"),
        ("SELECT count(*) FROM care.patients WHERE patient = 3", "identifier"),
        ("SELECT count(*) FROM care.patients WHERE patient <> 3", "identifier"),
        ("SELECT id, count(*) FROM care.patients GROUP BY id", "identifier"),
        ("SELECT sum(patient) FROM care.patients", "identifier"),
        ("SELECT count(DISTINCT patient) FROM care.patients", "identifier"),
        ("SELECT count(*) FILTER (WHERE patient = 3) FROM care.patients", "identifier"),
        ("SELECT ward, count(*) FROM care.patients GROUP BY ward HAVING sum(id) > 3", "identifier"),
        (
            "SELECT p.ward, count(*) FROM care.patients AS p JOIN (VALUES (3)) AS v(x) ON v.x = p.patient "
            "GROUP BY p.ward",
            "identifier",
        ),
        (
            "SELECT p.ward, count(*) FROM care.patients AS p LEFT JOIN care.regions AS r ON r.people = "
            "p.patient GROUP BY p.ward",
            "identifier",
        ),
        (
            "SELECT p.ward, count(*) FROM care.patients AS p LEFT JOIN (VALUES (3)) AS v(patient) USING "
            "(patient) WHERE v.patient IS NULL GROUP BY 1",
            "identifier",
        ),
        (
            "SELECT patient, count(*) FROM care.patients AS a JOIN care.patients AS b USING (patient) GROUP BY patient",
            "identifier",
        ),
        (
            "SELECT count(*) FROM care.patients AS a JOIN care.patients AS b USING (patient) WHERE patient > 3",
            "identifier",
        ),
        ("SELECT b, count(*) FROM care.patients AS p(a, b) GROUP BY b", "identifier"),
        ("SELECT sum(cost) FROM care.patients WHERE 1 // (age - 3) >= 0", "can-fail"),
        ("SELECT sum(cost) FROM care.patients WHERE CAST(ward AS INTEGER) = 1", "can-fail"),
        ("SELECT 10 // age AS k, count(*) FROM care.patients GROUP BY k", "can-fail"),
        ("SELECT sum(age * 1000) FROM care.patients", "can-fail"),
        ("SELECT sum(age * 1.555555555) FROM care.patients", "can-fail"),
        (
            "SELECT count(*) FROM (SELECT people, 1 // (people - 10) AS z FROM care.regions) AS s "
            "JOIN care.patients AS p ON s.people = p.age",
            "can-fail",
        ),
        (
            "WITH s AS (SELECT people, 1 // (people - 10) AS z FROM care.regions) "
            "SELECT count(*) FROM s JOIN care.patients AS p ON s.people = p.age WHERE s.z > 0",
            "can-fail",
        ),
        ("SELECT avg(CAST(cost AS DECIMAL(38, 0))) FROM care.patients", "argument"),
        ("SELECT ward, age FROM care.patients GROUP BY ward", "ungrouped"),
        ("SELECT ward, count(*) FROM care.patients GROUP BY ward ORDER BY age", "ungrouped"),
    ],
)
def test_what_could_single_a_row_out_is_refused(world: World, sql: str, code: str) -> None:
    with pytest.raises(AccessRefused) as caught:
        world.compiled(sql)
    assert caught.value.code == f"aggregate-only-{code}"
    assert caught.value.details["clause"] == "aggregate"


def _with(world: World, **changes: Any) -> World:
    table = world.tables["patients"]
    obligations = dataclasses.replace(table.obligations, **changes)
    tables = {**world.tables, "patients": dataclasses.replace(table, obligations=obligations)}
    return dataclasses.replace(world, tables=tables)


def _answer(world: World, sql: str, governed: World) -> list[tuple[Any, ...]]:
    plan = _compiled(sql, governed)
    return world.governed.execute(plan.sql, dict(plan.parameters)).fetchall()


def _compiled(sql: str, governed: World) -> Plan:
    statement = parse(sql)
    bound = {name: governed.tables[name.table] for name in statement.references}
    return compile_plan(statement, bound, attributes=READER, today=TODAY, key=lambda _scope: b"")


def _rounded(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(float(f"{value:.9g}") if isinstance(value, float) else value for value in row) for row in rows]
