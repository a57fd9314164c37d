-- FETCH FIRST is LIMIT
SELECT region FROM care.regions ORDER BY region FETCH FIRST 2 ROWS ONLY;
SELECT "regions"."region" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" ORDER BY "regions"."region" LIMIT 2;

-- VALUES is a select
VALUES (1), (2) ORDER BY 1 DESC LIMIT 1;
SELECT "rows"."col0" FROM (VALUES (1), (2)) AS "rows" ORDER BY 1 DESC LIMIT 1;

-- texts between dollars and with escapes are texts
SELECT $$it's$$, E'a\nb';
SELECT 'it''s' AS "'it''s'", 'a
b' AS "'a
b'";

-- WITHIN GROUP is an argument
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY units) FROM care.visits;
SELECT QUANTILE_CONT("visits"."units", 0.5) AS "quantile_cont(units, 0.5)" FROM (SELECT "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT) OFFSET 0)) AS "visits";

-- a method is a call
SELECT title.upper() FROM care.regions;
SELECT UPPER("regions"."title") AS "upper(title)" FROM (SELECT "title" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- current_date() is a day
SELECT current_date() = current_date;
SELECT current_date() = current_date() AS "current_date() = current_date()";

-- LATERAL unnest needs no LATERAL
SELECT region, x FROM care.regions r, LATERAL unnest([1, people]) AS u(x);
SELECT "r"."region", "u"."x" FROM (SELECT "region", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "r" JOIN UNNEST([1, "r"."people"]) AS "u"("x") ON TRUE;

-- brackets around a table go
SELECT x.region FROM (care.regions AS x) JOIN (care.visits) USING (region);
SELECT "x"."region" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "x" JOIN (SELECT "region" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits" USING ("region");

-- a place to order by is its number
SELECT region FROM care.regions ORDER BY #1 LIMIT 3;
SELECT "regions"."region" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" ORDER BY 1 LIMIT 3;

-- a pattern beside a star is COLUMNS
SELECT * ILIKE 'RE%' FROM care.regions;
SELECT "regions"."region" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- an escape beyond the plainest is refused
SELECT E'\x41';
refused sql-construct-refused;
