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

-- days between two days, whatever they are
SELECT region, date_diff('day', day, DATE '2024-01-01') FROM care.events WHERE DATE '2024-01-01' - day > 3;
SELECT "events"."region", DATE_DIFF('day', "events"."day", CAST('2024-01-01' AS DATE)) AS "date_diff('day', day, CAST('2024-01-01' AS DATE))" FROM (SELECT "region", "day" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events" WHERE CAST('2024-01-01' AS DATE) - "events"."day" > 3;

-- decimals rounded, and cast to what has room for their digits
SELECT round(amount, 1), floor(amount), CAST(amount AS BIGINT) FROM care.events;
SELECT ROUND("events"."amount", 1) AS "round(amount, 1)", FLOOR("events"."amount") AS "floor(amount)", CAST("events"."amount" AS BIGINT) AS "CAST(amount AS BIGINT)" FROM (SELECT "amount" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events";

-- a regular expression written out
SELECT count(*) FROM care.events WHERE regexp_matches(code, '^[A-Z]{2}') OR code ~ 'x.*';
SELECT COUNT(*) AS "count_star()" FROM (SELECT "code" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events" WHERE REGEXP_MATCHES("events"."code", '^[A-Z]{2}') OR REGEXP_MATCHES("events"."code", 'x.*');

-- a regular expression from a column
SELECT count(*) FROM care.events WHERE regexp_matches(code, region);
SELECT COUNT(*) AS "count_star()" FROM (SELECT "region", "code" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz' OFFSET 0)) AS "events" WHERE REGEXP_MATCHES("events"."code", "events"."region");

-- a month written out
SELECT strftime(day, '%Y-%m') AS month, count(*) FROM care.events GROUP BY month;
SELECT STRFTIME("events"."day", '%Y-%m') AS "month", COUNT(*) AS "count_star()" FROM (SELECT "day" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events" GROUP BY "month";

-- the least whole number divided by -1 overflows
SELECT units // -1 FROM care.events;
SELECT "events"."units" // -1 AS "units // -1" FROM (SELECT "units" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz' OFFSET 0)) AS "events";
