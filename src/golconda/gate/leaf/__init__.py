"""The leaf compiler: each table scan becomes its protected view, built from the inside out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.leaf.barrier import raise_barrier
from golconda.gate.leaf.filter import filter_rows
from golconda.gate.leaf.mask import mask_and_project
from golconda.gate.leaf.pushed import push_conditions
from golconda.gate.leaf.scan import scan

if TYPE_CHECKING:
    from golconda.gate.leaf.leaf import Leaf

RULES = (scan, filter_rows, push_conditions, raise_barrier, mask_and_project)


def protected_view(leaf: Leaf) -> exp.Select:
    """Return V as a select over the stored files."""
    view = exp.Select()
    for rule in RULES:
        view = rule(leaf, view)
    return view
