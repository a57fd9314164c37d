"""The agreement's condition on raw values: a row for which it is not true is out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.agreement import predicate

if TYPE_CHECKING:
    from golconda.gate.leaf.leaf import Leaf


def filter_rows(leaf: Leaf, inner: exp.Select) -> exp.Select:
    """Add every condition of the agreement; WHERE keeps rows for which they are true, NULL is not."""
    for text in leaf.table.obligations.where:
        condition = predicate.read(text, leaf.table.columns)
        inner = inner.where(condition.transform(leaf.bound), copy=False)
    return inner


def bind(node: exp.Expr, leaf: Leaf) -> exp.Expr:
    """Put the reader's attributes and the decision's day where the condition asks for them."""
    if isinstance(node, exp.Placeholder):
        return leaf.parameters.attribute(node.name)
    if isinstance(node, exp.CurrentDate):
        return leaf.parameters.day()
    return node
