-- rows do not leave
SELECT ward, age FROM care.patients;
refused aggregate-only-rows;

-- no totals beside the groups
SELECT ward, count(*) FROM care.patients GROUP BY ROLLUP (ward);
refused aggregate-only-grouping;

-- nor CUBE, nor GROUPING SETS
SELECT ward, count(*) FROM care.patients GROUP BY GROUPING SETS ((ward), ());
refused aggregate-only-grouping;

-- joined by inner and left joins only
SELECT count(*) FROM care.patients p ANTI JOIN care.regions r ON p.age = r.people;
refused aggregate-only-join;

-- no alias of what is computed on rows
SELECT age + 1 AS a, count(*) FROM care.patients WHERE a > 3 GROUP BY a;
refused aggregate-only-name;

-- no subquery that sees its rows
SELECT (SELECT count(*) FROM care.patients p WHERE p.age = r.people) FROM care.regions r;
refused aggregate-only-correlated;

-- not run again and again
WITH RECURSIVE r AS (SELECT 0 AS d UNION ALL SELECT d + 1 FROM r WHERE d < (SELECT count(*) FROM care.patients)) SELECT d FROM r;
refused aggregate-only-correlated;

-- no function that shows single values
SELECT ward, max(age) FROM care.patients GROUP BY ward;
refused aggregate-only-function;

-- no comparison in an argument
SELECT ward, sum(CASE WHEN age = 30 THEN 1.0 END) FROM care.patients GROUP BY ward;
refused aggregate-only-argument;

-- no identifier in conditions
SELECT count(*) FROM care.patients WHERE patient = 7;
refused aggregate-only-identifier;

-- nothing that differs from query to query
SELECT count(*) FROM care.patients WHERE random() < 0.5;
refused aggregate-only-argument;

-- nothing that fails on a row
SELECT ward, count(*) FROM care.patients WHERE 10 // age > 1 GROUP BY ward;
refused aggregate-only-can-fail;

-- each column grouped by or aggregated
SELECT ward, age, count(*) FROM care.patients GROUP BY ward;
refused aggregate-only-ungrouped;

-- no PIVOT of its rows
PIVOT care.patients ON ward IN ('W0', 'W1') USING max(age);
refused aggregate-only-function;

-- no rows inside a set operation
SELECT count(*) FROM (SELECT age FROM care.patients UNION ALL SELECT 1);
refused aggregate-only-rows;

-- no distinct rows
SELECT DISTINCT ward FROM care.patients;
refused aggregate-only-rows;

-- a table as a value is none
SELECT count(patients) FROM care.patients;
refused sql-construct-refused;

-- no list of its values
SELECT ward, list(age) FROM care.patients GROUP BY ward;
refused aggregate-only-function;
