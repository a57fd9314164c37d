"""The snapshot's files, all columns: the only place where stored rows come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from golconda.gate.leaf.leaf import Leaf


def scan(leaf: Leaf, inner: exp.Select) -> exp.Select:
    """Read the files. Paths give no columns: ``region=R9`` in one would add what the contract does not know."""
    files = exp.Array(expressions=[exp.Literal.string(file) for file in leaf.table.files])
    paths = exp.EQ(this=exp.to_identifier("hive_partitioning"), expression=exp.false())
    reading = exp.Anonymous(this="read_parquet", expressions=[files, paths])
    source = exp.Table(this=reading)
    source.meta.update(table=leaf.table.name, scanned=leaf.table.files, columns=leaf.table.columns)
    source.meta["places"] = leaf.counts_rows
    if not leaf.counts_rows:  # a copy has no virtual columns
        source.meta["files"] = leaf.table.files
    return inner.select(*_columns(leaf), copy=False).from_(source, copy=False)


def _columns(leaf: Leaf) -> tuple[exp.Expr, ...]:
    star = exp.Star()
    if not leaf.counts_rows:
        return (star,)
    # Virtual columns of the reader, unique together; they survive joins that multiply rows.
    return star, exp.column("file_index", quoted=True), exp.column("file_row_number", quoted=True)
