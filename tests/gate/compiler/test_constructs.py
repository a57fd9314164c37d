"""Ways of writing that become another query: each answers as over the views, or says what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from golconda.kernel.errors import GolcondaError
from golconda.testing.views import CANARY

if TYPE_CHECKING:
    from golconda.testing.views import World

SPELLINGS = r"""
SELECT E'a\nb\t\'c\\d\r', e'it''s', region || E'\n' FROM care.regions
SELECT $$a\nb$$, $tag$it's $$ here$tag$, 'a\nb'
SELECT 1_000_000, 1_000.5, .5, 5., 1e3, 1E-3, -9223372036854775808, 170141183460469231731687303715884105727
SELECT region AS "名字", people AS "a""b", title AS "x y;--", 1 AS "select" FROM care.regions
SELECT "名".region FROM care.regions AS "名" WHERE "名"."region" = 'R1' -- ; SELECT 2
SELECT /* a /* nested */ b */ region FROM care.regions
SELECT INTERVAL 1 DAY, INTERVAL '1' DAY, INTERVAL '1 day 2 hours', INTERVAL (1 + 1) DAY, '1 day'::INTERVAL
SELECT (moment AT TIME ZONE 'UTC') AT TIME ZONE 'Asia/Shanghai', day + INTERVAL (units) DAY FROM care.visits
SELECT cost IS DISTINCT FROM 1, cost IS NOT DISTINCT FROM NULL, cost ISNULL, (cost > 3) IS UNKNOWN FROM care.visits
SELECT sum(units) OVER (ORDER BY day RANGE BETWEEN INTERVAL 3 DAYS PRECEDING AND CURRENT ROW) FROM care.visits
SELECT sum(units) OVER (w ORDER BY id ROWS 2 PRECEDING) FROM care.visits WINDOW w AS (PARTITION BY region)
SELECT count(*) FILTER (WHERE units > 3), sum(units) FILTER (units > 3) FROM care.visits
SELECT DISTINCT ON (region) region, units FROM care.visits ORDER BY region, units, id
SELECT (people, region) IN ((10, 'R1'), (2, 'R')), people > ALL (SELECT 5), people = SOME (SELECT 10) FROM care.regions
SELECT region, units, count(*) FROM care.visits GROUP BY ALL ORDER BY ALL DESC NULLS LAST
SELECT region FROM care.regions UNION SELECT region FROM care.visits EXCEPT SELECT 'R2' INTERSECT SELECT 'R1'
SELECT people ** 2, people ^ 2, people // 3, people % 3, ~people, people & 3, people | 3, people << 2 FROM care.regions
SELECT region FROM care.regions WHERE region ~~ 'R%' AND region !~~ 'R2' AND region ~ 'R[12]' AND region GLOB 'R*'
WITH a AS (VALUES (1)), b(x) AS (SELECT * FROM a) SELECT x FROM b
SELECT * FROM unnest([5, 6]) WITH ORDINALITY AS t(x, o)
SELECT o, x FROM care.regions r, unnest([people, 6]) WITH ORDINALITY AS t(x, o)
SELECT region, x FROM care.regions r, LATERAL unnest([1, people]) AS u(x)
SELECT region, x FROM care.regions r CROSS JOIN LATERAL unnest([1, people]) AS u(x)
SELECT count(*) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) FROM care.visits
SELECT count(*) OVER (ORDER BY units GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) FROM care.visits
SELECT region FROM care.regions ORDER BY region FETCH FIRST 2 ROWS ONLY
SELECT l[1:2], l[2:], l[:1], l[1:-1], l[-1] FROM (SELECT list(region ORDER BY region) AS l FROM care.regions)
SELECT title[2:4], title[2:], phone[-2:] FROM care.regions, care.visits
SELECT title.upper(), region.lower().upper(), r.title.length(), (people + 1).greatest(3) FROM care.regions AS r
SELECT v.units.greatest(w.units) FROM care.visits v JOIN care.visits w USING (id)
SELECT people.sum() FROM care.regions
SELECT region FROM care.regions ORDER BY #1 LIMIT 3
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY cost), mode() WITHIN GROUP (ORDER BY region) FROM care.visits
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY units) FROM care.visits
TABLE care.regions
VALUES (1), (2) ORDER BY 1 DESC LIMIT 1
SELECT * FROM (care.regions)
SELECT x.region FROM (care.regions AS x)
SELECT y.region FROM (care.regions AS x) AS y
SELECT x.region FROM (care.regions AS x) JOIN (care.visits) USING (region)
SELECT j.title, j.title_1 FROM (care.regions AS a JOIN care.regions AS b USING (region)) AS j
SELECT $$it's$$
SELECT current_date, current_timestamp IS NULL, localtimestamp IS NULL, current_date() = today()
""".strip().splitlines()

JOINS = """
SELECT v.id, r.title FROM care.visits v ASOF JOIN care.regions r ON v.region = r.region AND v.units >= r.people
SELECT id FROM care.visits ASOF JOIN (SELECT region, people AS units FROM care.regions) USING (region, units)
SELECT v.units + 1 FROM care.events v ASOF LEFT JOIN care.regions r ON v.units >= r.people WHERE r.people < 10
SELECT sum(v.units + 1) FROM care.regions r ASOF JOIN care.events v ON r.people >= v.units WHERE v.units < 5
""".strip().splitlines()

LAMBDAS = """
SELECT list_transform([1, 2], lambda x : x + people) FROM care.regions
SELECT list_filter(list(units ORDER BY id), lambda u : u > 3) FROM care.visits
SELECT list_reduce([1, 2, 3], lambda x, y : x + y), list_transform([1, 2], lambda x, i : x + i)
SELECT list_transform([people], lambda people : people * 2) FROM care.regions
SELECT list_transform([[1, 2], [3]], lambda x : list_transform(x, lambda y : y + len(x)))
""".strip().splitlines()

COLUMNS = r"""
SELECT COLUMNS(*) FROM care.regions
SELECT min(COLUMNS(*)) FROM care.visits
SELECT COLUMNS('^re') FROM care.regions
SELECT COLUMNS('(t)itle') AS 'x\1' FROM care.regions
SELECT min(COLUMNS(*)) AS "least_\0" FROM care.regions
SELECT COLUMNS(['region', 'people']) FROM care.regions
SELECT r.region, COLUMNS(v.*) FROM care.regions r JOIN care.visits v USING (region)
SELECT COLUMNS(* EXCLUDE (title, region)) + 1 FROM care.regions
SELECT COLUMNS(* REPLACE (people * 2 AS people)) FROM care.regions
SELECT upper(COLUMNS('t|r')) || '!' FROM care.regions
SELECT COLUMNS('peo') + COLUMNS('peo') FROM care.regions
SELECT * LIKE 're%' FROM care.regions
SELECT * NOT LIKE 're%' FROM care.regions
SELECT * ILIKE 'RE%' FROM care.regions
SELECT r.* SIMILAR TO 're.*' FROM care.regions r
SELECT * EXCLUDE (region) LIKE '%e%' FROM care.regions
SELECT region FROM care.regions WHERE COLUMNS(*) IS NOT NULL
SELECT region FROM care.regions WHERE COLUMNS('region|title') LIKE '%1' OR people > 30
SELECT sum(COLUMNS('cost|units')) OVER (PARTITION BY region) FROM care.visits
SELECT region, sum(COLUMNS('cost|units')) FROM care.visits GROUP BY region
SELECT (SELECT max(COLUMNS('people')) FROM care.regions) FROM care.regions
SELECT people * COLUMNS('people') FROM care.regions
""".strip().splitlines()

DESCRIPTIONS = """
DESCRIBE care.regions
DESC care.patients;
DESCRIBE SELECT region, count(*) AS n, sum(units + 1) AS s FROM care.visits GROUP BY region
DESCRIBE FROM care.regions
DESCRIBE SELECT ward, count(*) AS n FROM care.patients GROUP BY ward
SUMMARIZE care.visits
SUMMARIZE care.events
SUMMARIZE SELECT region, cost FROM care.visits WHERE units > 3
SELECT * FROM (DESCRIBE care.regions)
SELECT x FROM (DESCRIBE care.regions) AS d(x)
SELECT column_name, max FROM (SUMMARIZE care.regions)
SELECT * FROM (DESCRIBE care.regions) d JOIN care.regions r ON d.column_name = 'region'
SELECT column_name, ordinal_position FROM information_schema.columns WHERE table_name = 'visits'
SELECT column_name FROM information_schema.columns WHERE column_name IN ('secret', 'consent', 'golconda unit')
SELECT column_name FROM information_schema.tables JOIN information_schema.COLUMNS USING (table_name) WHERE FALSE
SELECT DISTINCT information_schema.columns.table_name FROM information_schema.columns WHERE table_schema = 'care'
""".strip().splitlines()

PIVOTS = """
SELECT * FROM care.visits PIVOT (sum(cost) FOR region IN ('R2', 'R3') GROUP BY units)
FROM (SELECT region, cost FROM care.visits) PIVOT (sum(cost) AS s, count(*) AS n FOR region IN ('R2' AS two, 'R3'))
FROM care.visits PIVOT (sum(cost) FOR region IN ('R2', 'R3') GROUP BY units)
SELECT p.units, p."R2" FROM care.visits PIVOT (max(cost) FOR region IN ('R2', 'R3') GROUP BY units) AS p
SELECT a, b FROM (SELECT region, cost FROM care.visits) PIVOT (sum(cost) FOR region IN ('R2', 'R3')) AS p(a, b)
SELECT * FROM care.regions PIVOT (sum(people), count(*) FOR region IN ('R1', 'R2') title IN ('Region 1'))
SELECT "R2" FROM care.regions JOIN (FROM care.visits PIVOT (sum(cost) FOR region IN ('R2') GROUP BY units)) ON TRUE
PIVOT care.visits ON region IN ('R2', 'R3') USING sum(cost) GROUP BY units
PIVOT care.visits ON region IN ('R2', 'R,3'), units IN (1, 2) USING sum(cost), count(*) GROUP BY code ORDER BY 1;
PIVOT care.regions ON region IN ('R1', 'R2')
PIVOT (SELECT region, people FROM care.regions WHERE people > 3) ON region IN ('R1', 'R2') USING sum(people)
PIVOT care.regions ON (people > 20) IN (true, false) USING count(*) GROUP BY region
PIVOT care.events ON code::INTEGER IN (1, 2) USING sum(units + 1) GROUP BY region
UNPIVOT care.visits ON cost, amount INTO NAME k VALUE v
UNPIVOT care.visits ON cost
SELECT * FROM (SELECT id, cost, units AS amount FROM care.visits) UNPIVOT (v FOR k IN (cost, amount))
SELECT * FROM care.visits UNPIVOT INCLUDE NULLS (v FOR k IN (cost, amount AS 'x')) AS u
SELECT k, sum(v) FROM care.visits UNPIVOT (v FOR k IN (cost, amount)) GROUP BY k
""".strip().splitlines()

REFUSED = r"""
SELECT E'\x41'
SELECT E'a\qb'
SELECT CAST(1 AS UUID)
SELECT CAST([1, 2] AS VARCHAR[])
SELECT current_time
SELECT INTERVAL '1-2' YEAR TO MONTH
SELECT region COLLATE NOCASE FROM care.regions
SELECT {'a': region} FROM care.regions
SELECT [x * 2 FOR x IN [1, 2, 3] IF x > 1]
SELECT "R1" FROM (PIVOT care.regions ON region IN ('R1', 'R2') USING sum(people))
SELECT region FROM care.regions LIMIT 50%
SELECT region FROM care.regions LIMIT 50 PERCENT
SELECT region FROM care.regions ORDER BY region FETCH FIRST 2 ROWS WITH TIES
SELECT region FROM care.regions LIMIT (1 + 1)
SELECT region FROM care.regions USING SAMPLE 10%
SELECT region FROM care.regions TABLESAMPLE reservoir(3)
SELECT region FROM care.regions AT (VERSION => 1)
SELECT r FROM care.regions AS r
SELECT count(regions) FROM care.regions
SELECT array(SELECT region FROM care.regions)
SELECT upper(SELECT region FROM care.regions)
SELECT #1 FROM care.regions
SELECT * FROM care.regions AS a POSITIONAL JOIN care.regions AS b
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY cost DESC) FROM care.visits
SELECT try(CAST(title AS INTEGER)) FROM care.regions
SELECT * FROM unnest([5, 6]) WITH ORDINALITY
SELECT coalesce(*COLUMNS(*)) FROM care.regions
SELECT coalesce(1, *COLUMNS(*)) FROM care.regions
SELECT *COLUMNS(*) FROM care.regions
SELECT * REPLACE (COLUMNS(*) AS region) FROM care.regions
SELECT COLUMNS('(') FROM care.regions
SELECT COLUMNS('secret') FROM care.visits
SELECT COLUMNS('golconda') FROM care.patients
SELECT COLUMNS(lambda c : c LIKE 'r%') FROM care.regions
SELECT region FROM care.regions ORDER BY COLUMNS(*)
SELECT region FROM care.regions GROUP BY COLUMNS(*)
SELECT min(COLUMNS('t')), max(COLUMNS('t')) + COLUMNS('r') FROM care.regions
PIVOT care.visits ON region USING sum(cost)
PIVOT care.visits
UNPIVOT care.visits
SELECT * FROM care.visits PIVOT (sum(cost) FOR region IN (SELECT region FROM care.regions))
SELECT * FROM care.visits UNPIVOT ((a, b) FOR k IN ((cost, amount)))
SHOW x
DESCRIBE care.regions AS x
DESCRIBE care.regions WHERE people > 3
DESCRIBE range(3)
SUMMARIZE DESCRIBE care.regions
SELECT (DESCRIBE care.regions)
SELECT upper((SUMMARIZE care.regions))
""".strip().splitlines()


@pytest.mark.parametrize("sql", [*SPELLINGS, *PIVOTS, *JOINS, *LAMBDAS])
def test_another_way_of_writing_answers_as_over_the_views(world: World, sql: str) -> None:
    answer = world.answer(sql)
    assert _rows(answer) == _rows(world.expected(sql))
    assert CANARY not in repr(answer)


@pytest.mark.parametrize("sql", DESCRIPTIONS)
def test_a_description_is_that_of_the_view(world: World, sql: str) -> None:
    answer = world.answer(sql)
    assert _rows(answer) == _rows(world.expected(sql))
    assert CANARY not in repr(answer)


def test_a_summary_runs_behind_the_barrier(world: World) -> None:
    assert "OFFSET 0" in world.compiled("SUMMARIZE care.events").sql


@pytest.mark.parametrize("sql", COLUMNS)
def test_columns_by_pattern_are_those_of_the_view(world: World, sql: str) -> None:
    plan = world.compiled(sql)
    answer, expected = world.governed.execute(plan.sql, dict(plan.parameters)), world.views.execute(sql)
    assert [column[0] for column in answer.description or ()] == [column[0] for column in expected.description or ()]
    assert _rows(answer.fetchall()) == _rows(expected.fetchall())


@pytest.mark.parametrize("sql", REFUSED)
def test_what_cannot_be_answered_says_what_to_write_instead(world: World, sql: str) -> None:
    with pytest.raises(GolcondaError) as caught:
        world.compiled(sql)
    assert caught.value.code in ("sql-construct-refused", "sql-function-refused")
    assert len(caught.value.hint) > 10


def _rows(answer: list[tuple[Any, ...]]) -> list[str]:
    return sorted(repr(tuple(map(_plain, row))) for row in answer)


def _plain(value: Any) -> Any:
    """Return a value with floats rounded: sums differ in the last digit with the order of addition."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


def test_a_recursion_is_not_asked_of_spark(world: World) -> None:
    recursion = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r"
    with pytest.raises(GolcondaError) as caught:
        world.compiled(recursion, "spark")
    assert caught.value.code == "engine-differs"
    assert "WITH RECURSIVE" in caught.value.message
