"""Lineage: each column of an answer leads back to the stored columns whose values it holds."""

from __future__ import annotations

import pytest

from golconda.agreement.obligations import TableObligations
from golconda.gate.compile import output_columns
from golconda.gate.protected import ProtectedTable
from golconda.gate.statement import Reference, parse
from golconda.kernel.logical_types import Column, LogicalType
from golconda.kernel.names import ProductName, TableName


def _table(name: str, **columns: str) -> ProtectedTable:
    stored = tuple(Column(column, LogicalType.parse(type_), nullable=True) for column, type_ in columns.items())
    visible = TableObligations(columns=tuple(columns))
    return ProtectedTable(TableName(ProductName("city", "care"), name), stored, visible, files=("f.parquet",))


TABLES = {
    Reference(None, "care", "visits"): _table("visits", region="VARCHAR", cost="DOUBLE", day="DATE"),
    Reference(None, "care", "regions"): _table("regions", region="VARCHAR", title="VARCHAR", people="BIGINT"),
}


def lineage(sql: str) -> dict[str, set[str]]:
    """Return by output column what it is made of, as ``visits.cost aggregated``."""
    found = output_columns(parse(sql), TABLES)
    return {
        column.name: {f"{origin.table.table}.{origin.column} {origin.how}" for origin in column.origins}
        for column in found
    }


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT region FROM care.visits", {"region": {"visits.region copied"}}),
        ("SELECT cost AS c FROM care.visits v", {"c": {"visits.cost copied"}}),
        ("SELECT v.cost * 2 AS c FROM care.visits v", {"c": {"visits.cost computed"}}),
        ("SELECT sum(cost) + 1 AS c FROM care.visits", {"c": {"visits.cost aggregated"}}),
        ("SELECT count(*) AS n FROM care.visits", {"n": {"visits.* aggregated"}}),
        ("SELECT count(*) AS n FROM (SELECT cost FROM care.visits)", {"n": {"visits.* aggregated"}}),
        ("SELECT 1 AS one FROM care.visits", {"one": set()}),
        ("SELECT * FROM care.regions", {c: {f"regions.{c} copied"} for c in ("region", "title", "people")}),
        (
            "WITH a AS (SELECT region AS r, avg(cost) AS c FROM care.visits GROUP BY 1), b(x, y) AS (SELECT c, r"
            " FROM a) SELECT y, x + 1 AS x FROM b",
            {"y": {"visits.region copied"}, "x": {"visits.cost aggregated"}},
        ),
        (
            "SELECT region, title FROM care.visits JOIN care.regions USING (region)",
            {"region": {"visits.region copied", "regions.region copied"}, "title": {"regions.title copied"}},
        ),
        (
            "SELECT region FROM care.visits UNION ALL SELECT title FROM care.regions",
            {"region": {"visits.region copied", "regions.title copied"}},
        ),
        (
            "SELECT cost AS c, c + 1 AS d FROM care.visits",
            {"c": {"visits.cost copied"}, "d": {"visits.cost computed"}},
        ),
        (
            "SELECT (SELECT max(people) FROM care.regions r WHERE r.region = v.region) AS p FROM care.visits v",
            {"p": {"regions.people aggregated"}},
        ),
        (
            "SELECT sum(cost) OVER (PARTITION BY region ORDER BY day) AS s FROM care.visits",
            {"s": {"visits.cost aggregated", "visits.region computed", "visits.day computed"}},
        ),
        (
            "WITH visits AS (SELECT title AS region FROM care.regions) SELECT region FROM visits",
            {"region": {"regions.title copied"}},
        ),
        ("SELECT region FROM care.visits WHERE cost > 3", {"region": {"visits.region copied"}}),
        (
            "WITH RECURSIVE r(a, b, c) AS (SELECT region, title, 1 FROM care.regions UNION SELECT b, a, c + 1 FROM r)"
            " SELECT * FROM r",
            {
                "a": {"regions.region copied", "regions.title copied"},
                "b": {"regions.region copied", "regions.title copied"},
                "c": set(),
            },
        ),
        (
            "WITH RECURSIVE r(a, b, c, d) AS (SELECT region, title, '', people FROM care.regions UNION"
            " SELECT upper(b), c, a, (SELECT max(cost) FROM care.visits) FROM r) SELECT c, d FROM r",
            {
                "c": {"regions.region computed", "regions.title computed"},
                "d": {"regions.people copied", "visits.cost aggregated"},
            },
        ),
        (
            "WITH RECURSIVE r AS ((SELECT region FROM care.regions) UNION ALL SELECT region FROM r)"
            " SELECT count(*) AS n FROM r",
            {"n": {"regions.* aggregated"}},
        ),
    ],
)
def test_each_column_leads_back_to_what_it_holds(sql: str, expected: dict[str, set[str]]) -> None:
    assert lineage(sql) == expected
