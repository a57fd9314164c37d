"""Masks, then the projection: the outermost select of a leaf shows V's columns, in contract order, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from golconda.gate.leaf.leaf import Leaf
    from golconda.gate.leaf.view import VisibleColumn

ROW = "golconda row"  # a space keeps readers' names apart from it


def mask_and_project(leaf: Leaf, inner: exp.Select) -> exp.Select:
    """Wrap the rows in a select of V's columns; masks that nobody reads are pruned by the engine."""
    shown = [_shown(leaf, column) for column in leaf.columns]
    return exp.select(*shown, *_row(leaf)).from_(exp.Subquery(this=inner), copy=False)


def _shown(leaf: Leaf, column: VisibleColumn) -> exp.Expr:
    value = exp.column(column.name, quoted=True)
    if column.mask is None or column.clause is None:
        return value
    key = leaf.parameters.mask_key(leaf.table.obligations.key_scope) if column.mask.keyed else leaf.no_key
    masked = column.mask.expression(value, dict(column.clause.parameters), column.stored.type, key)
    return exp.alias_(masked.copy(), column.name, quoted=True)


def _row(leaf: Leaf) -> tuple[exp.Expr, ...]:
    if not leaf.with_row:
        return ()
    parts = [exp.column(name, quoted=True) for name in ("file_index", "file_row_number")]
    return (exp.alias_(exp.Anonymous(this="row", expressions=parts), ROW, quoted=True),)
