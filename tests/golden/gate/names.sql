-- bare names get their table
SELECT region, cost FROM care.visits WHERE units = 3;
SELECT "visits"."region", "visits"."cost" FROM (SELECT "region", "cost", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits" WHERE "visits"."units" = 3;

-- a name in other case is the column's own
SELECT REGION FROM Care.Visits AS V;
SELECT "V"."region" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "V";

-- parts before the table go
SELECT city.care.regions.title FROM city.care.regions;
SELECT "regions"."title" FROM (SELECT "title" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- an alias is left an alias
SELECT units AS u, u + 1 AS w FROM care.regions, (SELECT 1 AS units) AS s WHERE u = 1 ORDER BY w;
SELECT "s"."units" AS "u", "u" + 1 AS "w" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "regions", (SELECT 1 AS "units") AS "s" WHERE "u" = 1 ORDER BY "w";

-- USING leaves one column
SELECT region FROM care.events JOIN care.regions USING (region);
SELECT "region" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events" JOIN (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" USING ("region");

-- NATURAL is written out
SELECT title FROM care.events NATURAL JOIN care.regions;
SELECT "regions"."title" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events" JOIN (SELECT "region", "title" FROM (SELECT * FROM "city"."care"."regions")) AS "regions" USING ("region");

-- a CTE may hide a table
WITH regions AS (SELECT title AS x FROM care.regions) SELECT x FROM regions;
WITH "regions" AS (SELECT "regions"."title" AS "x" FROM (SELECT "title" FROM (SELECT * FROM "city"."care"."regions")) AS "regions") SELECT "regions"."x" FROM "regions";

-- an unnamed expression keeps the name the reader's text gives it
SELECT count(*), max(people) + 1 FROM care.regions;
SELECT COUNT(*) AS "count_star()", MAX("regions"."people") + 1 AS "max(people) + 1" FROM (SELECT "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- a constant day stays a day
SELECT count(*) FROM care.events WHERE day < DATE '2024-02-01' - INTERVAL '10' DAY;
SELECT COUNT(*) AS "count_star()" FROM (SELECT "day" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events" WHERE "events"."day" < CAST((CAST('2024-02-01' AS DATE) - INTERVAL '10' DAY) AS DATE);
