-- rows for which the condition is not true are out, below everything
SELECT region FROM care.events;
SELECT "events"."region" FROM (SELECT "id", "region", "phone", "cost", "amount", "units", "day", "moment", "code" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events";

-- the reader's attributes are values beside the plan
SELECT cost FROM care.visits;
SELECT "visits"."cost" FROM (SELECT LEFT(SHA256($key_1_outer || UNHEX(SHA256($key_1_inner || ENCODE(CAST("id" AS TEXT))))), 32) AS "id", "region", CASE WHEN LENGTH("phone") >= 10 THEN LEFT("phone", 3) || REPEAT('*', LENGTH("phone") - 5) || RIGHT("phone", 2) ELSE REPEAT('*', LENGTH("phone")) END AS "phone", "cost", "amount", "units", "day", "moment", "code" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits";
