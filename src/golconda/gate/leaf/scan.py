"""The snapshot's files, all columns: the only place where stored rows come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

STRETCH = "golconda stretch"
NUMBER = "file_row_number"  # of the reader, within a file
STRETCHES = tuple((start, start + 4095) for start in (0, 2**18, 2**20, 2**22, 2**24))
DISTANCE = 2**18  # rows of two stretches lie so far apart

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
    rows = inner.select(*_columns(leaf), copy=False).from_(source, copy=False)
    return rows.where(_in_stretches(), copy=False) if leaf.sampled else rows


def _columns(leaf: Leaf) -> tuple[exp.Expr, ...]:
    columns: tuple[exp.Expr, ...] = (exp.Star(),)
    if leaf.counts_rows:
        # Virtual columns of the reader, unique together; they survive joins that multiply rows.
        columns = (*columns, exp.column("file_index", quoted=True), exp.column(NUMBER, quoted=True))
    if leaf.sampled:
        distance = exp.Literal.number(DISTANCE)
        columns = (*columns, exp.alias_(exp.IntDiv(this=_number(), expression=distance), STRETCH, quoted=True))
    return columns


def _number() -> exp.Column:
    """Return the number of a row, marked, since a copy has another."""
    number = exp.column(NUMBER, quoted=True)
    number.meta["numbers"] = True
    return number


def _in_stretches() -> exp.Expr:
    """Row groups that hold none of the stretches are not read, here and in a copy."""
    bounds = [tuple(map(exp.Literal.number, stretch)) for stretch in STRETCHES]
    return exp.or_(*(exp.Between(this=_number(), low=low, high=high) for low, high in bounds), copy=False)
