"""The suite every check passes: it measures and finds exactly what its examples say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from golconda.kernel.ports import POSITION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.kernel.ports import Check

TABLE = "example"


def check_example(plugin: type[Check], example: Mapping[str, Any]) -> None:
    """Run one example of a check on DuckDB; raises AssertionError with what differs."""
    check = plugin(**example["given"])
    with duckdb.connect() as connection:
        _fill(connection, example)
        measured = exp.select(check.measure()).from_(TABLE)
        assert connection.execute(measured.sql("duckdb")).fetchall() == [(example["measured"],)]
        found = _positions(connection, check.failing(exp.to_table(TABLE)))
        assert found == example["failing"]


def check_declares(plugin: type[Check]) -> None:
    """Require what the kernel reads of a check without making one."""
    assert plugin.examples, "a check brings examples"
    assert plugin.reason and "{" not in plugin.reason, "a reason has no place for a value"  # noqa: PT018
    assert isinstance(plugin.row_wise, bool)


def _fill(connection: duckdb.DuckDBPyConnection, example: Mapping[str, Any]) -> None:
    types = {POSITION: "BIGINT", **example["types"]}
    columns = [
        exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(type_, dialect="duckdb"))
        for name, type_ in types.items()
    ]
    schema = exp.Schema(this=exp.to_table(TABLE), expressions=columns)
    connection.execute(exp.Create(this=schema, kind="TABLE").sql("duckdb"))
    rows = exp.values([(place, *row) for place, row in enumerate(example["rows"], start=1)])
    connection.execute(exp.Insert(this=exp.to_table(TABLE), expression=rows).sql("duckdb"))


def _positions(connection: duckdb.DuckDBPyConnection, query: exp.Select) -> list[int]:
    place = exp.column(POSITION, quoted=True)
    ordered = exp.select(place).from_(query.subquery("failing")).order_by(place.copy())
    return [row[0] for row in connection.execute(ordered.sql("duckdb")).fetchall()]
