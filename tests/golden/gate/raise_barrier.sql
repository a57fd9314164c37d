-- where nothing can fail there is no barrier
SELECT region, cost * 2 FROM care.events WHERE length(code) > 1;
SELECT "events"."region", "events"."cost" * 2 AS "cost * 2" FROM (SELECT "region", "cost", "code" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events" WHERE LENGTH("events"."code") > 1;

-- whole numbers can overflow: a barrier
SELECT units + 1 FROM care.events;
SELECT "events"."units" + 1 AS "units + 1" FROM (SELECT "units" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz' OFFSET 0)) AS "events";

-- small decimals cannot
SELECT amount + 1 FROM care.events;
SELECT "events"."amount" + 1 AS "amount + 1" FROM (SELECT "amount" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events";

-- a text may be no number
SELECT count(*) FROM care.events WHERE CAST(code AS INT) > 3;
SELECT COUNT(*) AS "count_star()" FROM (SELECT "code" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz' OFFSET 0)) AS "events" WHERE CAST("events"."code" AS INT) > 3;

-- a scalar subquery may give two rows
SELECT (SELECT region FROM care.events LIMIT 1), (SELECT max(units) FROM care.events) FROM care.regions;
SELECT (SELECT "events"."region" FROM (SELECT "region", "units" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events" LIMIT 1) AS "(SELECT region FROM care.events LIMIT 1)", (SELECT MAX("events"."units") AS "max(units)" FROM (SELECT "region", "units" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events") AS "(SELECT max(units) FROM care.events)" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- nothing hidden, no barrier
SELECT people // 3 FROM care.regions;
SELECT "regions"."people" // 3 AS "people // 3" FROM (SELECT "people" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- a remainder by a constant cannot fail
SELECT units % 3 FROM care.events;
SELECT "events"."units" % 3 AS "units % 3" FROM (SELECT "units" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events";
