"""A profile says what is in the files, how exactly, and lets strangers see no value of few rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from golconda import contract
from golconda.kernel.logical_types import Column, from_arrow
from golconda.kernel.names import ProductName
from golconda.profiling import Exactness, Finding, profile, release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = 400


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def _table(rows: int = ROWS) -> pa.Table:
    return pa.table(
        {
            "visit_id": range(rows),
            "patient_id": [n % 40 for n in range(rows)],
            "phone": [f"138{n % 40:08d}" for n in range(rows)],
            "region": [["R1", "R2", "R3"][n % 3] for n in range(rows - 1)] + ["R9"],
            "note": [None if n % 4 == 0 else f"note {n}" for n in range(rows)],
            "cost": [n / 8 for n in range(rows)],
        }
    )


def _profiled(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: pa.Table
) -> tuple[tuple[Column, ...], tuple[Finding, ...]]:
    file = folder / "t.parquet"
    pq.write_table(table, file)
    columns = tuple(Column(field.name, from_arrow(field.type, column=field.name)) for field in table.schema)
    return columns, profile(connection, [str(file)], "t", columns)


def _value(findings: tuple[Finding, ...], column: str | None, name: str) -> Any:
    return next((f.value for f in findings if f.column == column and f.name == name), None)


def _drafted(columns: tuple[Column, ...], findings: tuple[Finding, ...]) -> contract.Contract:
    table = contract.DraftTable("t", {"en": "T"}, columns, findings)
    return contract.draft(ProductName("city", "care"), titles={"en": "Care"}, tables=[table])


def test_counts_and_extremes_are_exact(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, found = _profiled(connection, tmp_path, _table())
    assert _value(found, None, "rows") == ROWS
    assert _value(found, "note", "missing") == 100
    assert _value(found, "region", "distinct") == 4
    assert _value(found, "visit_id", "unique") is True
    assert _value(found, "patient_id", "unique") is False
    assert _value(found, "cost", "maximum") == (ROWS - 1) / 8
    assert math.isclose(_value(found, "cost", "mean"), (ROWS - 1) / 16)
    assert _value(found, "cost", "quantiles")["0.5"] == (ROWS - 1) / 16


def test_top_values_stand_for_at_least_ten_rows(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, found = _profiled(connection, tmp_path, _table())
    listed = _value(found, "region", "top_values")
    assert [entry["value"] for entry in listed] == ["R1", "R2", "R3"]
    assert all(entry["rows"] >= 10 for entry in listed)


def test_a_draft_follows_the_data(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    table = _drafted(*_profiled(connection, tmp_path, _table())).tables[0]
    assert table.primary_key == ("visit_id",)
    assert table.unit == "patient_id"
    assert [column.name for column in table.columns if not column.required] == ["note"]
    assert [column.name for column in table.columns if column.sensitive] == ["patient_id", "phone"]


def test_a_draft_gives_no_example_of_a_sensitive_column(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    drafted = _drafted(*_profiled(connection, tmp_path, _table()))
    examples = {p["name"]: p.get("examples") for p in drafted.document["schema"][0]["properties"]}
    assert examples["phone"] is None
    assert examples["patient_id"] is None
    assert examples["region"] == ["R1", "R2", "R3"]


def test_strangers_see_counts_and_values_of_ten_rows(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    columns, found = _profiled(connection, tmp_path, _table())
    shown = release(found, _drafted(columns, found).tables[0])
    names = {(finding.column, finding.name) for finding in shown if finding.released}
    assert {("phone", "distinct"), ("region", "top_values"), ("region", "minimum"), ("cost", "mean")} <= names
    hidden = {("phone", "top_values"), ("patient_id", "mean"), ("region", "maximum"), ("cost", "quantiles")}
    assert not hidden & names


def test_nothing_is_released_before_the_contract_is_asked(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert not any(finding.released for finding in _profiled(connection, tmp_path, _table())[1])


def test_a_column_the_contract_lacks_counts_as_sensitive(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, found = _profiled(connection, tmp_path, _table())
    shown = release(found, contract.TableExpectation("t"))
    assert {finding.name for finding in shown if finding.released} <= {
        "rows",
        "missing",
        "distinct",
        "unique",
        "shapes",
    }


def test_an_empty_table_has_rows_and_missing_alone(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, found = _profiled(connection, tmp_path, _table().slice(0, 0))
    assert {(finding.name, finding.value) for finding in found} == {("rows", 0), ("missing", 0)}


def test_numbers_without_end_do_not_stop_it(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    wild = pa.table({"f": [1.0, 3.0, math.nan, math.inf, -math.inf, 1e300, None]})
    _, found = _profiled(connection, tmp_path, wild)
    assert _value(found, "f", "mean") == 2.0
    assert _value(found, "f", "minimum") == "-Infinity"


def test_a_column_may_have_any_name(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    odd = pa.table({'a "quoted" name': [1, 1], "rows": [1, 2], "数量": [3, 3]})
    _, found = _profiled(connection, tmp_path, odd)
    assert _value(found, 'a "quoted" name', "distinct") == 1
    assert _value(found, None, "rows") == 2


def test_a_sample_of_a_large_table_says_it_is_approximate(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    _, found = _profiled(connection, tmp_path, pa.table({"n": range(250_000)}))
    quantiles = next(finding for finding in found if finding.name == "quantiles")
    assert quantiles.exactness is Exactness.APPROXIMATE
    assert abs(quantiles.value["0.5"] - 125_000) < 25_000


def test_hundreds_of_columns_need_little_memory(tmp_path: Path) -> None:
    table = pa.table({f"c{place}": [place, place + 1, place + 2] for place in range(300)})
    with duckdb.connect(config={"memory_limit": "300MB", "threads": 2}) as small:
        _, found = _profiled(small, tmp_path, table)
    assert all(finding.value is True for finding in found if finding.name == "unique")


@pytest.mark.parametrize("repeated", [0, 1])
@pytest.mark.parametrize("step", [1, 7919])
def test_uniqueness_is_exact_whatever_the_order(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, repeated: int, step: int
) -> None:
    ids = [n * step % 1009 for n in range(1009)] + [5] * repeated
    _, found = _profiled(connection, tmp_path, pa.table({"id": ids, "name": [f"n{n}" for n in ids]}))
    assert [_value(found, column, "unique") for column in ("id", "name")] == [not repeated] * 2
    assert [_value(found, column, "distinct") for column in ("id", "name")] == [1009] * 2
