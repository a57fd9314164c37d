"""The agreement's condition on raw values: a row for which it is not true is out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.agreement import predicate

if TYPE_CHECKING:
    from golconda.gate.leaf.leaf import Leaf
    from golconda.kernel.logical_types import Column


def filter_rows(leaf: Leaf, inner: exp.Select) -> exp.Select:
    """Add every condition of the agreement; WHERE keeps rows for which they are true, NULL is not."""
    for text in leaf.table.obligations.where:
        inner = inner.where(_read(text, leaf.table.columns).transform(leaf.bound), copy=False)
    return inner


@lru_cache(1024)
def _read(text: str, columns: tuple[Column, ...]) -> exp.Expr:
    return predicate.read(text, columns)  # never changed: parsing it for each query would take as long as the rest


def bind(node: exp.Expr, leaf: Leaf) -> exp.Expr:
    """Put the reader's attributes and the decision's day where the condition asks for them."""
    if isinstance(node, exp.Placeholder):
        return leaf.parameters.attribute(node.name)
    if isinstance(node, exp.CurrentDate):
        return leaf.parameters.day()
    return node
