-- PIVOT is an aggregate with FILTER for each value
PIVOT care.visits ON region IN ('R2', 'R3') USING sum(cost) GROUP BY units;
SELECT "pivoted"."units", "pivoted"."R2", "pivoted"."R3" FROM (SELECT "visits"."units", SUM("visits"."cost") FILTER(WHERE "visits"."region" = 'R2') AS "R2", SUM("visits"."cost") FILTER(WHERE "visits"."region" = 'R3') AS "R3" FROM (SELECT "region", "cost", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits" GROUP BY "visits"."units") AS "pivoted";

-- PIVOT after a table
SELECT * FROM care.regions PIVOT (sum(people) AS s FOR region IN ('R1', 'R2' AS two) GROUP BY title) AS p;
SELECT "p"."title", "p"."R1_s", "p"."two_s" FROM (SELECT "regions"."title", SUM("regions"."people") FILTER(WHERE "regions"."region" = 'R1') AS "R1_s", SUM("regions"."people") FILTER(WHERE "regions"."region" = 'R2') AS "two_s" FROM (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" GROUP BY "regions"."title") AS "p";

-- UNPIVOT
SELECT k, sum(v) FROM care.visits UNPIVOT (v FOR k IN (cost, amount)) GROUP BY k;
SELECT "pivoted"."k", SUM("pivoted"."v") AS "sum(v)" FROM (SELECT "unpivoted"."id", "unpivoted"."region", "unpivoted"."phone", "unpivoted"."units", "unpivoted"."day", "unpivoted"."moment", "unpivoted"."code", "unpivoted"."k", "unpivoted"."v" FROM (SELECT "visits"."id", "visits"."region", "visits"."phone", "visits"."units", "visits"."day", "visits"."moment", "visits"."code", UNNEST(['cost', 'amount']) AS "k", UNNEST(["visits"."cost", "visits"."amount"]) AS "v" FROM (SELECT LEFT(SHA256($key_1_outer || UNHEX(SHA256($key_1_inner || ENCODE(CAST("id" AS TEXT))))), 32) AS "id", "region", CASE WHEN LENGTH("phone") >= 10 THEN LEFT("phone", 3) || REPEAT('*', LENGTH("phone") - 5) || RIGHT("phone", 2) ELSE REPEAT('*', LENGTH("phone")) END AS "phone", "cost", "amount", "units", "day", "moment", "code" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT) OFFSET 0)) AS "visits") AS "unpivoted" WHERE NOT ("unpivoted"."v" IS NULL)) AS "pivoted" GROUP BY "pivoted"."k";

-- values of PIVOT are written out
PIVOT care.visits ON region USING sum(cost);
refused sql-construct-refused;

-- COLUMNS of a pattern are V's
SELECT min(COLUMNS('cost|units|secret')) FROM care.visits;
SELECT MIN("visits"."cost") AS "cost", MIN("visits"."units") AS "units" FROM (SELECT "cost", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits";

-- COLUMNS in WHERE
SELECT region FROM care.regions WHERE COLUMNS(*) IS NOT NULL;
SELECT "regions"."region" FROM (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" WHERE (NOT "regions"."region" IS NULL) AND (NOT "regions"."title" IS NULL) AND (NOT "regions"."people" IS NULL);

-- EXCLUDE, REPLACE and RENAME with COLUMNS
SELECT COLUMNS(* EXCLUDE (title, region)) + 1 FROM care.regions;
SELECT "regions"."people" + 1 AS "people" FROM (SELECT "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- ASOF
SELECT v.id, r.title FROM care.visits v ASOF JOIN care.regions r ON v.region = r.region AND v.units >= r.people;
SELECT "v"."id", "r"."title" FROM (SELECT LEFT(SHA256($key_1_outer || UNHEX(SHA256($key_1_inner || ENCODE(CAST("id" AS TEXT))))), 32) AS "id", "region", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "v" ASOF JOIN (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "r" ON "v"."region" = "r"."region" AND "v"."units" >= "r"."people";

-- no condition moves to the right of ASOF
SELECT v.units + 1 FROM care.events v ASOF LEFT JOIN care.regions r ON v.units >= r.people WHERE r.people < 10;
SELECT "v"."units" + 1 AS "v.units + 1" FROM (SELECT "units" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz' OFFSET 0)) AS "v" ASOF LEFT JOIN (SELECT "people" FROM (SELECT * FROM "city"."care"."regions")) AS "r" ON "v"."units" >= "r"."people" WHERE "r"."people" < 10;

-- POSITIONAL tells of hidden rows' places
SELECT * FROM care.regions POSITIONAL JOIN care.visits;
refused sql-construct-refused;

-- lambdas
SELECT list_filter(list(units ORDER BY id), lambda u : u > 3) FROM care.visits;
SELECT LIST_FILTER(LIST("visits"."units" ORDER BY "visits"."id"), LAMBDA "u" : "u" > 3) AS "list_filter(list(units ORDER BY id), LAMBDA u : u > 3)" FROM (SELECT LEFT(SHA256($key_1_outer || UNHEX(SHA256($key_1_inner || ENCODE(CAST("id" AS TEXT))))), 32) AS "id", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT) OFFSET 0)) AS "visits";

-- a comprehension is a lambda's
SELECT [x FOR x IN [1, 2] IF x > 1];
refused sql-construct-refused;

-- QUALIFY
SELECT region FROM care.regions QUALIFY row_number() OVER (ORDER BY people DESC) <= 2;
SELECT "regions"."region" FROM (SELECT "region", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" QUALIFY ROW_NUMBER() OVER (ORDER BY "regions"."people" DESC) <= 2;

-- a lateral subquery
SELECT r.region, l.n FROM care.regions r, LATERAL (SELECT count(*) AS n FROM care.visits v WHERE v.region = r.region) l;
SELECT "r"."region", "l"."n" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "r", LATERAL (SELECT COUNT(*) AS "n" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "v" WHERE "v"."region" = "r"."region") AS "l";

-- USING
SELECT region, title FROM care.visits JOIN care.regions USING (region);
SELECT "region", "regions"."title" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits" JOIN (SELECT "region", "title" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" USING ("region");

-- NATURAL shows no column of ours
SELECT count(*) FROM care.visits NATURAL JOIN care.regions;
SELECT COUNT(*) AS "count_star()" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits" JOIN (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" USING ("region");

-- FROM first
FROM care.regions SELECT region WHERE people > 10;
SELECT "regions"."region" FROM (SELECT "region", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" WHERE "regions"."people" > 10;

-- GROUPING SETS
SELECT region, units, count(*) FROM care.visits GROUP BY GROUPING SETS ((region), (units), ());
SELECT "visits"."region", "visits"."units", COUNT(*) AS "count_star()" FROM (SELECT "region", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits" GROUP BY GROUPING SETS (("visits"."region"), ("visits"."units"), ());

-- ROLLUP and CUBE
SELECT region, count(*), grouping(region) FROM care.visits GROUP BY ROLLUP (region);
SELECT "visits"."region", COUNT(*) AS "count_star()", GROUPING("visits"."region") AS "grouping(region)" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits" GROUP BY ROLLUP ("visits"."region");

-- several tables, each by its own agreement
SELECT v.region, count(*) FROM care.visits v JOIN care.events e ON v.day = e.day JOIN care.regions r ON r.region = v.region GROUP BY ALL;
SELECT "v"."region", COUNT(*) AS "count_star()" FROM (SELECT "region", "day" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "v" JOIN (SELECT "region", "day" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "e" ON "v"."day" = "e"."day" JOIN (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "r" ON "r"."region" = "v"."region" GROUP BY ALL;

-- a CTE named like a table, and the table
WITH visits AS (SELECT region FROM care.regions) SELECT count(*) FROM visits JOIN care.visits AS v USING (region);
WITH "visits" AS (SELECT "regions"."region" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "regions") SELECT COUNT(*) AS "count_star()" FROM "visits" JOIN (SELECT "region" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "v" USING ("region");

-- other case
SELECT V.REGION FROM CARE.Visits AS v WHERE v.Units = 3;
SELECT "v"."region" FROM (SELECT "region", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "v" WHERE "v"."units" = 3;

-- other names for columns
SELECT t.a, t.title FROM care.regions AS t(a);
SELECT "t"."a", "t"."title" FROM (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "t"("a");

-- a table as a row value
SELECT r FROM care.regions AS r;
refused sql-construct-refused;

-- another version
SELECT * FROM care.regions AT (VERSION => 1);
refused sql-construct-refused;

-- range
SELECT i, region FROM range(3) AS r(i) JOIN care.regions ON people = i * 10;
SELECT "r"."i", "regions"."region" FROM RANGE(3) AS "r"("i") JOIN (SELECT "region", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" ON "regions"."people" = "r"."i" * 10;

-- not too much of it
SELECT count(*) FROM range(100000000);
refused sql-function-refused;

-- a sample
SELECT * FROM care.regions USING SAMPLE 2;
refused sql-construct-refused;

-- a column that is hidden
SELECT secret FROM care.visits;
refused column-unknown;

-- a table that is not there
SELECT 1 FROM care.nothing;
refused table-unknown;

-- a file
SELECT * FROM read_parquet('x.parquet');
refused sql-function-refused;

-- a function nobody has thought about
SELECT nosuchfunction(region) FROM care.regions;
refused sql-function-unknown;

-- a set operation by name
SELECT region FROM care.regions UNION ALL BY NAME SELECT units, region FROM care.visits;
SELECT "regions"."region" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" UNION ALL BY NAME SELECT "visits"."units", "visits"."region" FROM (SELECT "region", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits";

-- DISTINCT ON
SELECT DISTINCT ON (region) region, units FROM care.visits ORDER BY region, units, id;
SELECT DISTINCT ON ("visits"."region") "visits"."region", "visits"."units" FROM (SELECT LEFT(SHA256($key_1_outer || UNHEX(SHA256($key_1_inner || ENCODE(CAST("id" AS TEXT))))), 32) AS "id", "region", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits" ORDER BY "visits"."region", "visits"."units", "visits"."id";

-- window frames
SELECT sum(units) OVER (ORDER BY day RANGE BETWEEN INTERVAL 3 DAYS PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM care.visits;
SELECT SUM("visits"."units") OVER (ORDER BY "visits"."day" RANGE BETWEEN INTERVAL '3' DAYS PRECEDING AND CURRENT ROW EXCLUDE TIES) AS "sum(units) OVER (ORDER BY day RANGE BETWEEN INTERVAL '3' DA…" FROM (SELECT "units", "day" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT) OFFSET 0)) AS "visits";

-- a semi join shows the left side alone
SELECT * FROM care.regions r SEMI JOIN care.visits v ON r.region = v.region;
SELECT "r"."region", "r"."title", "r"."people" FROM (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "r" SEMI JOIN (SELECT "region" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "v" ON "r"."region" = "v"."region";

-- an escape that the engine tries on hidden values
SELECT count(*) FROM care.events WHERE code LIKE region ESCAPE '#';
refused sql-function-refused;
