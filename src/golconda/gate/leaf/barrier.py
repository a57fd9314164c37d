"""The barrier over the raw filter: nothing that can fail is tried on a hidden row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.engine.barrier import behind_barrier

if TYPE_CHECKING:
    from sqlglot import exp

    from golconda.gate.leaf.leaf import Leaf


def raise_barrier(leaf: Leaf, inner: exp.Select) -> exp.Select:
    """Close the filter off where an expression of the query can fail.

    Not where no row is hidden: then all that expressions can be tried on is in V, and masked values are only met
    behind their mask.
    """
    return behind_barrier(inner) if leaf.barrier and leaf.table.is_filtered else inner
