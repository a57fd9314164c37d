"""The suite every mask passes; a plug-in brings only its examples.

Subclass `MaskSuite` in a test file with `name` set, or parametrise over `plugin.names("mask")` as golconda does.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from golconda.engine.leak_test import prepare
from golconda.kernel.logical_types import Kind, LogicalType
from golconda.kernel.ports import MaskKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from golconda.kernel.ports import Mask

KEY = b"golconda"
# Values of each kind that hurt: extremes, empties, what other engines do not have.
HARD: dict[Kind, tuple[str, ...]] = {
    Kind.BOOLEAN: ("true", "false"),
    Kind.BIGINT: ("-9223372036854775808", "-1", "0", "1", "9223372036854775807"),
    Kind.DOUBLE: ("nan", "inf", "-inf", "-0.0", "1.7e308", "-1.7e308", "5e-324"),
    Kind.DECIMAL: ("-99999999.99", "0.00", "99999999.99"),
    Kind.VARCHAR: ("", " ", "a", "'", "Ünï 💥", "x" * 3000, "%_"),
    Kind.DATE: ("-infinity", "infinity", "5881580-07-10", "5877642-06-25 (BC)", "0001-01-01", "2024-02-29"),
    Kind.TIMESTAMP: ("infinity", "294247-01-10 04:00:54.775806", "290309-12-22 (BC) 00:00:00", "2024-02-29 23:59:59"),
    Kind.TIMESTAMPTZ: ("2024-02-29 23:59:59+00",),
    Kind.BLOB: ("", "\\xFF\\x00"),
}


def masked(mask: Mask, parameters: Mapping[str, Any], type_: LogicalType, literal: str | None) -> Any:
    """Return what a mask makes of one value, given as text that casts to the type."""
    value = exp.Cast(this=exp.Placeholder(this="value"), to=exp.DataType.build(str(type_), dialect="duckdb"))
    tree = exp.select(mask.expression(value, parameters, type_, key()).copy())
    sql = tree.sql("duckdb")
    given = {"value": literal, "key_inner": _pad(0x36), "key_outer": _pad(0x5C)}
    with duckdb.connect() as connection:
        used = {name: bound for name, bound in given.items() if f"${name}" in sql}
        row = connection.execute(sql, used).fetchone()
    return row[0] if row else None


def key() -> MaskKey:
    """Return the key of the suite as parameters."""
    return MaskKey(exp.Placeholder(this="key_inner"), exp.Placeholder(this="key_outer"))


def _pad(pad: int) -> bytes:
    return bytes(byte ^ pad for byte in KEY.ljust(64, b"\0"))


def check_examples(mask: Mask) -> None:
    """Hold a mask to its own examples."""
    for parameters, type_name, value, result in mask.examples:
        type_ = LogicalType.parse(type_name)
        shown = mask.accept(parameters, type_)
        assert masked(mask, parameters, type_, str(value)) == typed(result, shown), (parameters, value)


def check_missing(mask: Mask) -> None:
    """A missing value stays missing."""
    for parameters, type_name, _value, _result in mask.examples:
        assert masked(mask, parameters, LogicalType.parse(type_name), None) is None


def check_output_type(mask: Mask) -> None:
    """The engine gives the type that `accept` promises."""
    for parameters, type_name, value, _result in mask.examples:
        type_ = LogicalType.parse(type_name)
        literal = exp.Cast(this=exp.Literal.string(str(value)), to=exp.DataType.build(type_name, dialect="duckdb"))
        bare = MaskKey(exp.Literal.string(""), exp.Literal.string(""))
        tree = mask.expression(literal, parameters, type_, bare).transform(_as_blob)
        with duckdb.connect() as connection:
            row = connection.execute(exp.select(exp.func("typeof", tree)).sql("duckdb")).fetchone()
        assert row is not None
        assert _name(str(row[0])) == str(mask.accept(parameters, type_))


def check_total(mask: Mask, folder: Path) -> None:
    """A mask that says it is total fails on no value of its type, alone or over a whole Parquet dictionary."""
    for parameters, type_name, _value, _result in mask.examples:
        type_ = LogicalType.parse(type_name)
        with duckdb.connect() as connection:
            prepare(connection)
            file = folder / "hard.parquet"
            rows = [(text,) for text in (*HARD[type_.kind], None)] * 40
            connection.execute("CREATE OR REPLACE TABLE texts (t VARCHAR)")
            connection.executemany("INSERT INTO texts VALUES (?)", rows)
            connection.execute(f"COPY (SELECT TRY_CAST(t AS {type_}) AS v FROM texts) TO '{file}' (FORMAT parquet)")
            tree = mask.expression(exp.column("v"), parameters, type_, key())
            sql = f"SELECT count({tree.sql('duckdb')}) FROM '{file}'"
            used = {"key_inner": _pad(0x36), "key_outer": _pad(0x5C)} if mask.keyed else {}
            connection.execute(sql, used).fetchall()


def typed(value: Any, type_: LogicalType) -> Any:
    """Return an example's JSON value as Python has it."""
    if value is None or type_.kind not in _PYTHON:
        return value
    return _PYTHON[type_.kind](value)


_PYTHON: dict[Kind, Any] = {
    Kind.DATE: date.fromisoformat,
    Kind.TIMESTAMP: datetime.fromisoformat,
    Kind.DECIMAL: Decimal,
}


def _as_blob(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal) and node.this == "" and isinstance(node.parent, exp.DPipe):
        return exp.Cast(this=node.copy(), to=exp.DataType.build("BLOB"))
    return node


def _name(engine: str) -> str:
    return "TIMESTAMPTZ" if engine == "TIMESTAMP WITH TIME ZONE" else engine
