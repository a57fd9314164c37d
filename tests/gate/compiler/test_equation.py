"""The equation of terms.md section 3: the governed answer is the answer over the protected views, errors included."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from golconda.kernel.errors import GolcondaError
from golconda.testing.views import CANARY, World

if TYPE_CHECKING:
    from collections.abc import Callable

QUERIES = """
SELECT * FROM care.visits
FROM care.visits
SELECT care.visits.region, visits.cost FROM care.visits
SELECT city.care.visits.region FROM city.care.visits
SELECT v.REGION, V.Cost FROM care.visits AS v
SELECT x.* EXCLUDE (phone, moment) REPLACE (upper(region) AS region) RENAME (cost AS price) FROM care.visits AS x
SELECT a, b FROM care.regions AS r(a, b)
SELECT region, count(*), sum(cost), avg(amount), min(day), max(phone) FROM care.visits GROUP BY region
SELECT region, units, sum(amount) FROM care.visits GROUP BY ALL HAVING sum(amount) > 3
SELECT region, units, count(*) FROM care.visits GROUP BY GROUPING SETS ((region), (units), ())
SELECT region, count(*) FROM care.visits GROUP BY ROLLUP (region)
SELECT region, count(*) AS n FROM care.visits GROUP BY 1 ORDER BY n DESC, 1 LIMIT 2
SELECT DISTINCT region, units FROM care.visits
SELECT DISTINCT ON (region) region, id FROM care.visits ORDER BY region, id
SELECT v.region, r.title, v.cost FROM care.visits AS v JOIN care.regions AS r ON v.region = r.region
SELECT region, title FROM care.visits JOIN care.regions USING (region)
SELECT * FROM care.visits NATURAL JOIN care.regions
SELECT r.title, v.cost FROM care.regions AS r LEFT JOIN care.visits AS v ON r.region = v.region AND v.cost > 8
SELECT r.title, v.cost FROM care.visits AS v RIGHT JOIN care.regions AS r USING (region)
SELECT * FROM care.visits AS v FULL JOIN care.regions AS r USING (region)
SELECT r.title FROM care.regions AS r SEMI JOIN care.visits AS v ON r.region = v.region
SELECT r.title FROM care.regions AS r ANTI JOIN care.visits AS v USING (region)
SELECT a.region, b.region FROM care.regions AS a, care.regions AS b WHERE a.people < b.people
SELECT a.id FROM (care.visits AS a JOIN care.regions AS r ON a.region = r.region) JOIN care.visits AS b ON a.id = b.id
WITH visits AS (SELECT * FROM care.visits WHERE cost > 3) SELECT region, count(*) FROM visits GROUP BY region
WITH visits AS (SELECT 1 AS x) SELECT v.x, w.region FROM visits AS v, care.visits AS w
WITH a AS (SELECT region, sum(cost) AS c FROM care.visits GROUP BY region), b AS (SELECT max(c) AS m FROM a) SELECT * FROM a, b
WITH c(x, y) AS MATERIALIZED (SELECT region, cost FROM care.visits) SELECT x, sum(y) FROM c GROUP BY x
SELECT region FROM care.visits WHERE cost > (SELECT avg(cost) FROM care.visits)
SELECT region, (SELECT title FROM care.regions AS r WHERE r.region = v.region LIMIT 1) FROM care.visits AS v
SELECT region FROM care.regions AS r WHERE EXISTS (SELECT 1 FROM care.visits AS v WHERE v.region = r.region AND v.units = 3)
SELECT region FROM care.regions WHERE region NOT IN (SELECT region FROM care.visits)
SELECT region FROM care.regions WHERE people >= ALL (SELECT units FROM care.visits)
SELECT region FROM care.visits WHERE (region, units) IN (SELECT region, people FROM care.regions)
SELECT region FROM care.visits UNION SELECT region FROM care.regions ORDER BY region
SELECT region, cost FROM care.visits EXCEPT ALL SELECT region, cost FROM care.visits WHERE cost > 5
SELECT region AS r FROM care.visits UNION ALL BY NAME SELECT title AS t FROM care.regions
(SELECT region FROM care.visits ORDER BY id LIMIT 3) UNION ALL (SELECT title FROM care.regions)
SELECT id, rank() OVER (PARTITION BY region ORDER BY cost DESC NULLS LAST, id) FROM care.visits
SELECT id, sum(cost) OVER w, lag(cost, 1) OVER w FROM care.visits WINDOW w AS (PARTITION BY region ORDER BY id)
SELECT id, avg(cost) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM care.visits
SELECT id, first_value(cost IGNORE NULLS) OVER (ORDER BY id) FROM care.visits
SELECT region, id FROM care.visits QUALIFY row_number() OVER (PARTITION BY region ORDER BY id) = 1
SELECT count(*) FILTER (WHERE cost > 5), count(DISTINCT region), sum(DISTINCT units) FROM care.visits
SELECT string_agg(code, ',' ORDER BY id), list(units ORDER BY id) FROM care.visits
SELECT CASE WHEN cost > 5 THEN 'high' WHEN cost IS NULL THEN 'none' ELSE 'low' END AS c, count(*) FROM care.visits GROUP BY c
SELECT CAST(cost AS VARCHAR), cost::INTEGER, TRY_CAST(phone AS INTEGER), CAST(units AS DECIMAL(10, 2)) FROM care.visits
SELECT day + INTERVAL 1 MONTH, day - INTERVAL '3' DAY, day + 7, day - DATE '2024-01-01' FROM care.visits
SELECT id FROM care.visits WHERE day >= DATE '2024-02-01' - INTERVAL '10' DAY AND day < DATE '2024-02-20'
SELECT id FROM care.visits WHERE day BETWEEN '2024-01-10' AND '2024-01-12'
SELECT extract(year FROM day), date_trunc('month', day), month(day), dayname(day), week(day), strftime(day, '%Y-%m') FROM care.visits
SELECT date_diff('day', DATE '2024-01-01', day), last_day(day), make_date(2024, month(day), 1), epoch(moment) FROM care.visits
SELECT upper(region), length(phone), substring(phone, 1, 3), phone[1], left(code, 1), replace(code, '1', 'x') FROM care.visits
SELECT region || '-' || units, concat_ws('/', region, code), lpad(code, 5, '0'), split_part(phone, '*', 1) FROM care.visits
SELECT trim(both 'R' FROM region), position('R' IN region), starts_with(phone, '138'), phone LIKE '138%', phone ILIKE '%1' FROM care.visits
SELECT regexp_matches(phone, '^13'), regexp_replace(region, 'R', 'Q'), regexp_extract(phone, '([0-9]+)', 1), phone ~ '8' FROM care.visits
SELECT round(cost, 1), floor(cost), ceil(cost), abs(units), sqrt(cost), ln(cost + 1), log10(cost + 10), cost ^ 2, units % 3, units // 2 FROM care.visits
SELECT amount * 2, amount + cost, amount * amount, units / 3, -units, units & 3, greatest(units, 3), coalesce(cost, 0.0) FROM care.visits
SELECT nullif(units, 3), ifnull(cost, -1), if(cost > 3, 1, 0), cost IS DISTINCT FROM 3, units NOT BETWEEN 2 AND 4 FROM care.visits
SELECT median(cost), quantile_cont(cost, 0.9), stddev(cost), corr(cost, units), mode(region), any_value(moment) FROM care.visits
SELECT arg_max(region, cost), min_by(id, id), bool_and(cost > 0), approx_count_distinct(region) FROM care.visits
SELECT cost AS a, a + 1 AS b FROM care.visits WHERE a > 3 ORDER BY b, id
SELECT i, x FROM range(3) AS r(i), unnest([1, 2]) AS u(x)
SELECT v.id, s.m FROM care.visits AS v, LATERAL (SELECT v.units * 2 AS m) AS s
SELECT s.n FROM (SELECT region, count(*) AS n FROM care.visits GROUP BY region) AS s WHERE s.n > 3
SELECT count(*) FROM (SELECT 1), (SELECT 2)
SELECT region, "count_star()" FROM (SELECT region, count(*) FROM care.visits GROUP BY region)
VALUES (1, 'a'), (2, 'b')
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(n, c) JOIN care.regions AS r ON r.people = t.n * 10
SELECT 1 + 1, 'it''s', NULL, TRUE, DATE '2024-01-01'
SELECT region FROM care.visits ORDER BY ALL LIMIT 5 OFFSET 2
SELECT f * 2 FROM care.events AS v(a,b,c,d,e,f) WHERE f > 3 AND b = 'R2'
SELECT region AS cost, cost AS region FROM care.events WHERE region = 'R2' ORDER BY cost, region
SELECT upper(region) AS region, count(*) FROM care.events GROUP BY upper(region) HAVING region = 'R2'
SELECT region AS units FROM care.events GROUP BY ALL HAVING units = 'R2'
SELECT a.region FROM care.events AS a WHERE a.units = (SELECT max(units) FROM care.events AS b WHERE b.region = a.region)
SELECT region FROM care.events AS care WHERE care.units > 3
SELECT (SELECT region FROM care.regions WHERE people = units LIMIT 1) FROM care.events
SELECT x.region FROM (SELECT region FROM care.regions) AS x WHERE EXISTS (SELECT 1 FROM care.events AS x WHERE x.region = 'R2')
SELECT (SELECT count(*) FROM care.events AS e WHERE e.region = r.region AND e.units = (SELECT max(people) FROM care.regions AS q WHERE q.region = r.region)) FROM care.regions AS r
SELECT * FROM care.regions AS a JOIN care.regions AS b USING (region) JOIN care.regions AS c USING (region)
SELECT region, a.people FROM care.regions a JOIN care.regions b USING (region, people) WHERE region <> 'R1' ORDER BY region
SELECT count(*) FROM care.regions a LEFT JOIN (care.regions b JOIN care.events e ON b.region = e.region) ON a.region = b.region
SELECT list(DISTINCT region ORDER BY region) FROM care.events
SELECT count(DISTINCT (region)), count(*) FILTER (region = 'R2') FROM care.events
SELECT sum(cost) OVER (PARTITION BY region ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM care.events
SELECT ntile(4) OVER (ORDER BY id), nth_value(id, 2) OVER (ORDER BY id), percent_rank() OVER (ORDER BY id) FROM care.events
SELECT DISTINCT ON (region) region, units FROM care.events ORDER BY region, units DESC, id
SELECT region FROM care.events GROUP BY region ORDER BY count(*) DESC, region LIMIT ALL
SELECT unnest(list(region)) FROM care.regions
SELECT region, unnest([1, 2]) FROM care.regions
SELECT * FROM care.regions, unnest([people, 1]) AS u(x)
SELECT cost FROM care.events WHERE cost = 5 OR cost IS NULL AND units IN (1, 2, NULL)
WITH a AS (SELECT 1 AS x), b AS (WITH a AS (SELECT 2 AS x) SELECT * FROM a) SELECT a.x, b.x FROM a, b
SELECT region FROM care.regions WHERE region IN ('R1', 'R2') INTERSECT SELECT region FROM care.events
(SELECT 1 AS a) UNION ALL (SELECT 2) ORDER BY a DESC LIMIT 1
SELECT 1 AS a UNION ALL SELECT 2 UNION SELECT 2 ORDER BY 1
SELECT "max(people)" FROM (SELECT max(people) FROM care.regions)
SELECT e.* FROM care.events e, care.regions r WHERE e.region = r.region AND r.people BETWEEN 10 AND 30
SELECT avg(x) FROM (SELECT sum(cost) AS x FROM care.events GROUP BY region HAVING count(*) > 3)
SELECT region, CASE region WHEN 'R1' THEN 1 WHEN 'R2' THEN 2 ELSE NULL END FROM care.regions
SELECT count(*) FROM care.events WHERE day = CURRENT_DATE OR moment < now()
SELECT region FROM care.regions ORDER BY CASE WHEN people > 20 THEN 0 ELSE 1 END, region DESC
SELECT count(*) c, sum(c) OVER () FROM care.events GROUP BY region
SELECT r.region, e.n FROM care.regions r LEFT JOIN LATERAL (SELECT count(*) AS n FROM care.events e WHERE e.region = r.region) e ON TRUE
SELECT TRUE AND NULL, NOT NULL, NULL = NULL
SELECT first(units ORDER BY id), last(units ORDER BY id), sum(units ORDER BY id) FROM care.events
SELECT quantile_cont(units, [0.25, 0.5]), histogram(units) FROM care.events
SELECT people::DECIMAL(18,2) / 7, people::FLOAT FROM care.regions
SELECT e.id FROM care.events e WHERE (e.region, e.units) = ('R2', 2)
SELECT max(id) FROM care.events HAVING max(id) > 3
SELECT region FROM care.events GROUP BY region, units HAVING units > (SELECT avg(units) FROM care.events)
SELECT -2 ^ 2, 2 ^ 3 ^ 2, 7 // 2 * 2, 1 - (2 - 3), NOT TRUE = FALSE, 'a' || 1 + 2, 1 = 1 IS NULL, 3 & 1 = 1, 1 << 2 + 1
SELECT NOT 'a' LIKE 'b', 'a' LIKE 'a' = TRUE, TRUE OR FALSE AND FALSE, (-1)::VARCHAR, 1 IN (1, 2) = TRUE, 8 >> 1 + 1
SELECT 'it''s' || 'a"b', 1e3, .5, 1.50, 10000000000000000000, '10' = 10, 'abc' ~ 'b', 'abc' !~ 'b', xor(5, 3)
SELECT count(*) FROM care.visits WHERE id = '5fe3aaa' OR phone LIKE '138%' ESCAPE '!'
SELECT sum(units * 2), sum(amount * units) FROM care.visits WHERE units * 2 > 3
SELECT lower(region) AS region, count(*) FROM care.regions GROUP BY lower(region)
SELECT v.x, units + 1 FROM care.events AS e(x) JOIN (SELECT 1.5 AS x) AS v USING (x) WHERE x = '1.5'
SELECT region, sum(cost) / count(*), 100.0 * sum(cost) / sum(sum(cost)) OVER () FROM care.visits GROUP BY region
""".strip().splitlines()

# Fail on a hidden row and on no other, wherever the optimiser could move them.
ORACLES = """
CAST(v.code AS INTEGER) >= 0
10 // (CASE WHEN v.units = 0 THEN 1 ELSE v.units END) >= 0
v.units + 1 > 0
v.units * 2 >= 0
v.amount * v.amount * v.amount * v.amount >= 0
1 // (length(v.code) - 10) < 5
substring(v.code, v.units) <> 'zz'
week(v.day) > 0
date_trunc('month', v.day) IS NOT NULL
CAST(v.day AS TIMESTAMP) IS NOT NULL
v.day + INTERVAL 1 DAY > v.day
epoch_ms(v.moment) > 0
list_extract([1, 2], v.units) IS NULL OR TRUE
chr(CAST(v.units AS INTEGER)) IS NOT NULL
round(v.units, -3) >= 0
list_transform(string_split(v.code, ' '), lambda x : CAST(x AS INTEGER))[1] >= 0
list_filter([v.units], lambda x : x + 1 > 0) IS NOT NULL
""".strip().splitlines()
PLACES = """
SELECT count(*) FROM care.events AS v WHERE {test}
SELECT count(*) FROM care.events AS v LEFT JOIN care.events AS w ON v.id = w.id + 5 WHERE {test}
SELECT count(*) FROM care.events AS v WHERE v.region IN (SELECT region FROM care.regions) AND {test}
SELECT count(*) FROM care.events AS v WHERE NOT EXISTS (SELECT 1 FROM care.events AS w WHERE w.id = v.id + 3) AND {test}
SELECT count(*) FROM care.events AS v JOIN care.regions AS r ON v.region = r.region AND {test}
SELECT count(*) FILTER (WHERE {test}) FROM care.events AS v GROUP BY v.region
SELECT {test}, v.region FROM care.events AS v ORDER BY 1, 2 LIMIT 3
SELECT DISTINCT {test} FROM care.events AS v
SELECT row_number() OVER (PARTITION BY {test} ORDER BY v.id) FROM care.events AS v
SELECT max(CASE WHEN {test} THEN 1 ELSE 0 END) FROM care.events AS v
WITH v AS (SELECT * FROM care.events) SELECT count(*) FROM v WHERE {test}
""".strip().splitlines()


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_answers_as_over_the_views(world: World, sql: str) -> None:
    answer = world.answer(sql)
    assert _rows(answer) == _rows(world.expected(sql))
    assert CANARY not in repr(answer)


@pytest.mark.parametrize("test", ORACLES)
def test_no_error_comes_from_a_hidden_row(world: World, test: str) -> None:
    for place in PLACES:
        sql = place.replace("{test}", test)
        assert _outcome(world.answer, sql) == _outcome(world.expected, sql), sql


def test_the_oracles_speak_where_there_is_no_barrier(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("golconda.gate.leaf.barrier.behind_barrier", lambda select: select)
    speaking = 0
    for sql in (place.replace("{test}", test) for test in ORACLES for place in PLACES):
        try:
            world.answer(sql)
        except duckdb.Error:
            speaking += 1
    assert speaking >= 5


@pytest.mark.parametrize("seed", range(40))
def test_random_queries_answer_as_over_the_views(world: World, seed: int) -> None:
    generator = _Generator(random.Random(seed))  # noqa: S311 a seed for every random thing
    for _ in range(8):
        sql = generator.query()
        assert _outcome(world.answer, sql) == _outcome(world.expected, sql), sql


def test_a_condition_that_is_a_column_by_itself_moves_below_the_barrier(world: World) -> None:
    table = world.tables["events"]
    shown = dataclasses.replace(table.obligations, columns=(*table.obligations.columns, "consent"))
    changed = dataclasses.replace(world, tables={"events": dataclasses.replace(table, obligations=shown)})
    sql = "SELECT sum(e.units + 1) FROM care.events AS e WHERE e.consent AND e.units < 3"
    assert '"consent") AND "units" < 3 OFFSET 0' in changed.compiled(sql).sql
    assert changed.answer(sql) == [(sum(i % 13 + 1 for i in range(400) if i % 7 and i % 6 and i % 13 < 3),)]


def test_what_can_fail_only_after_an_aggregation_needs_no_barrier(world: World) -> None:
    total = "sum(amount * units)"
    sql = (
        f"SELECT region, {total} AS s FROM care.events GROUP BY region "
        f"HAVING {total} > (SELECT {total} * 0.0001 FROM care.events)"
    )
    assert "OFFSET" not in world.compiled(sql).sql
    assert _rows(world.answer(sql)) == _rows(world.expected(sql))
    for late in (f"{total} OVER ()", "sum(CAST(code AS INTEGER))", "sum(units + 1)"):
        assert "OFFSET 0" in world.compiled(f"SELECT {late} FROM care.events").sql


def test_the_plan_names_the_tables_and_shows_no_key(world: World) -> None:
    plan = world.compiled("SELECT id FROM care.visits")
    assert str(plan.tables[0]) == "city.care.visits"
    assert plan.files == world.tables["visits"].files
    assert "parquet" not in plan.shown.lower()
    assert '"city"."care"."visits"' in plan.shown
    assert {name for name in plan.parameters if name.startswith("key")} == {"key_1_inner", "key_1_outer"}


def test_order_is_kept_where_the_reader_asks_for_one(world: World) -> None:
    sql = "SELECT id FROM care.visits ORDER BY cost DESC NULLS LAST, id"
    assert world.answer(sql) == world.expected(sql)


def _rows(rows: list[tuple[Any, ...]]) -> list[str]:
    return sorted(repr(tuple(_plain(value) for value in row)) for row in rows)


def _plain(value: Any) -> Any:
    """Return a value with floats rounded: sums differ in the last digit with the order of addition."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _outcome(run: Callable[[str], list[tuple[Any, ...]]], sql: str) -> Any:
    try:
        return _rows(run(sql))
    except (duckdb.Error, GolcondaError) as error:
        return "error" if CANARY not in str(error) else "a hidden value"


class _Generator:
    """A small grammar of queries over the world's tables; the same seed gives the same queries."""

    def __init__(self, choice: random.Random) -> None:
        self._choice = choice

    def query(self) -> str:
        kinds = (self._rows, self._groups, self._joined, self._nested, self._set, self._window)
        return self._choice.choice(kinds)()

    def _rows(self) -> str:
        return f"SELECT {self._value('v')} AS a, {self._value('v')} AS b FROM care.visits AS v WHERE {self._test('v')}"

    def _groups(self) -> str:
        key, having = self._value("v"), self._choice.choice(("count(*) > 3", "sum(v.cost) > 10", "min(v.units) < 4"))
        return (
            f"SELECT {key} AS k, count(*) AS n, {self._aggregate('v')} AS s FROM care.visits AS v "
            f"WHERE {self._test('v')} GROUP BY {key} HAVING {having}"
        )

    def _joined(self) -> str:
        join = self._choice.choice(("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"))
        return (
            f"SELECT r.title, {self._value('v')} AS a FROM care.visits AS v {join} care.regions AS r "
            f"ON v.region = r.region AND {self._test('v')} WHERE {self._test('v')} OR r.people > 20"
        )

    def _nested(self) -> str:
        return (
            f"SELECT x.k, max(x.a) FROM (SELECT {self._value('v')} AS a, v.region AS k FROM care.visits AS v "
            f"WHERE {self._test('v')}) AS x GROUP BY x.k"
        )

    def _set(self) -> str:
        word = self._choice.choice(("UNION", "UNION ALL", "EXCEPT", "INTERSECT"))
        tests = self._test("v"), self._test("w")
        return f"SELECT v.region, v.units FROM care.visits AS v WHERE {tests[0]} {word} SELECT w.region, w.units FROM care.visits AS w WHERE {tests[1]}"

    def _window(self) -> str:
        return (
            f"SELECT v.id, {self._aggregate('v')} OVER (PARTITION BY v.region ORDER BY v.id) AS s "
            f"FROM care.visits AS v WHERE {self._test('v')}"
        )

    def _value(self, alias: str) -> str:
        values = (
            "{}.region", "{}.phone", "{}.units", "{}.units + 1", "{}.units * 3", "{}.amount * 2", "length({}.phone)",
            "{}.day", "month({}.day)", "upper({}.region)", "coalesce({}.cost, 0.0)", "round({}.cost, 1)",
            "CASE WHEN {}.units > 5 THEN 'many' ELSE 'few' END", "{}.id", "left({}.code, 1)", "CAST({}.code AS BIGINT)",
        )  # fmt: skip
        return self._choice.choice(values).format(alias)

    def _aggregate(self, alias: str) -> str:
        values = (
            "sum({}.cost)",
            "avg({}.amount)",
            "max({}.day)",
            "count({}.cost)",
            "sum({}.units * 2)",
            "min({}.phone)",
        )
        return self._choice.choice(values).format(alias)

    def _test(self, alias: str) -> str:
        tests = (
            "{}.units > 4", "{}.cost < 6", "{}.region IN ('R2', 'R3', 'R9')", "{}.phone LIKE '138%'", "{}.cost IS NULL",
            "{}.day >= DATE '2024-01-20'", "{}.amount * 3 > 9", "10 // ({}.units + 1) > 1", "CAST({}.code AS INTEGER) > 5",
            "{0}.units BETWEEN 2 AND 9 AND {0}.cost IS NOT NULL", "NOT {}.units = 3", "{}.day = '2024-01-05'", "TRUE",
            "{}.region IN (SELECT region FROM care.regions WHERE people < 40)", "length({}.id) = 32",
        )  # fmt: skip
        return self._choice.choice(tests).format(alias)
