"""What binding finds out on its way through a query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlglot import exp

    from golconda.gate.binding.scope import Field, Scope, Source, Use
    from golconda.gate.listing import Listing
    from golconda.gate.protected import ProtectedTable
    from golconda.gate.statement import Reference


@dataclass(slots=True, eq=False)
class Work:
    """What was found.

    `uses`: by the id of a column node. `partial`: expressions that can fail; `late`: those that can only after an
    aggregation. `unflagged`: functions of that list. `again`: terms of CTEs that read themselves.
    `selects`: every SELECT with its scope, outer ones first. `conditions`: the conjuncts that may move into the leaf
    of a source, by the source's id.
    """

    tables: Mapping[Reference, ProtectedTable | Listing]
    query: Callable[[exp.Expr, Scope | None, Mapping[str, tuple[Field, ...]]], tuple[Field, ...]]
    leaves: list[Source] = field(default_factory=list)
    uses: dict[int, Use] = field(default_factory=dict)
    selects: list[tuple[exp.Select, Scope]] = field(default_factory=list)
    partial: list[exp.Expr] = field(default_factory=list)
    late: list[exp.Expr] = field(default_factory=list)
    unflagged: list[str] = field(default_factory=list)
    again: list[exp.Expr] = field(default_factory=list)
    conditions: dict[int, list[exp.Expr]] = field(default_factory=dict)
    notes_types: bool = False  # whether each expression keeps its type, for engines that need to know

    @property
    def can_fail(self) -> bool:
        """Say whether some expression met so far can fail on some value of a row."""
        return bool(self.partial)
