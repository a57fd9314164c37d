-- an open table is its files, projected in contract order
SELECT title FROM care.regions;
SELECT "regions"."title" FROM (SELECT "title" FROM (SELECT * FROM "city"."care"."regions")) AS "regions";

-- a version's table is read each time it is named
SELECT a.title FROM care.regions AS a JOIN care.regions AS b ON a.people = b.people;
SELECT "a"."title" FROM (SELECT "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "a" JOIN (SELECT "title", "people" FROM (SELECT * FROM "city"."care"."regions")) AS "b" ON "a"."people" = "b"."people";
