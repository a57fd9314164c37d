"""A leaf: one table of the query and what its protected view needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.leaf import filter as filtering
from golconda.kernel.ports import MaskKey

if TYPE_CHECKING:
    from golconda.gate.leaf.parameters import Parameters
    from golconda.gate.leaf.view import VisibleColumn
    from golconda.gate.protected import ProtectedTable


@dataclass(frozen=True, slots=True)
class Leaf:
    """`barrier`: something in the query can fail. `counted`: groups of this table count its units. `sampled`: a few
    stretches of its rows do."""

    table: ProtectedTable
    columns: tuple[VisibleColumn, ...]
    parameters: Parameters
    barrier: bool
    pushed: tuple[exp.Expr, ...] = ()
    counted: bool = False
    sampled: bool = False

    @property
    def counts_rows(self) -> bool:
        """Say whether the unit is the row itself, so that rows need an identity."""
        return self.counted and self.table.obligations.unit is None

    @property
    def no_key(self) -> MaskKey:
        """Return the key of masks that take none."""
        return MaskKey(exp.Null(), exp.Null())

    def bound(self, node: exp.Expr) -> exp.Expr:
        """Put values where the agreement's condition asks for them."""
        return filtering.bind(node, self)
