"""Where a few rows of a table show that its groups are few and large, their sums read no units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from sqlglot import exp, parse_one

from golconda.agreement.obligations import TableObligations
from golconda.engine.copies import TABLE
from golconda.gate.compile import Plan, compile_plan
from golconda.gate.protected import ProtectedTable
from golconda.gate.statement import parse
from golconda.kernel.logical_types import Column, LogicalType
from golconda.kernel.names import ProductName, TableName
from golconda.testing.views import READER, TODAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEAST = 9
# Outside of the stretches that are looked at: wards of 3 persons, of 60, and of exactly 8 and 9, each in many rows.
_STAYS = """
SELECT i AS id, CASE i // 500 WHEN 200 THEN i % 3 WHEN 201 THEN i % 60 WHEN 202 THEN i % 8 WHEN 203 THEN i % 9
                              ELSE hash(i) % 5000 END::BIGINT AS person,
       CASE i // 500 WHEN 200 THEN 'three' WHEN 201 THEN 'sixty' WHEN 202 THEN 'eight' WHEN 203 THEN 'nine'
                     ELSE 'W' || i % 7 END AS ward,
       i // 30000 AS month, i // 30000 * 10 + i % 5 AS month_and_ward, hash(i) % 60000 AS cell, i % 7 AS week,
       CASE WHEN i % 7 = 3 AND hash(i) % 5000 > 6 OR hash(i) % 4 = 0 THEN NULL ELSE i % 90 END::DOUBLE AS cost,
       i % 40 AS place
FROM range(300000) AS r(i)
"""
_COLUMNS = {
    "stays": {
        "id": "BIGINT",
        "person": "BIGINT",
        "ward": "VARCHAR",
        "month": "BIGINT",
        "month_and_ward": "BIGINT",
        "cell": "BIGINT",
        "week": "BIGINT",
        "cost": "DOUBLE",
        "place": "BIGINT",
    },
    "places": {"place": "BIGINT", "zone": "VARCHAR"},
}
_SQL = {"stays": _STAYS, "places": "SELECT i AS place, 'z' || i % 3 AS zone FROM range(40) AS r(i)"}
JOIN = "care.stays AS s JOIN care.places AS p ON s.place = p.place"


class _Ward:
    """Stays under a smallest group, in one file, and places."""

    def __init__(self, folder: Path) -> None:
        self.engine = duckdb.connect()
        self.folder = folder
        for name, sql in _SQL.items():
            self.engine.execute(f"COPY ({sql}) TO '{folder / name}.parquet' (ROW_GROUP_SIZE 20480)")
            self.engine.execute(f"CREATE VIEW {name} AS FROM read_parquet('{folder / name}.parquet')")

    def compiled(self, sql: str) -> Plan:
        statement = parse(sql)
        bound = {reference: self._table(reference.table) for reference in statement.references}
        return compile_plan(statement, bound, attributes=READER, today=TODAY, key=lambda _scope: b"k")

    def answer(self, plan: str) -> list[str]:
        return sorted(map(repr, self.engine.execute(plan).fetchall()))

    def saw_few(self, plan: Plan) -> bool:
        """Say whether the sums were made without units."""
        parts = parse_one(plan.sql, dialect="duckdb").find(exp.With)
        few = exp.Select(expressions=[exp.Star()]).from_(exp.to_table('"golconda few"'))
        few.set("with_", parts)
        return bool(self.engine.execute(few.sql("duckdb")).fetchall())

    def over_copies(self, plan: Plan) -> list[str]:
        assert plan.over_copies is not None
        for name, files in plan.over_copies.sources.items():
            self.engine.execute(f"ATTACH IF NOT EXISTS '{self.folder / name}.db' AS {name}")
            self.engine.execute(f"CREATE TABLE IF NOT EXISTS {name}.main.{TABLE} AS FROM read_parquet({list(files)})")
        return self.answer(plan.over_copies.sql)

    def _table(self, name: str) -> ProtectedTable:
        columns = tuple(Column(column, LogicalType.parse(type_)) for column, type_ in _COLUMNS[name].items())
        names = tuple(_COLUMNS[name])
        demanded = TableObligations(columns=names)
        if name == "stays":
            demanded = TableObligations(columns=names, min_group=LEAST, unit="person", where=('"week" <> 6',))
        keys = frozenset({"id" if name == "stays" else "place"})
        file = str(self.folder / f"{name}.parquet")
        return ProtectedTable(TableName(ProductName("city", "care"), name), columns, demanded, (file,), keys)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Ward]:
    made = _Ward(tmp_path_factory.mktemp("ward"))
    yield made
    made.engine.close()


def _expected(group: str, source: str, where: str, cells: dict[str, str | None]) -> str:
    units = "count(DISTINCT s.person)"
    guarded = [
        f"CASE WHEN {units} FILTER (WHERE {condition or 'true'}) >= {LEAST} THEN {cell} END"
        for cell, condition in cells.items()
    ]
    return (
        f"SELECT {group}, {', '.join(guarded)} FROM {source.replace('care.', '')} "
        f"WHERE s.week <> 6 AND {where} GROUP BY {group} HAVING {units} >= {LEAST}"
    )


@pytest.mark.parametrize(
    ("group", "source", "where", "is_few"),
    [
        ("s.ward", "care.stays AS s", "true", True),
        ("s.ward", "care.stays AS s", "s.place < 30", True),
        ("s.week, s.ward", "care.stays AS s", "true", True),
        ("p.zone", JOIN, "true", True),
        ("p.zone", "care.stays AS s LEFT JOIN care.places AS p ON s.place = p.place AND p.zone <> 'z1'", "true", True),
        ("s.ward", "care.stays AS s JOIN care.stays AS t ON t.id = s.id", "true", True),
        ("s.month", "care.stays AS s", "true", False),
        ("s.month_and_ward", "care.stays AS s", "true", False),
        ("s.cell", "care.stays AS s", "true", False),
        ("s.ward", "care.stays AS s", "s.cell = 77", False),
        ("s.ward", "care.stays AS s", "s.ward IN ('three', 'sixty', 'eight', 'nine')", False),
    ],
)
def test_it_answers_as_counting_distinct_units_does(
    ward: _Ward, group: str, source: str, where: str, *, is_few: bool
) -> None:
    plan = ward.compiled(f"SELECT {group}, count(*) FROM {source} WHERE {where} GROUP BY {group}")
    assert ward.saw_few(plan) is is_few
    answer = ward.answer(_expected(group, source, where, {"count(*)": None}))
    assert ward.answer(plan.sql) == answer
    assert ward.over_copies(plan) == answer


@pytest.mark.parametrize("group", ["s.ward", "s.month", "s.cell"])
def test_so_do_cells_to_which_few_contribute(ward: _Ward, group: str) -> None:
    cells = {
        "count(*)": None,
        "sum(s.cost)": "s.cost IS NOT NULL",
        "count(*) FILTER (WHERE s.place < 30)": "s.place < 30",
        "avg(s.cost) FILTER (WHERE s.cost < 2)": "s.cost < 2",
    }
    plan = ward.compiled(f"SELECT {group}, {', '.join(cells)} FROM care.stays AS s GROUP BY {group}")
    assert ward.answer(plan.sql) == ward.answer(_expected(group, "care.stays AS s", "true", cells))


def test_groups_met_nowhere_are_counted_all_the_same(ward: _Ward) -> None:
    plan = ward.compiled("SELECT ward FROM care.stays GROUP BY ward")
    assert ward.saw_few(plan)
    wards = {row[0] for row in ward.engine.execute(plan.sql).fetchall()}
    assert wards == {"sixty", "nine", *(f"W{number}" for number in range(6))}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM care.stays",
        "SELECT id % 2, count(*) FROM care.places AS p LEFT JOIN care.stays AS s ON s.place = p.place GROUP BY week",
        "SELECT week, count(*) FROM care.stays WHERE place IN (SELECT place FROM care.places) GROUP BY week",
        "SELECT s.week, count(*) FROM care.stays AS s, care.places AS p GROUP BY s.week",
    ],
)
def test_no_rows_are_looked_at_first_where_others_would_have_to_be(ward: _Ward, sql: str) -> None:
    assert "golconda sight" not in ward.compiled(sql.replace("id % 2, ", "")).shown
