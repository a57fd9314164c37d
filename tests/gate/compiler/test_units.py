"""How units are counted: by rows where keys prove that none repeats, else by bitmaps and, in doubt, exactly."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from golconda.agreement.obligations import TableObligations
from golconda.agreement.terms import MaskClause
from golconda.gate.compile import Plan, compile_plan
from golconda.gate.protected import ProtectedTable
from golconda.gate.statement import parse
from golconda.kernel.logical_types import Column, LogicalType
from golconda.kernel.names import ProductName, TableName
from golconda.testing.views import READER, TODAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STAYS = """
SELECT i AS id, CASE WHEN i % 50 = 7 THEN NULL ELSE 'p' || CAST(hash(i) % 90 AS VARCHAR) END AS person,
       CASE WHEN i % 31 = 0 THEN NULL ELSE hash(i + 3) % 60 END::BIGINT AS ward,
       CASE WHEN i % 3 = 0 THEN NULL ELSE CAST(hash(i + 5) % 20 AS DOUBLE) END AS cost, i % 40 AS place
FROM range(900) AS r(i)
"""
_PLACES = """
SELECT i AS place, CAST(i AS DOUBLE) AS wide, i // 2 AS pair, 'z' || CAST(i % 4 AS VARCHAR) AS zone
FROM range(40) AS r(i)
"""
_COLUMNS = {
    "stays": {"id": "BIGINT", "person": "VARCHAR", "ward": "BIGINT", "cost": "DOUBLE", "place": "BIGINT"},
    "places": {"place": "BIGINT", "wide": "DOUBLE", "pair": "BIGINT", "zone": "VARCHAR"},
}
_KEYS = {"stays": frozenset({"id"}), "places": frozenset({"place", "wide"})}


class _Clinic:
    """Two stored tables: places, each once, and stays under a smallest group."""

    def __init__(self, folder: Path) -> None:
        self.engine = duckdb.connect()
        for name, sql in (("stays", _STAYS), ("places", _PLACES)):
            self.engine.execute(f"COPY ({sql}) TO '{folder / name}.parquet'")
            self.engine.execute(f"CREATE VIEW {name} AS FROM read_parquet('{folder / name}.parquet')")
        self.folder = folder

    def compiled(self, sql: str, **clauses: Any) -> Plan:
        statement = parse(sql)
        tables = {"stays": self._table("stays", clauses), "places": self._table("places", {})}
        bound = {reference: tables[reference.table] for reference in statement.references}
        return compile_plan(statement, bound, attributes=READER, today=TODAY, key=lambda _scope: b"k")

    def answer(self, sql: str, **clauses: Any) -> list[tuple[Any, ...]]:
        plan = self.compiled(sql, **clauses)
        return self.engine.execute(plan.sql, dict(plan.parameters)).fetchall()

    def _table(self, name: str, clauses: dict[str, Any]) -> ProtectedTable:
        columns = tuple(Column(column, LogicalType.parse(type_)) for column, type_ in _COLUMNS[name].items())
        demanded = dataclasses.replace(TableObligations(columns=tuple(_COLUMNS[name])), **clauses)
        file = str(self.folder / f"{name}.parquet")
        return ProtectedTable(TableName(ProductName("city", "care"), name), columns, demanded, (file,), _KEYS[name])


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Clinic]:
    made = _Clinic(tmp_path_factory.mktemp("clinic"))
    yield made
    made.engine.close()


@pytest.mark.parametrize(
    "joined",
    [
        "care.stays AS s",
        "care.stays AS s JOIN care.places AS p ON s.place = p.place",
        "care.places AS p JOIN care.stays AS s ON p.place = s.place",
        "care.stays AS s JOIN care.places AS p USING (place)",
        "care.stays AS s LEFT JOIN care.places AS p ON s.place = p.place",
        "care.stays AS s, care.places AS p",
        "care.stays AS s JOIN care.places AS p ON s.place = p.place JOIN care.places AS q ON q.place = p.pair",
    ],
)
def test_rows_are_counted_where_keys_prove_that_no_join_repeats_them(clinic: _Clinic, joined: str) -> None:
    where = " WHERE s.place = p.place" if ", " in joined else ""
    shown = clinic.compiled(f"SELECT s.ward, count(*) FROM {joined}{where} GROUP BY s.ward", min_group=4).shown
    assert "bit_or" not in shown.lower()
    assert "DISTINCT" not in shown


@pytest.mark.parametrize(
    "joined",
    [
        "care.stays AS s, care.places AS p WHERE s.cost > 3",
        "care.stays AS s JOIN care.places AS p ON s.place = p.pair",
        "care.stays AS s JOIN care.places AS p ON s.place <= p.place",
        "care.stays AS s JOIN care.places AS p ON s.place = p.place OR p.pair = 3",
        "care.stays AS s JOIN care.places AS p ON s.place = p.wide",  # by another type: two keys may become one
        "care.places AS p LEFT JOIN care.stays AS s ON p.place = s.place",
        "care.stays AS s LEFT JOIN care.places AS p ON p.pair = 3 JOIN care.places AS q ON q.place = s.place",
    ],
)
def test_units_are_counted_where_a_join_may_repeat_rows(clinic: _Clinic, joined: str) -> None:
    sql = f"SELECT s.ward, count(*) FROM {joined} GROUP BY s.ward"
    assert "bit_or" in clinic.compiled(sql, min_group=4).shown.lower()


def test_a_masked_key_proves_nothing(clinic: _Clinic) -> None:
    masked = {"place": MaskClause("generalise", (("step", 10),))}
    sql = "SELECT p.zone, count(*) FROM care.stays AS s JOIN care.places AS p ON s.place = p.place GROUP BY p.zone"
    statement = parse(sql)
    tables = {"stays": clinic._table("stays", {"min_group": 4})}
    tables["places"] = clinic._table("places", {"masks": tuple((name, (clause,)) for name, clause in masked.items())})
    bound = {reference: tables[reference.table] for reference in statement.references}
    shown = compile_plan(statement, bound, attributes=READER, today=TODAY, key=lambda _scope: b"k").shown
    assert "bit_or" in shown.lower()


def test_groups_too_large_for_a_bitmap_are_counted_exactly(clinic: _Clinic) -> None:
    shown = clinic.compiled("SELECT ward, count(*) FROM care.stays GROUP BY ward", min_group=49, unit="person").shown
    assert "COUNT(DISTINCT" in shown


_SHAPES = {
    "plain": ("care.stays AS s", "stays AS s"),
    "repeated": (
        "care.stays AS s JOIN care.places AS p ON s.place = p.pair",
        "stays AS s JOIN places AS p ON s.place = p.pair",
    ),
    "optional": (
        "care.places AS p LEFT JOIN care.stays AS s ON s.place = p.place AND s.cost > 2",
        "places AS p LEFT JOIN stays AS s ON s.place = p.place AND s.cost > 2",
    ),
}
_UNITS = {"row": "s.id", "person": "s.person"}


@pytest.mark.parametrize("unit", sorted(_UNITS))
@pytest.mark.parametrize("shape", sorted(_SHAPES))
@pytest.mark.parametrize("least", [2, 9, 13, 40])
def test_what_leaves_is_what_counting_distinct_units_lets_leave(
    clinic: _Clinic, shape: str, unit: str, least: int
) -> None:
    governed, plain = _SHAPES[shape]
    clauses = {"min_group": least, "unit": None if unit == "row" else unit}
    cells = "count(*), sum(s.cost), count(*) FILTER (WHERE s.place < 30)"
    there = {"sum(s.cost)": "s.cost IS NOT NULL", "count(*) FILTER (WHERE s.place < 30)": "s.place < 30"}
    for groups in ("s.ward", "s.ward % 3, s.place % 2"):
        answer = clinic.answer(f"SELECT {groups}, {cells} FROM {governed} GROUP BY {groups}", **clauses)
        counted = f"count(DISTINCT {_UNITS[unit]})"
        guarded = ", ".join(
            f"CASE WHEN {counted} FILTER (WHERE {condition}) >= {least} THEN {cell} END"
            for cell, condition in there.items()
        )
        expected = clinic.engine.execute(
            f"SELECT {groups}, count(*), {guarded} FROM {plain} GROUP BY {groups} HAVING {counted} >= {least}"
        ).fetchall()
        assert sorted(map(repr, answer)) == sorted(map(repr, expected))


@pytest.mark.parametrize("unit", [None, "person"])
def test_an_answer_without_groups_is_counted_alike(clinic: _Clinic, unit: str | None) -> None:
    joined = "care.stays AS s JOIN care.places AS p ON s.place = p.pair"
    for low in range(5, 1000, 50):
        column = "s.id" if unit is None else "s.person"
        condition = f"CAST(s.ward AS DOUBLE) * 17 < {low}"
        expected = clinic.engine.execute(
            f"SELECT CASE WHEN count(DISTINCT {column}) >= 9 THEN count(*) END, CASE WHEN count(DISTINCT {column}) "
            f"FILTER (WHERE s.cost IS NOT NULL) >= 9 THEN sum(s.cost) END FROM {joined.replace('care.', '')} "
            f"WHERE {condition}"
        ).fetchall()
        sql = f"SELECT count(*), sum(s.cost) FROM {joined} WHERE {condition}"
        assert clinic.answer(sql, min_group=9, unit=unit) == expected
