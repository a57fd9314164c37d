-- conditions that cannot fail go below the barrier, and stay where they are
SELECT units * 2 FROM care.visits WHERE region = 'R2' AND units > 3;
SELECT "visits"."units" * 2 AS "units * 2" FROM (SELECT "region", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ((("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT)) AND "region" = 'R2') AND "units" > 3 OFFSET 0)) AS "visits" WHERE "visits"."region" = 'R2' AND "visits"."units" > 3;

-- not those on masked columns
SELECT units * 2 FROM care.visits WHERE phone LIKE '138%';
SELECT "visits"."units" * 2 AS "units * 2" FROM (SELECT CASE WHEN LENGTH("phone") >= 10 THEN LEFT("phone", 3) || REPEAT('*', LENGTH("phone") - 5) || RIGHT("phone", 2) ELSE REPEAT('*', LENGTH("phone")) END AS "phone", "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT) OFFSET 0)) AS "visits" WHERE "visits"."phone" LIKE '138%';

-- not those that can fail
SELECT count(*) FROM care.visits WHERE units + 1 > 3;
SELECT COUNT(*) AS "count_star()" FROM (SELECT "units" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT) OFFSET 0)) AS "visits" WHERE "visits"."units" + 1 > 3;

-- not into the side of an outer join that may be missing
SELECT r.title, v.units * 2 FROM care.regions AS r LEFT JOIN care.events AS v ON r.region = v.region WHERE v.cost IS NULL;
SELECT "r"."title", "v"."units" * 2 AS "v.units * 2" FROM (SELECT "region", "title" FROM (SELECT * FROM "city"."care"."regions")) AS "r" LEFT JOIN (SELECT "region", "cost", "units" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz' OFFSET 0)) AS "v" ON "r"."region" = "v"."region" WHERE "v"."cost" IS NULL;

-- from the condition of an inner join too
SELECT v.units * 2 FROM care.regions AS r JOIN care.events AS v ON r.region = v.region AND v.units < 5;
SELECT "v"."units" * 2 AS "v.units * 2" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "r" JOIN (SELECT "region", "units" FROM (SELECT * FROM "city"."care"."events" WHERE ("region" <> 'R9' OR "secret" = 'zz') AND "units" < 5 OFFSET 0)) AS "v" ON "r"."region" = "v"."region" AND "v"."units" < 5;
