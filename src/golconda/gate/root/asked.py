"""Leaves show the columns that the query names and no others: what nobody asks for need not be masked or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.dialect import folded

if TYPE_CHECKING:
    from golconda.gate.binding.scope import Source
    from golconda.gate.binding.work import Work


def apply(work: Work) -> None:
    """Leave out every column whose name stands nowhere in the query, in whatever sense.

    So no name can come to mean something else. Stars are written out by now; were one left, or a PIVOT, which groups
    by whatever column it does not name, it would need them all.
    """
    if not work.leaves:
        return
    root = work.leaves[0].node.root()
    if any(map(_needs_all, root.find_all(exp.Star, exp.Pivot))):
        return
    names = {folded(identifier.name) for identifier in root.find_all(exp.Identifier)}
    for source in work.leaves:
        if not _is_renamed(source):
            source.columns = tuple(one for one in source.columns if folded(one.name) in names) or source.columns[:1]


def _needs_all(node: exp.Expr) -> bool:
    return isinstance(node, exp.Pivot) or isinstance(node.parent, exp.Select | exp.Column)


def _is_renamed(source: Source) -> bool:
    """Say whether a list of names goes by the columns' places."""
    alias = source.node.args.get("alias")
    return alias is not None and bool(alias.args.get("columns"))
