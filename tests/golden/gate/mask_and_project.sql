-- masks see raw values, the reader sees masks
SELECT phone FROM care.visits;
SELECT "visits"."phone" FROM (SELECT CASE WHEN LENGTH("phone") >= 10 THEN LEFT("phone", 3) || REPEAT('*', LENGTH("phone") - 5) || RIGHT("phone", 2) ELSE REPEAT('*', LENGTH("phone")) END AS "phone" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits";

-- conditions on a masked column are conditions on the mask
SELECT cost FROM care.visits WHERE phone LIKE '138%';
SELECT "visits"."cost" FROM (SELECT CASE WHEN LENGTH("phone") >= 10 THEN LEFT("phone", 3) || REPEAT('*', LENGTH("phone") - 5) || RIGHT("phone", 2) ELSE REPEAT('*', LENGTH("phone")) END AS "phone", "cost" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits" WHERE "visits"."phone" LIKE '138%';

-- a pseudonym takes its key beside the plan
SELECT id FROM care.visits;
SELECT "visits"."id" FROM (SELECT LEFT(SHA256($key_1_outer || UNHEX(SHA256($key_1_inner || ENCODE(CAST("id" AS TEXT))))), 32) AS "id" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits";
