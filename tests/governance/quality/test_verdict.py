"""Bad rows are set aside with number, column and reason; a broken rule of the table stops publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from golconda import contract
from golconda.governance.quality import Verdict, verdict
from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Column, from_arrow
from golconda.kernel.names import ProductName
from golconda.profiling import profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "a", "version": "1.0.0", "status": "active"}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


class Staged:
    """Parquet files of one table, staged for a verdict."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, *tables: pa.Table) -> None:
        self.connection = connection
        self.files = [str(folder / f"{number}.parquet") for number in range(len(tables))]
        for file, table in zip(self.files, tables, strict=True):
            pq.write_table(table, file)
        schema = tables[0].schema
        self.columns = tuple(Column(f.name, from_arrow(f.type, column=f.name)) for f in schema)

    def judge(self, *properties: dict[str, Any], quality: tuple[dict[str, Any], ...] = ()) -> Verdict:
        table = {"name": "t", "properties": list(properties), "quality": list(quality)}
        expected = contract.Contract({**HEAD, "schema": [table]}).tables[0]
        return verdict(self.connection, expected, self.files, self.columns)

    def accepted(self, found: Verdict) -> list[tuple[Any, ...]]:
        assert found.accepted is not None
        return self.connection.execute(found.accepted.sql("duckdb")).fetchall()


def _reasons(found: Verdict) -> list[tuple[int, str | None]]:
    return [(row.row, row.column) for row in found.rejected]


def test_rows_without_a_required_value_are_set_aside(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": [1, None, 3]}), pa.table({"a": [None, 5]}))
    found = staged.judge({"name": "a", "required": True})
    assert _reasons(found) == [(2, "a"), (4, "a")]
    assert staged.accepted(found) == [(1,), (3,), (5,)]
    assert found.may_publish


def test_the_first_row_of_a_key_stays(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": [1, 2, 1], "b": list("xyz")}))
    found = staged.judge({"name": "a", "unique": True}, {"name": "b"})
    assert _reasons(found) == [(3, "a")]
    assert staged.accepted(found) == [(1, "x"), (2, "y")]


def test_a_bad_first_row_does_not_turn_a_good_one_away(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": [1, 1, 1], "b": [None, "y", "z"]}))
    found = staged.judge({"name": "a", "unique": True}, {"name": "b", "required": True})
    assert _reasons(found) == [(1, "b"), (3, "a")]
    assert staged.accepted(found) == [(1, "y")]


def test_a_key_of_two_columns_is_judged_as_one(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": [1, 1, 1], "b": [1, 2, 1]}))
    key = {"primaryKey": True, "physicalType": "BIGINT"}
    found = staged.judge({"name": "b", "primaryKeyPosition": 2, **key}, {"name": "a", "primaryKeyPosition": 1, **key})
    assert _reasons(found) == [(3, "a, b")]


def test_values_become_the_promised_type_or_the_row_is_set_aside(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": ["1", "x", None, "2.5", "02"]}))
    found = staged.judge({"name": "a", "physicalType": "BIGINT"})
    assert _reasons(found) == [(2, "a"), (4, "a")]
    assert staged.accepted(found) == [(1,), (None,), (2,)]


def test_keys_are_judged_on_the_promised_type(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": ["1", "01", "2"]}))
    found = staged.judge({"name": "a", "physicalType": "BIGINT", "unique": True})
    assert _reasons(found) == [(2, "a")]


def test_the_word_of_the_standard_is_enough_of_a_type(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": ["2026-01-02"], "b": [1]}))
    found = staged.judge({"name": "a", "logicalType": "date"}, {"name": "b", "logicalType": "number"})
    assert [str(type(value).__name__) for value in staged.accepted(found)[0]] == ["date", "int"]


def test_right_files_are_left_as_they_are(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": [1, 2]}))
    found = staged.judge({"name": "a", "physicalType": "BIGINT", "primaryKey": True})
    assert found.accepted is None
    assert found.rejected == ()


@pytest.mark.parametrize(
    "promised", [{"name": "b"}, {"name": "a", "physicalType": "DATE"}, {"name": "a", "physicalType": "BLOB"}]
)
def test_what_no_row_can_mend_stops_publishing(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, promised: dict[str, Any]
) -> None:
    found = Staged(connection, tmp_path, pa.table({"a": [1]})).judge(promised)
    with pytest.raises(InvalidInput) as caught:
        found.demand()
    assert caught.value.code == "contract-broken"


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"metric": "rowCount", "mustBe": 4}, True),
        ({"metric": "rowCount", "mustNotBe": 4}, False),
        ({"metric": "rowCount", "mustBeBetween": [1, 4]}, True),
        ({"metric": "rowCount", "mustNotBeBetween": [1, 4]}, False),
        ({"metric": "rowCount", "mustBeGreaterThan": 4}, False),
        ({"metric": "rowCount", "mustBeGreaterOrEqualTo": 4}, True),
        ({"metric": "rowCount", "mustBeLessThan": 4}, False),
        ({"metric": "rowCount", "mustBeLessOrEqualTo": 4}, True),
        ({"metric": "duplicateValues", "arguments": {"properties": ["a"]}, "mustBe": 1}, True),
    ],
)
def test_each_operator_judges_a_measure(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, rule: dict[str, Any], holds: bool
) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": [1, 1, 2, None]}))
    found = staged.judge({"name": "a"}, quality=(rule,))
    assert found.may_publish is holds


@pytest.mark.parametrize(
    ("rule", "measured"),
    [
        ({"metric": "nullValues", "unit": "percent"}, 25.0),
        ({"metric": "missingValues", "arguments": {"missingValues": ["N/A"]}}, 2),
        ({"metric": "invalidValues", "arguments": {"validValues": ["F"]}}, 1),
        ({"metric": "invalidValues", "arguments": {"pattern": "[A-Z]"}}, 1),
        ({"metric": "duplicateValues"}, 1),
    ],
)
def test_each_metric_measures_a_column(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, rule: dict[str, Any], measured: float
) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": ["F", "F", None, "N/A"]}))
    found = staged.judge({"name": "a", "quality": [{**rule, "mustBe": measured}]})
    assert [result.measured for result in found.results] == [measured]
    assert found.may_publish


def test_a_mild_rule_only_reports(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rule = {"metric": "rowCount", "mustBe": 9, "severity": "warning"}
    found = Staged(connection, tmp_path, pa.table({"a": [1]})).judge({"name": "a"}, quality=(rule,))
    assert found.may_publish
    assert [result.holds for result in found.results] == [False]


def test_rules_are_held_against_the_rows_that_are_published(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": [1, None]}))
    found = staged.judge({"name": "a", "required": True}, quality=({"metric": "rowCount", "mustBe": 1},))
    assert found.may_publish


def test_rules_for_others_are_named_and_not_run(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rule = {"type": "sql", "query": "SELECT 1", "mustBe": 1}
    found = Staged(connection, tmp_path, pa.table({"a": [1]})).judge({"name": "a"}, quality=(rule,))
    assert [result.holds for result in found.results] == [None]
    assert found.may_publish


def test_arguments_a_check_does_not_take_are_refused(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rule = {"metric": "nullValues", "arguments": {"colour": 1}, "mustBe": 0}
    with pytest.raises(InvalidInput, match="colour") as caught:
        Staged(connection, tmp_path, pa.table({"a": [1]})).judge({"name": "a", "quality": [rule]})
    assert caught.value.code == "check-invalid"


def test_no_message_shows_a_value(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged = Staged(connection, tmp_path, pa.table({"a": ["secret-1", "secret-1", None]}))
    found = staged.judge({"name": "a", "required": True, "unique": True, "physicalType": "BIGINT"})
    assert "secret" not in str(found.results) + str(found.rejected)


def test_a_draft_holds_for_the_data_it_was_drafted_from(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    table = pa.table({"id": range(50), "who": [str(n % 7) for n in range(50)], "x": [None, 1.5] * 25})
    staged = Staged(connection, tmp_path, table)
    findings = profile(connection, staged.files, "t", staged.columns)
    draft = contract.DraftTable("t", {}, staged.columns, findings)
    drafted = contract.draft(ProductName("a", "b"), titles={"en": "B"}, tables=[draft]).tables[0]
    for known in ((), findings):
        found = verdict(connection, drafted, staged.files, staged.columns, known)
        assert (found.rejected_rows, found.accepted, found.may_publish) == (0, None, True)


def test_row_numbers_follow_the_files_of_a_large_table(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    bad = {5, 123_456, 150_001, 299_999}
    numbers = [None if n in bad else n for n in range(300_000)]
    whole = pa.table({"a": numbers, "file_row_number": [0] * 300_000})
    staged = Staged(connection, tmp_path, whole.slice(0, 150_000), whole.slice(150_000))
    found = staged.judge({"name": "a", "required": True}, {"name": "file_row_number"})
    assert [row.row for row in found.rejected] == sorted(n + 1 for n in bad)
    assert [row[0] for row in staged.accepted(found)] == [n for n in range(300_000) if n not in bad]
