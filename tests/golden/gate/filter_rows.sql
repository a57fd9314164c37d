-- rows for which the condition is not true are out, below everything
SELECT region FROM care.events;
SELECT "events"."region" FROM (SELECT "region" FROM (SELECT * FROM "city"."care"."events" WHERE "region" <> 'R9' OR "secret" = 'zz')) AS "events";

-- the reader's attributes are values beside the plan
SELECT cost FROM care.visits;
SELECT "visits"."cost" FROM (SELECT "cost" FROM (SELECT * FROM "city"."care"."visits" WHERE ("region" <> 'R9' AND "consent") AND "region" <> CAST($region AS TEXT))) AS "visits";
