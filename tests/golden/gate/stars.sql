-- * is V's columns in contract order
SELECT * FROM care.regions;
SELECT "regions"."region", "regions"."title", "regions"."people" FROM (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- EXCLUDE, REPLACE and RENAME are applied
SELECT * EXCLUDE (people) REPLACE (upper(title) AS title) RENAME (region AS code) FROM care.regions;
SELECT "regions"."region" AS "code", UPPER("regions"."title") AS "title" FROM (SELECT "region", "title" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- of one table
SELECT r.*, s.x FROM care.regions AS r, (SELECT 1 AS x) AS s;
SELECT "r"."region", "r"."title", "r"."people", "s"."x" FROM (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "r", (SELECT 1 AS "x") AS "s";

-- FROM first
FROM care.regions;
SELECT "regions"."region", "regions"."title", "regions"."people" FROM (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- a column that USING merged stands once
SELECT * FROM care.regions AS a JOIN care.regions AS b USING (region);
SELECT "region", "a"."title", "a"."people", "b"."title", "b"."people" FROM (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "a" JOIN (SELECT "region", "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "b" USING ("region");
