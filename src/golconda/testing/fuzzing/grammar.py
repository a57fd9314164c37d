# ruff: noqa: E501 - the grammar reads best with one kind of thing on a line
"""Random queries: valid, giving the same rows however they are planned, and failing on no row of V unless meant to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.testing.fuzzing.tables import Table

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

Named = list[tuple[str, str, str]]  # alias, column, family


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Grammar:
    """Queries that are valid, and give the same rows however they are planned; the same seed, the same queries."""

    def __init__(self, pick: random.Random, tables: Sequence[Table]) -> None:
        self.pick = pick
        self.tables = tables
        self.ctes: list[Table] = []
        self.used = 0

    def statement(self) -> str:
        self.ctes, self.used = [], 0
        roll = self.pick.random()
        if roll < 0.25:
            return self.hurting() if roll < 0.06 else self.oracle()
        with_ = ""
        if self.pick.random() < 0.3:
            word = "WITH RECURSIVE" if self.pick.random() < 0.25 else "WITH"
            made = [self.recursion() if word != "WITH" else self.cte()]
            made += [self.cte() for _ in range(self.pick.choice((0, 0, 1)))]
            with_ = f"{word} {', '.join(made)} "
        body, columns = self.query(self.pick.choice((0, 1, 1, 2)), [])
        if self.pick.random() < 0.2:
            order = self.pick.choice(("", " DESC", " NULLS FIRST", " DESC NULLS LAST"))
            some = f" ORDER BY ALL{order} LIMIT {self.pick.randrange(1, 20)}{self.pick.choice(('', ' OFFSET 3'))}"
            adds = any(family in "f" for _, family in columns)  # up in any order, so that the last digits differ
            body = f"SELECT * FROM ({body}) AS top{'' if adds else some}"
        return with_ + body

    def oracle(self) -> str:
        """Return a query in one of the shapes that make an engine try a condition on rows that a filter hides."""
        table = self.pick.choice(self.tables)
        other = table if self.pick.random() < 0.6 else self.pick.choice(self.tables)
        test = self.fragile([("v", c, f) for c, f in table.columns])
        same = [c for c, f in table.columns if f == "t" and (c, f) in other.columns]
        name = quoted(self.pick.choice(same)) if same else "id"
        reads, reads_other = f"care.{table.name} AS v", f"care.{other.name} AS w"
        away = self.pick.choice(("+ 5", "+ 5", "+ 5", "+ 900", "- 1"))
        if self.pick.random() < 0.6:
            kind = self.pick.choice(
                ("LEFT JOIN", "LEFT JOIN", "LEFT JOIN", "LEFT JOIN", "JOIN", "FULL JOIN", "ANTI JOIN")
            )
            missing = "w.id IS NULL AND " if kind == "LEFT JOIN" and self.pick.random() < 0.2 else ""
            return f"SELECT count(*) FROM {reads} {kind} {reads_other} ON v.id = w.id {away} WHERE {missing}{test}"
        return self.pick.choice(
            (
                f"SELECT count(*) FROM {reads} WHERE v.{name} IN (SELECT {name} FROM {reads_other}) AND {test}",
                f"SELECT count(*) FROM {reads} WHERE NOT EXISTS (SELECT 1 FROM {reads_other} WHERE w.id = v.id + 900) AND {test}",
                f"SELECT count(*) FROM {reads} JOIN {reads_other} ON v.{name} = w.{name} AND {test}",
                f"SELECT max(CASE WHEN {test} THEN 1 ELSE 0 END) FROM {reads}",
                f"SELECT count(*) FILTER (WHERE {test}) FROM {reads} GROUP BY v.{name}",
                f"SELECT DISTINCT {test} FROM {reads}",
                f"WITH v AS (SELECT * FROM care.{table.name}) SELECT count(*) FROM v WHERE {test}",
                f"SELECT 1 FROM {reads} WHERE {test} EXCEPT SELECT 2 FROM {reads_other}",
                f"SELECT (SELECT max(v.id) FROM {reads} WHERE v.id = w.id + 900 AND {test}) FROM {reads_other}",
            )
        )

    def fragile(self, scope: Named) -> str:
        """Return a condition that is cheap, true or NULL on each row of V, and fails on hidden ones."""
        nz, big, code, day, moment, text = (self.column(f, scope) for f in ("n", "b", "c", "d", "s", "t"))
        return self.pick.choice([one for one in (
            code and f"CAST({code} AS INTEGER) >= 0", nz and f"10 // {nz} > -11", big and f"{big} + 1 > -9999", big and f"CAST({big} AS SMALLINT) < 9999",
            day and f"week({day}) > 0", day and f"CAST({day} AS TIMESTAMP) IS NOT NULL", day and f"{day} + INTERVAL 1 DAY > {day}", moment and f"epoch_ms({moment}) > 0",
            moment and f"{moment} + INTERVAL 1 DAY > {moment}", big and f"round({big}, -3) > -9999", nz and text and f"substring({text}, 3 // {nz}) <> 'zz'",
            nz and f"{nz} % 3 < 4", nz and f"1 // (abs({nz}) // 1) < 5", code and f"chr(CAST({code} AS INTEGER) + 65) <> 'zz'", "v.id * 2 > -1",
        ) if one])  # fmt: skip

    def hurting(self) -> str:
        """Return a query that fails on rows of V where it fails at all, whatever the plan: nothing else can hide them."""
        table = self.pick.choice(self.tables)
        scope = [("a", c, f) for c, f in table.columns]
        text, number, day, code = (self.column(f, scope) for f in ("t", "i", "d", "c"))
        hurts = [one for one in (
            text and f"CAST({text} AS INTEGER)", text and f"CAST({text} AS DATE)", number and f"10 // ({number} - 3)", number and f"CAST({number} AS TINYINT)",
            number and f"{number} * 9223372036854775807", number and f"make_date(2024, CAST({number} AS INTEGER), 1)", text and f"strptime({text}, '%Y')",
            day and f"date_trunc({code or text or day}, {day})", text and f"regexp_matches('x', {text})", number and f"chr(CAST({number} AS INTEGER) - 300)",
            text and f"decode(unhex({text}))", text and f"json_extract({text}, '$.a')", number and f"[1, 2][{number}]", text and f"lpad({text}, 4, '')",
        ) if one]  # fmt: skip
        where = self.pick.choice(
            ("", f" WHERE {self.test(scope, 0)}", f" WHERE {self.test(scope, 0)} AND {self.test(scope, 0)}")
        )
        item = self.pick.choice(("{}", "max({})", "count({})", "{}, count(*) OVER ()"))
        return f"SELECT {item.replace('{}', self.pick.choice(hurts))} FROM care.{table.name} AS a{where}"

    def recursion(self) -> str:
        """Return a CTE that reads itself, in two or three rounds, with a table in the round or none."""
        name, family = self.new_name(), self.pick.choice("itd")
        text, scope, _ = self.from_(0, [])
        first = f"SELECT {self.expr(family, scope, 1)} AS c0, 0 AS round FROM {text}{self.where(scope, [], 0)}"
        table = self.pick.choice(self.tables)
        column = self.column({"i": "in", "t": "tc"}.get(family, family), [("w", c, f) for c, f in table.columns])
        test = self.fragile([("v", "id", "i"), *(("w", c, f) for c, f in table.columns)]).replace("v.id", "w.id")
        mine, reads = f"{quoted(name)} AS me", f"care.{table.name} AS w"
        again = self.pick.choice([one for one in (
            f"UNION ALL SELECT me.c0, me.round + 1 FROM {mine} WHERE me.round < 2",
            f"UNION SELECT {self.expr(family, [('me', 'c0', family)], 1)}, me.round + 1 FROM {mine} WHERE me.round < 2",
            column and f"UNION SELECT {column}, me.round + 1 FROM {mine} JOIN {reads} ON {column} = me.c0 WHERE me.round < 2 AND {test}",
            column and f"UNION SELECT {column}, me.round + 1 FROM {reads}, {mine} WHERE {column} >= me.c0 AND me.round < 1",
            f"UNION ALL SELECT me.c0, me.round + 1 FROM {mine} WHERE me.round < (SELECT count(*) FROM {reads} WHERE w.id < 3 AND {test})",
        ) if one])  # fmt: skip
        self.ctes.append(Table(name, (("c0", family), ("round", "i"))))
        return f"{quoted(name)} AS ({first} {again})"

    def new_name(self) -> str:
        name = self.pick.choice(("t0", "T1", "w", "Ünï", "care"))
        while name.lower() in [one.name.lower() for one in self.ctes]:
            name += "x"
        return name

    def cte(self) -> str:
        name = self.new_name()
        body, columns = self.query(self.pick.choice((0, 1)), [])
        how = self.pick.choice(("", "", "MATERIALIZED ", "NOT MATERIALIZED "))
        text = f"{quoted(name)} AS {how}({body})"
        self.ctes.append(Table(name, tuple(columns)))
        return text

    def query(self, depth: int, outer: Named) -> tuple[str, list[tuple[str, str]]]:
        roll = self.pick.random()
        if depth and roll < 0.15 and not outer:
            return self.set_operation(depth)
        if roll < 0.45:
            return self.grouped(depth, outer)
        return self.rows(depth, outer)

    def set_operation(self, depth: int) -> tuple[str, list[tuple[str, str]]]:
        families = [self.pick.choice("itdo") for _ in range(self.pick.choice((1, 2)))]
        words = (
            "UNION",
            "UNION ALL",
            "EXCEPT",
            "INTERSECT",
            "EXCEPT ALL",
            "INTERSECT ALL",
            "UNION BY NAME",
            "UNION ALL BY NAME",
        )
        sides = [self.rows(depth - 1, [], families)[0] for _ in range(self.pick.choice((2, 2, 3)))]
        sql = f"{sides[0]} {self.pick.choice(words)} {sides[1]}"
        if len(sides) == 3:
            sql = self.pick.choice(
                (f"({sql}) {self.pick.choice(words)} ({sides[2]})", f"{sql} {self.pick.choice(words[:3])} {sides[2]}")
            )
        return sql, [(f"c{i}", f) for i, f in enumerate(families)]

    # FROM

    def alias(self) -> str:
        self.used += 1
        return self.pick.choice((f"a{self.used}", f"A{self.used}", f"é{self.used}", f"v {self.used}"))

    def source(self, depth: int) -> tuple[str, Named]:
        roll = self.pick.random()
        alias = self.alias()
        if depth and roll < 0.3:
            body, columns = self.query(depth - 1, [])
            return f"({body}) AS {quoted(alias)}", [(alias, c, f) for c, f in columns]
        if roll < 0.37:
            return f"(VALUES (1, 'R1'), (2, 'R2'), (NULL, 'x')) AS {quoted(alias)}(n, v)", [
                (alias, "n", "i"),
                (alias, "v", "t"),
            ]
        if self.ctes and roll < 0.6:
            table = self.pick.choice(self.ctes)
            return f"{self.cased(table.name)} AS {quoted(alias)}", [(alias, c, f) for c, f in table.columns]
        table = self.pick.choice(self.tables)
        where = self.pick.choice(("care.", "CITY.care.", "city.Care."))
        if self.pick.random() < 0.1:
            names = [f"p{i}" for i in range(len(table.columns) // 2)]
            named = [*names, *(c for c, _ in table.columns[len(names) :])]
            text = f"{where}{table.name} AS {quoted(alias)}({', '.join(names)})"
            return text, [(alias, c, f) for c, (_, f) in zip(named, table.columns, strict=True)]
        return f"{where}{table.name} AS {quoted(alias)}", [(alias, c, f) for c, f in table.columns]

    def cased(self, name: str) -> str:
        return quoted(name if not name.isascii() else self.pick.choice((name, name.upper(), name.lower())))

    def from_(self, depth: int, outer: Named) -> tuple[str, Named, bool]:
        text, scope = self.source(depth)
        for _ in range(self.pick.choice((0, 0, 0, 1, 1, 2))):
            more, found = self.source(0 if self.pick.random() < 0.6 else max(depth - 1, 0))
            kind = self.pick.choice(
                ("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN", ",")
            )
            both = [f for f in "idtnbc" if any(s[2] == f for s in scope) and any(s[2] == f for s in found)]
            if kind == ",":
                if self.pick.random() < 0.4 and outer == []:
                    text += f", LATERAL (SELECT {self.expr('i', scope, 1)} AS l) AS {quoted(found[0][0])}"
                    scope = [*scope, (found[0][0], "l", "i")]
                continue
            if not both:
                continue
            family = self.pick.choice(both)
            left = self.pick.choice([s for s in scope if s[2] == family])
            right = self.pick.choice([s for s in found if s[2] == family])
            on = f"{self.ref(left)} = {self.ref(right)}"
            names = [s[1].lower() for s in scope]
            common = [
                s
                for s in found
                if names.count(s[1].lower()) == 1
                and s[2] in "id"
                and (s[2] in [x[2] for x in scope if x[1].lower() == s[1].lower()])
            ]
            if common and self.pick.random() < 0.25 and kind in ("JOIN", "LEFT JOIN", "SEMI JOIN", "ANTI JOIN"):
                text += f" {kind} {more} USING ({quoted(common[0][1])})"
            else:
                extra = f" AND {self.test([*scope, *found], 1)}" if self.pick.random() < 0.4 else ""
                text += f" {kind} {more} ON {on}{extra}"
            if kind not in ("SEMI JOIN", "ANTI JOIN"):
                scope = [*scope, *found]
        return text, scope, True

    # SELECT

    def rows(self, depth: int, outer: Named, families: list[str] | None = None) -> tuple[str, list[tuple[str, str]]]:
        text, scope, _ = self.from_(depth, outer)
        if families is None and self.pick.random() < 0.12 and len({s[0] for s in scope}) == 1 and not outer:
            columns = [(s[1], s[2]) for s in scope]
            return f"SELECT * FROM {text}{self.where(scope, outer, depth)}", columns
        families = families or [self.pick.choice("iiftdtsmo") for _ in range(self.pick.choice((1, 2, 3)))]
        items = [f"{self.value(f, scope, depth)} AS c{i}" for i, f in enumerate(families)]
        qualify = ""
        if self.pick.random() < 0.12:
            qualify = f" QUALIFY {self.window(scope)} {self.pick.choice(('> 2', '= 1', '<= 4'))}"
        distinct = "DISTINCT " if self.pick.random() < 0.15 and not qualify else ""
        where = self.where(scope, outer, depth)
        return f"SELECT {distinct}{', '.join(items)} FROM {text}{where}{qualify}", [
            (f"c{i}", f) for i, f in enumerate(families)
        ]

    def value(self, family: str, scope: Named, depth: int) -> str:
        if family == "i" and self.pick.random() < 0.12:
            return self.window(scope)
        if family == "i" and depth and self.pick.random() < 0.12:
            return self.scalar(scope)
        return self.expr(family, scope, 2)

    def where(self, scope: Named, outer: Named, depth: int) -> str:
        tests = [
            self.test([*scope, *outer] if self.pick.random() < 0.5 else scope, 2)
            for _ in range(self.pick.choice((0, 1, 1, 2)))
        ]
        if depth and self.pick.random() < 0.25:
            tests.append(self.subquery_test(scope))
        return " WHERE " + self.pick.choice((" AND ", " AND ", " OR ")).join(tests) if tests else ""

    def subquery_test(self, scope: Named) -> str:
        outer = [s for s in scope if s[2] in "it"]
        if not outer:
            return "TRUE"
        mine = self.pick.choice(outer)
        text, inner, _ = self.from_(0, [mine])
        same = [s for s in inner if s[2] == mine[2]]
        if not same:
            return "TRUE"
        other = self.ref(self.pick.choice(same))
        extra = f" AND {self.test(inner, 1)}"
        word = self.pick.choice(("EXISTS", "NOT EXISTS", "IN", "NOT IN", "ANY"))
        if word in ("EXISTS", "NOT EXISTS"):
            return f"{word} (SELECT 1 FROM {text} WHERE {other} = {self.ref(mine)}{extra})"
        if word == "ANY":
            return f"{self.ref(mine)} = ANY (SELECT {other} FROM {text} WHERE TRUE{extra})"
        return f"{self.ref(mine)} {word} (SELECT {other} FROM {text} WHERE TRUE{extra})"

    def scalar(self, scope: Named) -> str:
        text, inner, _ = self.from_(0, [])
        mine = [s for s in scope if s[2] in "it"]
        if mine and self.pick.random() < 0.6:
            one = self.pick.choice(mine)
            same = [s for s in inner if s[2] == one[2]]
            if same:
                return f"(SELECT {self.aggregate('i', inner)} FROM {text} WHERE {self.ref(same[0])} = {self.ref(one)})"
        return f"(SELECT {self.aggregate('i', inner)} FROM {text} WHERE {self.test(inner, 1)})"

    def window(self, scope: Named) -> str:
        over = self.pick.choice(("", f"PARTITION BY {self.expr(self.pick.choice('itd'), scope, 1)} "))
        ordered = (
            f"ORDER BY {self.expr(self.pick.choice('itd'), scope, 1)} {self.pick.choice(('', 'DESC', 'NULLS FIRST'))}"
        )
        call = self.pick.choice(
            (
                "rank()",
                "dense_rank()",
                "count(*)",
                f"count({self.expr('t', scope, 1)})",
                f"sum({self.expr('i', scope, 1)})",
            )
        )
        if not call.startswith(("rank", "dense")) and self.pick.random() < 0.3:
            ordered = ""
        frame = ""
        if ordered and not call.startswith(("rank", "dense")) and self.pick.random() < 0.3:
            frame = " " + self.pick.choice(
                (
                    "RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
                    "RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
                    "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
                )
            )
        return f"{call} OVER ({over}{ordered}{frame})"

    def grouped(self, depth: int, outer: Named) -> tuple[str, list[tuple[str, str]]]:
        text, scope, _ = self.from_(depth, outer)
        families = [self.pick.choice("itdio") for _ in range(self.pick.choice((0, 1, 1, 2)))]
        keys = [self.expr(f, scope, 2) for f in families]
        kinds = [self.pick.choice("iiftd") for _ in range(self.pick.choice((1, 2)))]
        aggregates = [self.aggregate(f, scope) for f in kinds]
        items = [f"{e} AS c{i}" for i, e in enumerate([*keys, *aggregates])]
        by = ""
        if keys:
            by = " GROUP BY " + self.pick.choice(
                (
                    "ALL",
                    ", ".join(str(i + 1) for i in range(len(keys))),
                    *(
                        []
                        if any(s[1].startswith("c") for s in scope)
                        else [", ".join(f"c{i}" for i in range(len(keys)))]
                    ),
                    *([", ".join(keys)] * 2),
                    f"ROLLUP ({', '.join(f'({k})' for k in keys)})",
                    f"CUBE ({', '.join(f'({k})' for k in keys)})",
                    f"GROUPING SETS (({', '.join(keys)}), ({keys[0]}), ())",
                )
            )
        having = (
            f" HAVING {self.pick.choice(('count(*) > 2', self.aggregate('i', scope) + ' < 50', 'count(*) BETWEEN 1 AND 9'))}"
            if self.pick.random() < 0.3
            else ""
        )
        sql = f"SELECT {', '.join(items)} FROM {text}{self.where(scope, outer, depth)}{by}{having}"
        return sql, [(f"c{i}", f) for i, f in enumerate([*families, *kinds])]

    def aggregate(self, family: str, scope: Named) -> str:
        inner = {
            "i": (
                "count(*)",
                f"count({self.expr(self.pick.choice('itdf'), scope, 1)})",
                f"count(DISTINCT {self.expr('t', scope, 1)})",
                f"min({self.expr('i', scope, 2)})",
                f"max({self.expr('i', scope, 2)})",
                f"CAST(sum({self.expr('i', scope, 1)}) AS BIGINT)",
            ),
            "f": (
                f"sum({self.expr('f', scope, 1)})",
                f"avg({self.expr('i', scope, 1)})",
                f"max({self.expr('f', scope, 1)})",
                f"median({self.expr('f', scope, 1)})",
                f"quantile_cont({self.expr('f', scope, 1)}, 0.3)",
                f"stddev_pop({self.expr('n', scope, 1)})",
            ),
            "t": (
                f"min({self.expr('t', scope, 2)})",
                f"max({self.expr('t', scope, 2)})",
                self.gathered(scope),
            ),
            "d": (f"min({self.expr('d', scope, 2)})", f"max({self.expr('d', scope, 1)})"),
        }[family]
        call = self.pick.choice(inner)
        if self.pick.random() < 0.2 and not call.startswith(("CAST", "array")):
            call += f" FILTER (WHERE {self.test(scope, 1)})"
        return call

    def gathered(self, scope: Named) -> str:
        text, number = self.expr("t", scope, 1), self.expr("i", scope, 1)
        return self.pick.choice(
            (
                f"string_agg({text}, ',' ORDER BY {text})",
                f"array_to_string(list({number} ORDER BY {number}), ',')",
                f"array_to_string(list(DISTINCT {text} ORDER BY {text}), '/')",
            )
        )

    # expressions

    def ref(self, one: tuple[str, str, str]) -> str:
        name = quoted(one[1])
        if one[1].isascii() and self.pick.random() < 0.3:
            name = quoted(self.pick.choice((one[1].upper(), one[1].lower())))
        return f"{quoted(one[0])}.{name}"

    def column(self, families: str, scope: Named) -> str | None:
        fitting = [s for s in scope if s[2] in families]
        return self.ref(self.pick.choice(fitting)) if fitting else None

    def expr(self, family: str, scope: Named, depth: int) -> str:
        column = self.column({"i": "in", "f": "f", "t": "tc"}.get(family, family), scope)
        if column is None or (depth == 0 and self.pick.random() < 0.1):
            return self.constant(family)
        if depth == 0 or self.pick.random() < 0.4:
            return column
        return self.made(family, scope, depth - 1) or column

    def constant(self, family: str) -> str:
        return {
            "i": "3", "n": "2", "b": "5", "f": "CAST(2.5 AS DOUBLE)", "m": "CAST(1.25 AS DECIMAL(10, 2))", "t": "'R2'", "c": "'7'",
            "d": "DATE '2024-01-15'", "s": "TIMESTAMP '2024-01-02 03:04:05'", "z": "TIMESTAMPTZ '2024-01-01 00:00:00+00'",
            "o": "TRUE", "x": "CAST('A' AS BLOB)",
        }[family]  # fmt: skip

    def made(self, family: str, scope: Named, depth: int) -> str | None:
        """Return an expression around columns; many fail on hidden rows, none on a row of V."""
        nz, code, big = (self.column(f, scope) for f in ("n", "c", "b"))
        day, moment, binary = (self.column(f, scope) for f in ("d", "s", "x"))
        number, text = self.expr("i", scope, depth), self.expr("t", scope, depth)
        choices: dict[str, tuple[str | None, ...]] = {
            "i": (
                nz and f"10 // {nz}", nz and f"{nz} % 3", nz and f"7 % {nz}", code and f"CAST({code} AS INTEGER)", code and f"{code}::BIGINT + 1",
                big and f"{big} + 1", big and f"{big} * 2", big and f"-{big}", big and f"abs({big})", big and f"CAST({big} AS SMALLINT)",
                big and f"round({big}, -1)", f"length({text})", f"strpos({text}, 'R')", f"ascii({text})",
                day and f"month({day})", day and f"week({day})", day and f"CAST(date_diff('day', {day}, DATE '2024-01-01') AS BIGINT)",
                day and f"extract(year FROM {day})", day and f"date_part('isoyear', {day})", moment and f"epoch_ms({moment})", moment and f"hour({moment})",
                f"CASE WHEN {self.test(scope, depth)} THEN {number} ELSE 0 END", f"coalesce({number}, 7)", f"TRY_CAST({text} AS BIGINT)",
                f"greatest({number}, 2)", nz and f"nullif({nz}, 3)", nz and f"[1, 2, 3, 4][abs({nz}) % 3 + 1]", nz and f"if({nz} > 1, 1, 10 // {nz})",
                nz and f"CASE {nz} WHEN 1 THEN 10 WHEN 2 THEN 10 // {nz} END",
            ),
            "f": (
                f"{self.expr('f', scope, depth)} + 1", f"{self.expr('f', scope, depth)} * 2", f"{self.expr('f', scope, depth)} / 4",
                f"floor({self.expr('f', scope, depth)})", f"CAST({self.expr('i', scope, depth)} AS DOUBLE)", f"coalesce({self.expr('f', scope, depth)}, 0.5)",
                f"round({self.expr('f', scope, depth)}, 1)", code and f"CAST({code} AS DOUBLE)", nz and f"sqrt(abs({nz}))",
            ),
            "t": (
                f"upper({text})", f"{text} || '-' || {number}", f"left({text}, 2)", f"substring({text}, 2, 3)", f"replace({text}, 'R', 'q')",
                nz and f"substring({text}, {nz})", nz and f"left({text}, {nz})", code and f"lpad({code}, 4, '0')", f"concat_ws('/', {text}, {number})",
                f"regexp_replace({text}, '[0-9]+', 'n')", code and f"chr(CAST({code} AS INTEGER) + 65)", f"split_part({text}, 'R', 2)",
                code and f"regexp_extract({code}, '([0-9])', 1)", code and f"regexp_replace('a1', {code}, 'x')", f"reverse({text})",
                day and f"strftime({day}, '%Y-%m')", day and f"dayname({day})", f"CAST({self.expr(self.pick.choice('idfso'), scope, depth)} AS VARCHAR)",
                binary and f"decode({binary})", binary and f"hex({binary})", f"coalesce({text}, 'none')", f"md5({text})", f"nullif({text}, 'R1')",
                f"CASE WHEN {self.test(scope, depth)} THEN {text} END", code and f"json_extract_string('[1, 2]', '$[' || {code} || ']')",
            ),
            "d": (
                day and f"CAST({day} + INTERVAL 1 MONTH AS DATE)", day and f"{day} + 7", day and f"last_day({day})", day and f"CAST(date_trunc('month', {day}) AS DATE)",
                moment and f"CAST({moment} AS DATE)", nz and f"make_date(2024, abs({nz}), 1)", f"least({self.expr('d', scope, depth)}, DATE '2024-01-31')",
                code and f"CAST(strptime('2024-01-' || (CAST({code} AS INTEGER) % 28 + 1), '%Y-%m-%d') AS DATE)",
            ),
            "s": (
                day and f"CAST({day} AS TIMESTAMP)", moment and f"date_trunc('hour', {moment})", moment and f"{moment} + INTERVAL 90 MINUTE",
                moment and f"time_bucket(INTERVAL 1 DAY, {moment})", code and f"make_timestamp(2024, 1, 1, CAST({code} AS BIGINT) % 24, 0, 0.0)",
            ),
            "m": (f"{self.expr('m', scope, depth)} + CAST(1 AS DECIMAL(10, 2))", f"CAST({self.expr('m', scope, depth)} AS DECIMAL(6, 2))", f"-{self.expr('m', scope, depth)}"),
            "o": (f"({self.test(scope, depth)})", f"NOT ({self.test(scope, depth)})"),
        }  # fmt: skip
        possible = [one for one in choices.get(family, ()) if one]
        return self.pick.choice(possible) if possible else None

    def test(self, scope: Named, depth: int) -> str:
        family = self.pick.choice("iitfdmso")
        left = self.expr(family, scope, depth)
        if family == "o":
            return self.pick.choice((left, f"{left} IS NOT NULL", f"{left} IS TRUE"))
        if family == "t":
            return self.pick.choice(
                (f"{left} LIKE 'R%'", f"{left} IN ('R2', 'R9', 'klein')", f"{left} > 'M'", f"{left} ILIKE '%r%'",
                 f"regexp_matches({left}, '^[A-R]')", f"{left} ~ '.*2.*'", f"{left} IS DISTINCT FROM 'R2'", f"starts_with({left}, 'g')",
                 f"{left} = {self.expr('t', scope, 0)}", f"{left} IS NULL")
            )  # fmt: skip
        right = self.expr(family, scope, 0) if self.pick.random() < 0.3 else self.constant(family)
        return self.pick.choice(
            (f"{left} {self.pick.choice(('=', '<>', '<', '<=', '>', '>='))} {right}", f"{left} IS NOT NULL",
             f"{left} BETWEEN {right} AND {right}", f"{left} IN ({right}, {self.constant(family)})", f"NOT {left} = {right}")
        )  # fmt: skip
