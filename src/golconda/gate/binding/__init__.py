"""Binding: every name of a query resolved against V, and every expression's type and chance to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.gate.binding.queries import bind_query
from golconda.gate.binding.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from golconda.gate.binding.scope import Field, Scope
    from golconda.gate.listing import Listing
    from golconda.gate.protected import ProtectedTable
    from golconda.gate.statement import Reference


def bind(
    tree: exp.Query, tables: Mapping[Reference, ProtectedTable | Listing], *, notes_types: bool = False
) -> tuple[Work, tuple[Field, ...]]:
    """Resolve a tree in place over the tables' views; return what was found and the answer's columns.

    `notes_types`: each expression's type stays with it, as ``meta["type"]``.
    """

    def query(node: exp.Expr, outer: Scope | None, ctes: Mapping[str, tuple[Field, ...]]) -> tuple[Field, ...]:
        return bind_query(node, outer, ctes, work)

    work = Work(tables, query, notes_types=notes_types)
    return work, bind_query(tree, None, {}, work)
