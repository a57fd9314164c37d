"""Masks, then the projection: the outermost select of a leaf shows V's columns, in contract order, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.leaf.scan import STRETCH

if TYPE_CHECKING:
    from golconda.gate.leaf.leaf import Leaf
    from golconda.gate.leaf.view import VisibleColumn

UNIT = "golconda unit"  # no reader's name reaches it: binding knows only V's columns
_ROWS_OF_A_FILE = 2**40


def mask_and_project(leaf: Leaf, inner: exp.Select) -> exp.Select:
    """Wrap the rows in a select of V's columns; masks that nobody reads are pruned by the engine."""
    shown = [_shown(leaf, column) for column in leaf.columns]
    return exp.select(*shown, *_unit(leaf), *_stretch(leaf)).from_(exp.Subquery(this=inner), copy=False)


def _shown(leaf: Leaf, column: VisibleColumn) -> exp.Expr:
    value = exp.column(column.name, quoted=True)
    if column.mask is None or column.clause is None:
        return value
    key = leaf.parameters.mask_key(leaf.table.obligations.key_scope) if column.mask.keyed else leaf.no_key
    masked = column.mask.expression(value, dict(column.clause.parameters), column.stored.type, key)
    return exp.alias_(masked, column.name, quoted=True)  # a copy, since masks share nodes


def _unit(leaf: Leaf) -> tuple[exp.Expr, ...]:
    """Add what groups are counted by, raw: the unit's column, or the place of the row in the snapshot."""
    if not leaf.counted:
        return ()
    unit = leaf.table.obligations.unit
    counted = exp.column(unit, quoted=True) if unit is not None else _place()
    return (exp.alias_(counted, UNIT, quoted=True),)


def _stretch(leaf: Leaf) -> tuple[exp.Expr, ...]:
    return (exp.column(STRETCH, quoted=True),) if leaf.sampled else ()


def _place() -> exp.Expr:
    file = exp.Cast(this=exp.column("file_index", quoted=True), to=exp.DataType(this=exp.DType.BIGINT))
    start = exp.Mul(this=file, expression=exp.Literal.number(_ROWS_OF_A_FILE))
    return exp.Add(this=start, expression=exp.column("file_row_number", quoted=True))
