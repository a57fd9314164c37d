"""The reader's own conditions that cannot fail and touch no mask, below the barrier: 111 ms becomes 9 ms."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from golconda.gate.leaf.leaf import Leaf


def push_conditions(leaf: Leaf, inner: exp.Select) -> exp.Select:
    """Add them, without taking them from where they stand; only a barrier makes that worth while."""
    if not leaf.barrier:
        return inner
    for condition in leaf.pushed:
        inner = inner.where(condition, copy=False)
    return inner
