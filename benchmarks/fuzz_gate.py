# ruff: noqa: E501 - the grammar reads best with one kind of thing on a line
"""Random queries over random tables: the governed answer beside the same query over V made by hand.

    python benchmarks/fuzz_gate.py [--queries 20000] [--seed 1] [--worlds 20] [--show]

Each world has three tables of several files and row groups, dictionary-encoded, with masks of every kind. Hidden rows
hold what makes expressions fail, hidden columns and rows hold canaries. Whatever a query computes succeeds on every
row of V, so that an error is a hidden row that was felt. Masks are computed here in Python, apart from the compiler.
Every second query runs on native copies. Ends with 1 if an answer differs.
"""

from __future__ import annotations

import argparse
import hmac
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial as partial_of
from hashlib import sha256
from math import copysign, floor
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from golconda.agreement.obligations import TableObligations
from golconda.agreement.terms import MaskClause
from golconda.engine.copies import fill, name_of
from golconda.engine.governed import Allowance, GovernedEngine
from golconda.engine.leak_test import prepare
from golconda.gate.compile import Plan, compile_plan
from golconda.gate.protected import ProtectedTable
from golconda.gate.statement import parse
from golconda.kernel.errors import GolcondaError
from golconda.kernel.logical_types import Column, LogicalType
from golconda.kernel.names import ProductName, TableName

CANARY = "CANARY"
KEY = b"a key of the fuzzer"
MOMENTS = (datetime(9999, 12, 31, 23, 59), datetime(1, 1, 1))  # noqa: DTZ001 naive, and at both ends
ARROW = {
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DECIMAL(10,2)": pa.decimal128(10, 2),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
}
# Name, type, family for the grammar. Families: i whole, n whole and never 0, b whole and far from overflow, f double,
# m decimal, t text, c digits as text, d day, s moment, z moment with zone, o boolean, x binary.
COLUMNS = (
    ("id", "BIGINT", "i"),
    ("g", "BIGINT", "i"),
    ("nz", "BIGINT", "n"),
    ("Big", "BIGINT", "b"),
    ("f", "DOUBLE", "f"),
    ("m", "DECIMAL(10,2)", "m"),
    ("region", "VARCHAR", "t"),
    ("Größe", "VARCHAR", "t"),
    ("order", "VARCHAR", "c"),
    ("d", "DATE", "d"),
    ("s", "TIMESTAMP", "s"),
    ("z", "TIMESTAMPTZ", "z"),
    ("ok", "BOOLEAN", "o"),
    ("raw", "BLOB", "x"),
)
SECRET = ("secret", "VARCHAR", "t")


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────


def visible_row(pick: random.Random, number: int, groups: int) -> dict[str, Any]:
    """Return a row on which every expression of the grammar succeeds."""
    row: dict[str, Any] = {
        "id": number,
        "g": pick.randrange(groups),
        "nz": pick.choice((1, 2, 3, -4, 7)),
        "Big": pick.randrange(-1000, 1000),
        "f": pick.randrange(-40, 40) / 4,
        "m": Decimal(pick.randrange(-9999, 9999)).scaleb(-2),
        "region": pick.choice(("R1", "R2", "r2", "R3", "", "Ä", "北京")),
        "Größe": pick.choice(("klein", "groß", "13812345678", "it's", 'a"b', "%_", "💥x")),
        "order": str(pick.randrange(100)),
        "d": date(2024, 1, 1) + timedelta(days=pick.randrange(60)),
        "s": datetime(2024, 1, 1) + timedelta(minutes=pick.randrange(9999)),  # noqa: DTZ001 a naive column
        "z": datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=pick.randrange(999)),
        "ok": pick.random() < 0.7,
        "raw": bytes([pick.randrange(65, 70)]),
        "secret": f"{CANARY}-COLUMN-{number}",
    }
    for name in row:
        if name not in ("id", "secret") and pick.random() < 0.08:
            row[name] = None
    return row


def hidden_row(pick: random.Random, number: int) -> dict[str, Any]:
    """Return a row that makes expressions fail, and is recognised if it is seen."""
    return {
        "id": pick.choice((-(2**63), 2**63 - 1, -number - 1)),
        "g": pick.choice((2**63 - 1, -(2**63), 0)),
        "nz": 0,
        "Big": pick.choice((2**63 - 1, -(2**63))),
        "f": pick.choice((float("nan"), float("inf"), 1e308, 0.0)),
        "m": Decimal("99999999.99"),
        "region": "R9",
        "Größe": f"{CANARY}-ROW",
        "order": pick.choice((f"{CANARY}-ROW", "", "1e99", "-", "(")),
        "d": pick.choice((date.max, date.min)),
        "s": pick.choice(MOMENTS),
        "z": pick.choice(MOMENTS).replace(tzinfo=UTC),
        "ok": pick.choice((True, None)),
        "raw": b"\xff\xfe",
        "secret": f"{CANARY}-ROW",
    }


@dataclass(frozen=True)
class Masking:
    """A mask as the agreement has it, what it makes of a value, and the family that is left."""

    clause: MaskClause
    of: Any
    family: str
    type: str | None = None


def partial(value: str, first: int = 3, last: int = 2) -> str:
    if len(value) < 2 * (first + last):
        return "*" * len(value)
    return value[:first] + "*" * (len(value) - first - last) + value[len(value) - last :]


def pseudonym(value: Any) -> str:
    return hmac.new(KEY, str(value).encode(), sha256).hexdigest()[:32]


def rounded(value: float, unit: float) -> float:
    return copysign(floor(abs(value) / unit + 0.5) * unit, value)  # -0.2 gives -0.0, as in the engine


def _masks() -> dict[str, list[Masking]]:
    def mask(name: str, of: Any, family: str, type_: str | None = None, **parameters: Any) -> Masking:
        return Masking(MaskClause(name, tuple(parameters.items())), of, family, type_)

    return {
        "g": [
            mask("generalise", lambda v: v // 3 * 3, "i", step=3),
            mask("pseudonym", pseudonym, "t", "VARCHAR"),
            mask("redact", lambda _: "***", "t", "VARCHAR"),
        ],
        "nz": [mask("clip", lambda v: min(max(v, -2), 2), "n", low=-2, high=2)],
        "Big": [
            mask("round", lambda v: int(rounded(v, 10)), "i", to=-1),
            mask("generalise", lambda v: v // 10 * 10, "i", step=10),
        ],
        "f": [mask("round", lambda v: rounded(v, 1.0), "f"), mask("clip", lambda v: min(v, 3.5), "f", high=3.5)],
        "m": [mask("generalise", lambda v: Decimal(floor(v / 10) * 10).quantize(Decimal("0.01")), "m", step=10)],
        "region": [mask("generalise", lambda v: v[:1], "t", prefix=1), mask("hide", lambda _: None, "t")],
        "Größe": [mask("partial", partial, "t"), mask("pseudonym", pseudonym, "t")],
        "order": [mask("partial", lambda v: partial(v, 0, 1), "t", keep_first=0, keep_last=1)],
        "d": [
            mask("generalise", lambda v: v.replace(day=1), "d", to="month"),
            mask("clip", lambda v: max(v, date(2024, 1, 20)), "d", low="2024-01-20"),
            mask("pseudonym", pseudonym, "t", "VARCHAR"),
        ],
        "s": [mask("generalise", lambda v: v.replace(hour=0, minute=0), "s", to="day")],
        "z": [mask("generalise", lambda v: v.replace(day=1, hour=0, minute=0), "z", to="month")],
        "raw": [mask("hide", lambda _: None, "x")],
    }


MASKS = _masks()
# Conditions that hide every hidden row and some others, and what they say of a row.
WHERES = (
    ("region <> 'R9'", lambda r: r["region"] is not None and r["region"] != "R9"),
    (
        "region IS NULL OR region <> 'R9' AND NOT secret LIKE '%ROW'",
        lambda r: r["region"] is None or r["region"] != "R9",
    ),
    ("nz <> 0 AND (ok OR secret = 'zz')", lambda r: r["nz"] not in (None, 0) and r["ok"] is True),
    (
        "nz <> 0 AND region <> :region",
        lambda r: r["nz"] not in (None, 0) and r["region"] is not None and r["region"] != "R1",
    ),
)
NUMBER = {type_: place for place, type_ in enumerate(ARROW)}


@dataclass
class Table:
    """A table of V as the grammar sees it: columns with their families."""

    name: str
    columns: list[tuple[str, str]]


@dataclass
class World:
    """One set of tables, governed on files and on copies, and their views."""

    folder: Path
    tables: dict[str, ProtectedTable] = field(default_factory=dict)
    seen: list[Table] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.views = duckdb.connect(config={"threads": 1})
        prepare(self.views)  # with statistics, DuckDB 2.0 breaks on split_part
        self.views.execute(
            "SET GLOBAL TimeZone = 'UTC'; ATTACH ':memory:' AS city; CREATE SCHEMA city.care; USE city.care"
        )

    def add(self, pick: random.Random, name: str) -> None:
        columns = [*COLUMNS, SECRET]
        text, holds = pick.choice(WHERES)
        rows = [visible_row(pick, number, 8) for number in range(pick.choice((40, 150, 300)))]
        rows += [hidden_row(pick, number) for number in range(pick.choice((1, 5)))]
        pick.shuffle(rows)
        files = self._write(pick, name, rows, columns)
        masks = {c: pick.choice(m) for c, m in MASKS.items() if pick.random() < 0.3}
        shown = [c for c in COLUMNS if c[0] == "id" or pick.random() < 0.85]
        self._view(name, [row for row in rows if holds(row)], shown, masks)
        obligations = TableObligations(
            columns=tuple(c[0] for c in shown),
            where=(text,),
            masks=tuple((c, (m.clause,)) for c, m in masks.items() if c in [s[0] for s in shown]),
            key_scope="agreement:a",
        )
        stored = tuple(Column(c, LogicalType.parse(t)) for c, t, _ in columns)
        table = TableName(ProductName("city", "care"), name)
        self.tables[name] = ProtectedTable(table, stored, obligations, files)
        self.seen.append(Table(name, [(c, masks[c].family if c in masks else f) for c, _, f in shown]))

    def add_groups(self, pick: random.Random) -> None:
        """Add a table of which only aggregates leave, and make its view with the unit, for answers by hand."""
        columns = [*COLUMNS, SECRET]
        rows = [visible_row(pick, number, 8) for number in range(200)]
        for row in rows:
            row["Big"] = pick.randrange(40)  # whom the row is about
        hidden = [hidden_row(pick, number) for number in range(3)]
        files = self._write(pick, "pq", [*rows, *hidden], columns)
        kept = [row for row in rows if row["region"] is not None]
        self._view("pv", kept, [c for c in COLUMNS if c[0] != "raw"], {})
        obligations = TableObligations(
            columns=tuple(c[0] for c in COLUMNS if c[0] not in ("raw", "Big")),
            where=("region <> 'R9'",),
            min_group=pick.choice((2, 3, 5, 10)),
            unit=pick.choice(("Big", None)),
        )
        stored = tuple(Column(c, LogicalType.parse(t)) for c, t, _ in columns)
        name = TableName(ProductName("city", "care"), "pq")
        self.tables["pq"] = ProtectedTable(name, stored, obligations, files, frozenset({"id"}), frozenset({"id"}))
        fitting = [one.name for one in self.seen if ("g", "i") in one.columns]
        self.groups = self.tables["pq"], pick.choice(fitting) if fitting else ""

    def _write(
        self, pick: random.Random, name: str, rows: list[dict[str, Any]], columns: list[tuple[str, str, str]]
    ) -> tuple[str, ...]:
        schema = pa.schema([(c, ARROW[t]) for c, t, _ in columns])
        cut = pick.randrange(1, len(rows))
        files = []
        for part, chunk in enumerate((rows[:cut], rows[cut:])):
            path = self.folder / f"{name}-{part}.parquet"
            table = pa.Table.from_pylist([{c: row[c] for c, _, _ in columns} for row in chunk], schema)
            pq.write_table(table, path, row_group_size=pick.choice((16, 64, 1000)), use_dictionary=True)
            files.append(str(path))
        return tuple(files)

    def _view(
        self, name: str, rows: list[dict[str, Any]], shown: list[tuple[str, str, str]], masks: dict[str, Masking]
    ) -> None:
        schema = pa.schema([(c, ARROW[(masks[c].type if c in masks else None) or t]) for c, t, _ in shown])
        values = [
            {c: masks[c].of(row[c]) if c in masks and row[c] is not None else row[c] for c, _, _ in shown}
            for row in rows
        ]
        made = pa.Table.from_pylist(values, schema)  # noqa: F841 DuckDB reads it by its name
        self.views.execute(f'CREATE TABLE "{name}" AS SELECT * FROM made')

    def open(self) -> None:
        """Open the engine's own locked-down instances, over files and over copies."""
        self.engine = GovernedEngine(Allowance(threads=1), spill_directory=self.folder / "spill")
        files = frozenset(file for table in self.tables.values() for file in table.files)
        self.over_files = self.engine._locked_down(files, {})  # noqa: SLF001 as it serves
        copies = {name_of(t.files): self.folder / f"{name}.duckdb" for name, t in self.tables.items()}
        with duckdb.connect() as maker:
            for (name, _), table in zip(copies.items(), self.tables.values(), strict=True):
                fill(maker, copies[name], table.files)
        self.over_copies = self.engine._locked_down(frozenset(), copies)  # noqa: SLF001

    def compiled(self, sql: str) -> Plan:
        statement = parse(sql)
        bound = {name: self.tables[name.table] for name in statement.references}
        attributes = {"organisation": "acme", "person": "li", "region": "R1"}
        return compile_plan(statement, bound, attributes=attributes, today=date(2026, 1, 1), key=lambda _: KEY)

    def answer(self, sql: str, *, native: bool) -> list[tuple[Any, ...]]:
        plan = self.compiled(sql)
        if native and plan.over_copies is not None:
            return self.over_copies.execute(plan.over_copies.sql, dict(plan.parameters)).fetchall()
        return self.over_files.execute(plan.sql, dict(plan.parameters)).fetchall()

    def expected(self, sql: str) -> list[tuple[Any, ...]]:
        return self.views.execute(sql).fetchall()

    def close(self) -> None:
        for connection in (self.views, self.over_files, self.over_copies):
            connection.close()
        self.engine.close()


# ── queries ───────────────────────────────────────────────────────────────────────────────────────────────────

Named = list[tuple[str, str, str]]  # alias, column, family


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Grammar:
    """Queries that are valid, and give the same rows however they are planned; the same seed, the same queries."""

    def __init__(self, pick: random.Random, tables: list[Table]) -> None:
        self.pick = pick
        self.tables = tables
        self.ctes: list[Table] = []
        self.used = 0

    def statement(self) -> str:
        self.ctes, self.used = [], 0
        with_ = ""
        if self.pick.random() < 0.3:
            with_ = "WITH " + ", ".join(self.cte() for _ in range(self.pick.choice((1, 1, 2)))) + " "
        body, columns = self.query(self.pick.choice((0, 1, 1, 2)), [])
        if self.pick.random() < 0.2:
            body = f"SELECT * FROM ({body}) AS top ORDER BY ALL LIMIT {self.pick.randrange(1, 20)}"
            if any(family in "f" for _, family in columns):
                body = body.split(" ORDER BY ALL LIMIT ")[0]
        return with_ + body

    def cte(self) -> str:
        name = self.pick.choice(("t0", "T1", "w", "Ünï", "care"))
        while name.lower() in [one.name.lower() for one in self.ctes]:
            name += "x"
        body, columns = self.query(self.pick.choice((0, 1)), [])
        how = self.pick.choice(("", "", "MATERIALIZED ", "NOT MATERIALIZED "))
        text = f"{quoted(name)} AS {how}({body})"
        self.ctes.append(Table(name, columns))
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
        word = self.pick.choice(("UNION", "UNION ALL", "EXCEPT", "INTERSECT", "EXCEPT ALL", "UNION BY NAME"))
        sides = [self.rows(depth - 1, [], families)[0] for _ in range(2)]
        return f"{sides[0]} {word} {sides[1]}", [(f"c{i}", f) for i, f in enumerate(families)]

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
        return f"{call} OVER ({over}{ordered})"

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
            ),
            "t": (f"min({self.expr('t', scope, 2)})", f"max({self.expr('t', scope, 2)})"),
            "d": (f"min({self.expr('d', scope, 2)})", f"max({self.expr('d', scope, 1)})"),
        }[family]
        call = self.pick.choice(inner)
        if self.pick.random() < 0.2 and not call.startswith("CAST"):
            call += f" FILTER (WHERE {self.test(scope, 1)})"
        return call

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


# ── aggregates only ───────────────────────────────────────────────────────────────────────────────────────────


def aggregate_only(pick: random.Random, world: World) -> tuple[str, str]:
    """Return a query over a table of which only aggregates leave, and by hand what must leave it."""
    table, other = world.groups
    unit, least = table.obligations.unit, table.obligations.min_group
    join, unit_of = "", f"a.{unit}" if unit else "a.id"
    if other and pick.random() < 0.4:
        join = f" {pick.choice(('JOIN', 'LEFT JOIN'))} care.{other} AS b ON a.g = b.g"
    keys = pick.sample(["a.region", "a.g", "upper(a.region)", "a.nz > 0", "month(a.d)"], pick.choice((0, 1, 1, 2)))
    calls = [_call(pick) for _ in range(pick.choice((1, 2, 3)))]
    where = pick.choice(
        ("", "", " WHERE a.ok", " WHERE a.nz > 0 AND a.f < 5", " WHERE a.region <> 'R1' OR a.d IS NULL")
    )
    guarded = [
        f"CASE WHEN count(DISTINCT {unit_of}) FILTER (WHERE {' AND '.join([*held, *tests]) or 'TRUE'}) >= {least} "
        f"THEN {call}{' FILTER (WHERE ' + tests[0] + ')' if tests else ''} END"
        for call, held, tests in calls
    ]
    asked = [f"{call}{' FILTER (WHERE ' + tests[0] + ')' if tests else ''}" for call, _, tests in calls]
    by = f" GROUP BY {', '.join(keys)}" if keys else ""
    enough = f" HAVING count(DISTINCT {unit_of}) >= {least}" if keys else ""
    having, outer = "", ""
    if keys and pick.random() < 0.3:
        having, outer = f" HAVING {asked[0]} > 3", f" WHERE c{len(keys)} > 3"
    names = [f" AS c{place}" for place in range(len(keys) + len(calls))]
    first, second = (
        ", ".join(item + name for item, name in zip([*keys, *items], names, strict=True)) for items in (asked, guarded)
    )
    rest = f" FROM care.{table.name.table} AS a{join}{where}{by}"
    return (
        f"SELECT {first}{rest}{having}",
        f"SELECT * FROM (SELECT {second}{rest.replace('care.pq', 'care.pv')}{enough}){outer}",
    )


def _call(pick: random.Random) -> tuple[str, list[str], list[str]]:
    """Return an aggregate, what must be there for a row to count, and its filter if it has one."""
    call, held = pick.choice(
        (
            ("count(*)", []), ("count(a.f)", ["a.f"]), ("count(DISTINCT a.nz)", ["a.nz"]), ("sum(a.f)", ["a.f"]),
            ("avg(a.nz)", ["a.nz"]), ("sum(a.f * 2 - CAST(a.nz AS DOUBLE))", ["a.f", "a.nz"]), ("var_pop(a.f)", ["a.f"]),
            ("corr(a.f, a.nz)", ["a.f", "a.nz"]), ("sum(a.m)", ["a.m"]), ("stddev(a.nz)", ["a.nz"]),
        )
    )  # fmt: skip
    tests = [pick.choice(("a.ok", "a.region = 'R2'", "a.nz > 1"))] if pick.random() < 0.35 else []
    return call, [f"{name} IS NOT NULL" for name in held], tests


# ── comparison ────────────────────────────────────────────────────────────────────────────────────────────────


def plain(value: Any) -> Any:
    """Return a value without what the order of addition leaves in its last digits."""
    return float(f"{round(value, 9):.7g}") + 0.0 if isinstance(value, float) else value


def rows_of(rows: list[tuple[Any, ...]]) -> Counter[str]:
    return Counter(repr(tuple(map(plain, row))) for row in rows)


def outcome(run: Any, sql: str) -> tuple[str, Any]:
    try:
        found = run(sql)
    except GolcondaError as error:
        return f"refused {error.code}", str(error)
    except duckdb.Error as error:
        return f"error {type(error).__name__}", str(error)
    return "rows", rows_of(found)


def differ(governed: tuple[str, Any], expected: tuple[str, Any]) -> str | None:
    """Return what is wrong, or None."""
    if CANARY in str(governed[1]):
        return "a canary"
    if governed[0].startswith("refused"):
        return None if expected[0] != "rows" else f"refused: {governed[0]}"
    if (governed[0] == "rows") != (expected[0] == "rows"):
        return f"{governed[0]}, over V {expected[0]}"
    return "other rows" if governed[0] == "rows" and governed[1] != expected[1] else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="show what differs and what is refused")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    begun = time.monotonic()
    for number in range(options.worlds):
        counts += one_world(options.seed * 1000 + number, options.queries // options.worlds, show=options.show)
    print(f"{sum(counts.values())} queries in {time.monotonic() - begun:.0f} s")
    for what, times in counts.most_common():
        print(f"{times:>8}  {what}")
    return int(any("same" not in what and "refused" not in what for what in counts))


def one_world(seed: int, queries: int, *, show: bool) -> Counter[str]:
    pick = random.Random(seed)  # noqa: S311 a seed for every random thing
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for name in ("t0", "t1", "t2"):
            world.add(pick, name)
        world.add_groups(pick)
        world.open()
        grammar = Grammar(pick, world.seen)
        for number in range(queries):
            sql = grammar.statement()
            expected = outcome(world.expected, sql)
            wrong = differ(outcome(partial_of(world.answer, native=number % 2 == 1), sql), expected)
            counts[wrong or f"same, {expected[0]}"] += 1
            if wrong and show:
                print(f"{wrong} | world {seed} query {number}\n  {sql}")
        for number in range(queries // 5):
            sql, by_hand = aggregate_only(pick, world)
            expected = outcome(world.expected, by_hand)
            wrong = differ(outcome(partial_of(world.answer, native=number % 2 == 1), sql), expected)
            counts[f"aggregate-only, {wrong or f'same, {expected[0]}'}"] += 1
            if wrong and show:
                print(f"aggregate-only, {wrong} | world {seed} query {number}\n  {sql}\n  {by_hand}")
        world.close()
    return counts


if __name__ == "__main__":
    sys.exit(main())
