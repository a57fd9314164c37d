-- groups of too few units are left out
SELECT ward, count(*) AS n FROM care.patients GROUP BY ward;
SELECT "golconda groups"."golconda group 0" AS "ward", "golconda groups"."golconda aggregate 0" AS "n" FROM (SELECT "patients"."ward" AS "golconda group 0", COUNT(*) AS "golconda aggregate 0" FROM (SELECT "id", "patient", "ward", "age", "cost", "patient" AS "golconda unit" FROM (SELECT * FROM "city"."care"."patients")) AS "patients" GROUP BY "patients"."ward" HAVING COUNT(DISTINCT "patients"."golconda unit") >= 5 OFFSET 0) AS "golconda groups";

-- an aggregate of a column that may be missing counts who contributes
SELECT ward, avg(cost) AS c FROM care.patients GROUP BY ward HAVING c > 1 ORDER BY c LIMIT 3;
SELECT "golconda groups"."golconda group 0" AS "ward", "golconda groups"."golconda aggregate 0" AS "c" FROM (SELECT "patients"."ward" AS "golconda group 0", CASE WHEN COUNT(DISTINCT "patients"."golconda unit") FILTER(WHERE NOT (("patients"."cost") IS NULL)) >= 5 THEN AVG("patients"."cost") END AS "golconda aggregate 0" FROM (SELECT "id", "patient", "ward", "age", "cost", "patient" AS "golconda unit" FROM (SELECT * FROM "city"."care"."patients")) AS "patients" GROUP BY "patients"."ward" HAVING COUNT(DISTINCT "patients"."golconda unit") >= 5 OFFSET 0) AS "golconda groups" WHERE "c" > 1 ORDER BY "c" LIMIT 3;

-- a FILTER is a group of its own
SELECT count(*) FILTER (WHERE age > 20) AS n FROM care.patients;
SELECT "golconda groups"."golconda aggregate 0" AS "n" FROM (SELECT CASE WHEN COUNT(DISTINCT "patients"."golconda unit") FILTER(WHERE "patients"."age" > 20) >= 5 THEN COUNT(*) FILTER(WHERE "patients"."age" > 20) END AS "golconda aggregate 0" FROM (SELECT "id", "patient", "ward", "age", "cost", "patient" AS "golconda unit" FROM (SELECT * FROM "city"."care"."patients")) AS "patients" OFFSET 0) AS "golconda groups";

-- windows work on the released groups
SELECT ward, rank() OVER (ORDER BY count(*)) AS r FROM care.patients GROUP BY ward;
SELECT "golconda groups"."golconda group 0" AS "ward", RANK() OVER (ORDER BY "golconda groups"."golconda aggregate 0") AS "r" FROM (SELECT "patients"."ward" AS "golconda group 0", COUNT(*) AS "golconda aggregate 0" FROM (SELECT "id", "patient", "ward", "age", "cost", "patient" AS "golconda unit" FROM (SELECT * FROM "city"."care"."patients")) AS "patients" GROUP BY "patients"."ward" HAVING COUNT(DISTINCT "patients"."golconda unit") >= 5 OFFSET 0) AS "golconda groups";

-- each table of a join is counted
SELECT a.ward, count(*) AS n FROM care.patients AS a JOIN care.patients AS b ON a.patient = b.patient GROUP BY a.ward;
SELECT "golconda groups"."golconda group 0" AS "ward", "golconda groups"."golconda aggregate 0" AS "n" FROM (SELECT "a"."ward" AS "golconda group 0", COUNT(*) AS "golconda aggregate 0" FROM (SELECT "id", "patient", "ward", "age", "cost", "patient" AS "golconda unit" FROM (SELECT * FROM "city"."care"."patients")) AS "a" JOIN (SELECT "id", "patient", "ward", "age", "cost", "patient" AS "golconda unit" FROM (SELECT * FROM "city"."care"."patients")) AS "b" ON "a"."patient" = "b"."patient" GROUP BY "a"."ward" HAVING COUNT(DISTINCT "a"."golconda unit") >= 5 AND COUNT(DISTINCT "b"."golconda unit") >= 5 OFFSET 0) AS "golconda groups";
