"""What Spark answers is what DuckDB answers, whatever the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hard_values import table

from golconda.engine.spark.calls import AGGREGATES, SCALAR, WINDOWED

if TYPE_CHECKING:
    from both import Both

    from golconda.gate.protected import ProtectedTable

pytestmark = [pytest.mark.slow, pytest.mark.spark]

# Each must give the same for every row of a table of values that hurt.
EXPRESSIONS = """
i, j, x, y, m, n, s, u, d, e, t, z, b, k
length(s), len(s), char_length(s), character_length(s)
trim(s), ltrim(s), rtrim(s)
replace(s, 'a', u), replace(s, u, 'x'), replace(s, '', 'y')
concat(s, u), concat(s, NULL, 'x'), concat(s), s || u || '-'
starts_with(s, u), prefix(s, 'a'), ends_with(s, u), suffix(s, 'b'), contains(s, u), contains(s, '%')
strpos(s, u), instr(s, ''), strpos(s, 'a')
substring(s, 1, 2), substring(s, 2), substr(s, 3, 0), left(s, 2), right(s, 3), left(s, 0), right(s, 0)
substring(s FROM 2 FOR 3), position('a' IN s), trim(s), extract(year FROM d)
md5(s), sha256(s)
coalesce(s, u, 'none'), coalesce(i, 0), ifnull(m, 0.00), nullif(i, 1), nullif(s, u)
greatest(i, j), least(i, j), greatest(x, y), least(x, y), greatest(s, u), least(d, e), greatest(m, 1.5)
CASE WHEN i > 0 THEN s ELSE u END, CASE g WHEN 'r1' THEN 1 WHEN 'r2' THEN 2 END, if(b, i, j)
i + j, i - j, i * j, i + 1, -i, i % j, i // j, -7 // j, i % 7, -i % 3
m + n, m - n, m * n, m + 1, m * 0.05, i + m, m * 2, -m, 1.00 - m
x + y, x - y, x * y, x + i, x * m, -x
i / j, i / 0, m / n, x / y, x / 0, m / 3, i / 2.5, 1 / x
abs(m), abs(x), abs(j), sign(i), sign(m), sqrt(x), sqrt(i)
floor(x), ceil(x), ceiling(y), floor(m), ceil(n), ceil(i)
round(x), round(x, 2), round(y, 1), round(x, -2), round(m), round(m, 1), round(n, 3), round(m, -1), round(i, -2)
year(d), month(d), day(d), quarter(d), dayofyear(d), week(d), dayofweek(d), isodow(d), weekday(d), dayofmonth(d)
year(t), month(t), day(t), hour(t), minute(t), second(t), date_part('year', t), date_part('dow', d)
date_trunc('month', d), date_trunc('year', t), date_trunc('quarter', e), date_trunc('week', t), date_trunc('day', t)
d + 1, d - 30, d - e, e + INTERVAL 3 MONTH, e - INTERVAL 1 DAY, t + INTERVAL 90 MINUTE, e + INTERVAL '1' YEAR
t - INTERVAL 2 WEEK, DATE '2024-01-31' + INTERVAL 1 MONTH
CAST(i AS VARCHAR), CAST(i AS DOUBLE), CAST(j AS INTEGER), CAST(j AS DECIMAL(20, 2)), CAST(b AS INTEGER), CAST(b AS VARCHAR)
CAST(m AS BIGINT), CAST(m AS DOUBLE), CAST(m AS DECIMAL(20, 4)), CAST(m AS DECIMAL(14, 1)), CAST(d AS VARCHAR), CAST(t AS DATE)
CAST(d AS TIMESTAMP), TRY_CAST(i AS INTEGER), TRY_CAST(m AS DECIMAL(6, 2)), CAST(NULL AS BIGINT), CAST('7' AS BIGINT)
CAST(CASE WHEN abs(x) < 1e15 THEN x END AS BIGINT), CAST(d AS DATE)
i = j, i <> j, x < y, x = y, x >= y, m > n, m = 2.5, s < u, s = u, s <> 'a', d < e, d >= '2000-01-01', t > '2000-01-01 00:00:00'
d BETWEEN '1960-01-01' AND DATE '2000-01-01', i BETWEEN 0 AND 10, i IN (1, 2, NULL), s IN ('a', '\\', ''), d IN ('1970-01-01')
i IS NULL, s IS NOT NULL, b IS TRUE, s IS DISTINCT FROM u, i IS NOT DISTINCT FROM j, b AND i > 0, b OR x > 0, NOT b
s LIKE 'a%', s LIKE '%\\%', s LIKE '_', s LIKE '%', s NOT LIKE '%b', s LIKE 'a\\%b', s LIKE '%#%', s LIKE ''
'it''s', '\\', '$$', '王 💥', '', ':x', 1e150, 0.05, 12345678901234567890
"""

# Over many rows.
QUERIES = """
SELECT count(*), count(i), count(DISTINCT s), count(DISTINCT i) FROM hard
SELECT sum(i), sum(m), sum(n), sum(DISTINCT j), sum(i * 2), sum(m * n) FROM hard
SELECT avg(i), avg(m), avg(n), avg(j), avg(DISTINCT j), mean(m) FROM hard
SELECT sum(y), avg(y), sum(x / 3) FROM hard WHERE abs(y) < 1e6 AND abs(x) < 1e6
SELECT min(i), max(i), min(x), max(x), min(s), max(s), min(d), max(t), min(m), max(z), min(b), max(b) FROM hard
SELECT stddev(j), stddev_samp(m), stddev_pop(j), variance(m), var_samp(j), var_pop(m) FROM hard
SELECT bool_and(b), bool_or(b), count_if(i > 0), countif(b) FROM hard
SELECT g, count(*), sum(m) FILTER (WHERE i > 0), avg(m) FILTER (WHERE b) FROM hard GROUP BY g ORDER BY g
SELECT g, b, sum(j), avg(j) FROM hard GROUP BY g, b ORDER BY g DESC, b NULLS FIRST
SELECT g, sum(j) AS total FROM hard GROUP BY g HAVING sum(j) > 10 ORDER BY total DESC
SELECT g, b, count(*) FROM hard GROUP BY GROUPING SETS ((g), (b), (g, b)) ORDER BY g, b, count(*)
SELECT x, count(*) FROM hard GROUP BY x ORDER BY x
SELECT x FROM hard ORDER BY x DESC, id
SELECT s FROM hard ORDER BY s, id
SELECT DISTINCT s FROM hard ORDER BY s
SELECT i, d FROM hard ORDER BY d DESC NULLS FIRST, i NULLS FIRST, id LIMIT 20 OFFSET 5
SELECT id, row_number() OVER (ORDER BY id), rank() OVER (ORDER BY g), dense_rank() OVER (ORDER BY g) FROM hard ORDER BY id
SELECT id, percent_rank() OVER (ORDER BY j), cume_dist() OVER (ORDER BY j), ntile(7) OVER (ORDER BY id) FROM hard ORDER BY id
SELECT id, lag(i) OVER (ORDER BY id), lead(s, 2) OVER (PARTITION BY g ORDER BY id), lag(i, 1, 0) OVER (ORDER BY id) FROM hard ORDER BY id
SELECT id, first_value(s) OVER (PARTITION BY g ORDER BY id), last_value(s) OVER (PARTITION BY g ORDER BY id) FROM hard ORDER BY id
SELECT id, sum(j) OVER (PARTITION BY g ORDER BY id), avg(m) OVER (PARTITION BY g), count(*) OVER () FROM hard ORDER BY id
SELECT id, sum(j) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), min(i) OVER w FROM hard WINDOW w AS (PARTITION BY g) ORDER BY id
SELECT a.id, b.s FROM hard a JOIN hard b ON a.id = b.id + 1 ORDER BY a.id
SELECT a.id, b.s FROM hard a LEFT JOIN (SELECT * FROM hard WHERE i > 0) b USING (id) ORDER BY id
SELECT coalesce(a.id, b.id + 1000) AS k, b.s FROM (SELECT * FROM hard WHERE b) a FULL JOIN (SELECT * FROM hard WHERE i > 0) b ON a.id = b.id ORDER BY k
SELECT id FROM hard a SEMI JOIN (SELECT * FROM hard WHERE b) c ON a.j = c.j ORDER BY id
SELECT id FROM hard a ANTI JOIN (SELECT * FROM hard WHERE b) c ON a.j = c.j ORDER BY id
SELECT count(*) FROM hard a CROSS JOIN (SELECT DISTINCT g FROM hard) b
SELECT id FROM hard WHERE i > (SELECT avg(i) FROM hard) ORDER BY id
SELECT id FROM hard a WHERE EXISTS (SELECT 1 FROM hard b WHERE b.id = a.id + 1 AND b.b) ORDER BY id
SELECT id FROM hard WHERE j IN (SELECT j FROM hard WHERE b AND j IS NOT NULL) ORDER BY id
SELECT id FROM hard WHERE j NOT IN (SELECT j FROM hard WHERE b) ORDER BY id
SELECT g FROM hard UNION SELECT u FROM hard ORDER BY 1
SELECT g FROM hard UNION ALL SELECT s FROM hard ORDER BY 1
SELECT g FROM hard INTERSECT SELECT u FROM hard ORDER BY 1
SELECT j FROM hard EXCEPT SELECT i FROM hard ORDER BY 1
WITH c AS MATERIALIZED (SELECT g, sum(j) AS t FROM hard GROUP BY g) SELECT c.*, t * 2 AS twice FROM c ORDER BY g
SELECT g, count(*) AS "a `b` c" FROM hard GROUP BY 1 ORDER BY 1
SELECT 1 AS a, 2 AS a FROM hard LIMIT 1
SELECT count(*) FROM hard WHERE s = 'it''s' OR s = '\\' OR u LIKE '%''%'
"""


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> ProtectedTable:
    return table(tmp_path_factory.mktemp("hard"))


def test_every_type_and_function_of_a_row_means_the_same(both: Both, hard: ProtectedTable) -> None:
    wanted = ", ".join(EXPRESSIONS.strip().splitlines())
    assert both.differing(f"SELECT {wanted} FROM hard ORDER BY id", hard) == []


@pytest.mark.parametrize("sql", QUERIES.strip().splitlines())
def test_queries_of_many_rows_mean_the_same(both: Both, hard: ProtectedTable, sql: str) -> None:
    assert both.differing(sql, hard) == []


def test_every_portable_function_is_tried() -> None:
    tried = (EXPRESSIONS + QUERIES).lower()
    of_masks = {"encode", "unhex", "nfc_normalize", "repeat"}
    parts = {"doy", "weekofyear", "dow", "datepart", "datetrunc", "hour", "minute", "second"}
    names = {*SCALAR, *AGGREGATES, *WINDOWED} - of_masks - parts
    assert [name for name in sorted(names) if f"{name}(" not in tried] == []
