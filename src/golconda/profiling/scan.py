"""Staged Parquet files as a table of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Sequence


def parquet(files: Sequence[str], *, alias: str = "rows_") -> exp.Table:
    """Return ``read_parquet([files])`` as a table expression.

    >>> parquet(["a.parquet"]).sql("duckdb")
    "READ_PARQUET(['a.parquet']) AS rows_"
    """
    listed = exp.Array(expressions=[exp.Literal.string(str(file)) for file in files])
    table = exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[listed]))
    return exp.alias_(table, alias, table=True)  # type: ignore[return-value]  # a table stays a table


def column(name: str) -> exp.Column:
    """Return a column by the name it came with, quoted."""
    return exp.column(exp.to_identifier(name, quoted=True))
