"""A small world to compile against: stored tables, what agreements leave of them, and those views made by hand.

The views are written apart from the compiler, so that the equation of ``docs/reference/terms.md`` section 3 has two
sides: answer(governed query) = answer over V. Hidden rows and columns hold marked values (`CANARY`) and the extremes
of each type, so that a value or an error that comes through is seen.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import duckdb

from golconda.agreement.obligations import TableObligations
from golconda.agreement.terms import MaskClause
from golconda.engine.leak_test import prepare
from golconda.gate.compile import Plan, compile_plan
from golconda.gate.listing import Listed, Listing, listing
from golconda.gate.protected import ProtectedTable
from golconda.gate.statement import Reference, parse
from golconda.kernel.logical_types import Column, LogicalType
from golconda.kernel.names import ProductName, TableName

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "CANARY"
KEY = b"a key of the tests"
READER = {"organisation": "acme", "person": "li", "region": "R1"}
TODAY = date(2026, 1, 31)

_VISITS = """
SELECT i AS id, 'R' || CAST(i % 5 AS VARCHAR) AS region,
       '138' || lpad(CAST(i * 7919 % 100000000 AS VARCHAR), 8, '0') AS phone,
       CASE WHEN i % 11 = 0 THEN NULL ELSE CAST(i % 40 AS DOUBLE) / 4 END AS cost,
       CAST(i % 90 AS DECIMAL(10, 2)) / 4 AS amount, i % 13 AS units,
       DATE '2024-01-01' + CAST(i % 60 AS INTEGER) AS day, TIMESTAMP '2024-01-01 08:00:00' AS moment,
       CASE WHEN i % 7 = 0 THEN NULL WHEN i % 6 = 0 THEN FALSE ELSE TRUE END AS consent,
       CAST(i % 17 AS VARCHAR) AS code, 'CANARY-COLUMN-' || CAST(i AS VARCHAR) AS secret
FROM range(400) AS r(i)
"""
_HIDDEN = """
SELECT 1000 + i AS id, 'R9' AS region, 'CANARY-ROW' AS phone, CAST(1e308 AS DOUBLE) AS cost,
       CAST(99999999.99 AS DECIMAL(10, 2)) AS amount, CASE WHEN i = 0 THEN 9223372036854775807 ELSE 0 END AS units,
       CASE WHEN i = 0 THEN DATE '5881580-07-10' ELSE DATE '-5877641-06-25' END AS day,
       TIMESTAMP '294247-01-10 04:00:54.775806' AS moment, TRUE AS consent, 'CANARY-ROW' AS code, 'CANARY-ROW' AS secret
FROM range(3) AS r(i)
"""
_REGIONS = """
SELECT 'R' || CAST(i AS VARCHAR) AS region, 'Region ' || CAST(i AS VARCHAR) AS title, i * 10 AS people
FROM range(6) AS r(i)
"""
_PATIENTS = """
SELECT i AS id, i % 30 AS patient, 'W' || CAST(i % 4 AS VARCHAR) AS ward, i % 50 AS age,
       CASE WHEN i % 5 = 0 THEN NULL ELSE CAST(i % 9 AS DOUBLE) END AS cost,
       CASE WHEN i % 23 <> 0 THEN DATE '2024-01-01' + CAST(i % 80 AS INTEGER) END AS day
FROM range(300) AS r(i)
UNION ALL SELECT 1000 + i, 100 + i, 'small', 30, 7.0, DATE '5881580-07-10' FROM range(3) AS r(i)
"""
_TYPES = {
    "visits": "id BIGINT, region VARCHAR, phone VARCHAR, cost DOUBLE, amount DECIMAL(10;2), units BIGINT, day DATE, "
    "moment TIMESTAMP, consent BOOLEAN, code VARCHAR, secret VARCHAR",
    "regions": "region VARCHAR, title VARCHAR, people BIGINT",
    "patients": "id BIGINT, patient BIGINT, ward VARCHAR, age BIGINT, cost DOUBLE, day DATE",
}
_TYPES["events"] = _TYPES["visits"]
_SQL = dict.fromkeys(("visits", "events"), f"{_VISITS} UNION ALL {_HIDDEN}") | {
    "regions": _REGIONS,
    "patients": _PATIENTS,
}
_SHOWN = ("id", "region", "phone", "cost", "amount", "units", "day", "moment", "code")
_OBLIGATIONS = {
    "visits": TableObligations(
        columns=_SHOWN,
        where=('"region" <> \'R9\' AND "consent"', '"region" <> :region'),
        masks=(("id", (MaskClause("pseudonym"),)), ("phone", (MaskClause("partial"),))),
        key_scope="agreement:a",
    ),
    # An OR costs more than most failing expressions, so that an optimiser would rather try those first.
    "events": TableObligations(columns=_SHOWN, where=("\"region\" <> 'R9' OR \"secret\" = 'zz'",)),
    "regions": TableObligations(columns=("region", "title", "people")),
    "patients": TableObligations(columns=("id", "patient", "ward", "age", "cost", "day"), min_group=5, unit="patient"),
}


@dataclass(frozen=True, slots=True)
class World:
    """`governed` runs plans on the stored files; `views` holds V of each table, made by hand."""

    tables: dict[str, ProtectedTable]
    governed: duckdb.DuckDBPyConnection
    views: duckdb.DuckDBPyConnection

    def compiled(self, sql: str, engine: str = "duckdb") -> Plan:
        """Compile a query for the reader."""
        statement = parse(sql)
        bound: dict[Reference, ProtectedTable | Listing] = {
            name: self.tables[name.table] for name in statement.references if self.knows(name)
        }
        listed = [Listed(table, "a") for table in self.tables.values()]
        bound |= {name: made for name in statement.listings if (made := listing(name.table, listed)) is not None}
        return compile_plan(statement, bound, attributes=READER, today=TODAY, key=lambda _scope: KEY, engine=engine)

    def knows(self, name: Reference) -> bool:
        """Say whether a table of this name is the reader's."""
        return name.table in self.tables and (name.organisation, name.product) in (
            (None, "care"),
            ("city", "care"),
            (None, None),
        )

    def answer(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the reader gets."""
        plan = self.compiled(sql)
        return self.governed.execute(plan.sql, dict(plan.parameters)).fetchall()

    def expected(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the query gives over the views."""
        return self.views.execute(sql).fetchall()


def world(folder: Path) -> World:
    """Write the files and make the views."""
    governed, views = duckdb.connect(), duckdb.connect()
    prepare(governed)
    tables = {name: _table(governed, name, folder / f"{name}.parquet") for name in _SQL}
    _make_views(views, tables)
    return World(tables, governed, views)


def _table(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> ProtectedTable:
    parts = [part.split() for part in _TYPES[name].split(", ")]
    typed = ", ".join(f"CAST({column} AS {type_.replace(';', ',')}) AS {column}" for column, type_ in parts)
    connection.execute(f"COPY (SELECT {typed} FROM ({_SQL[name]})) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    columns = tuple(Column(column, LogicalType.parse(type_.replace(";", ","))) for column, type_ in parts)
    keys = frozenset({"id"}) if name == "patients" else frozenset[str]()
    return ProtectedTable(
        TableName(ProductName("city", "care"), name), columns, _OBLIGATIONS[name], (str(file),), keys, keys
    )


def _make_views(views: duckdb.DuckDBPyConnection, tables: dict[str, ProtectedTable]) -> None:
    views.execute("ATTACH ':memory:' AS city; CREATE SCHEMA city.care; USE city.care")
    views.execute("CREATE TEMP TABLE names (id BIGINT, pseudonym VARCHAR)")
    views.executemany("INSERT INTO names VALUES (?, ?)", [(id_, _pseudonym(id_)) for id_ in range(400)])
    views.execute(
        "CREATE TABLE visits AS SELECT pseudonym AS id, region, left(phone, 3) || repeat('*', 6) || right(phone, 2) "
        "AS phone, cost, amount, units, day, moment, code FROM read_parquet(?) JOIN names USING (id) "
        "WHERE consent AND region NOT IN ('R9', 'R1')",
        [tables["visits"].files[0]],
    )
    views.execute(
        "CREATE TABLE events AS SELECT * EXCLUDE (consent, secret) FROM read_parquet(?) WHERE region <> 'R9'",
        [tables["events"].files[0]],
    )
    for name in ("regions", "patients"):
        views.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet(?)", [tables[name].files[0]])


def _pseudonym(value: int) -> str:
    return hmac.new(KEY, str(value).encode(), sha256).hexdigest()[:32]
