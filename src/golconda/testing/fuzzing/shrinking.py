"""Makes a query that differs as short as it can while it still differs in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from golconda.gate.dialect import READER_SQL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLAUSES = ("with_", "where", "qualify", "having", "order", "limit", "offset", "distinct", "group", "joins")
MOST_TRIES = 300


def shrunk(sql: str, still: Callable[[str], bool]) -> str:
    """Return a shorter text of which `still` holds, greedily: cut one thing, keep the cut if it still differs."""
    best, tries = sql, 0
    while tries < MOST_TRIES:
        for shorter in _shorter(best):
            tries += 1
            if tries > MOST_TRIES or still(shorter):
                break
        else:
            return best
        if tries <= MOST_TRIES:
            best = shorter
    return best


def _shorter(sql: str) -> Iterator[str]:
    try:
        tree = READER_SQL.parse(sql)[0]
    except SqlglotError:
        return
    if tree is None:
        return
    count = len(list(tree.walk()))
    for place in range(count):
        for cut in _cuts(_node(tree, place)):
            copy = tree.copy()
            changed = cut(copy, _node(copy, place))
            if changed is not None:
                text = changed.sql(dialect=READER_SQL)
                if len(text) < len(sql) and _ends(text, sql):
                    yield text


def _ends(text: str, sql: str) -> bool:
    """Say whether a recursion kept the conditions that end it."""
    return "RECURSIVE" not in text or text.count("WHERE") == sql.count("WHERE")


def _node(tree: exp.Expr, place: int) -> exp.Expr:
    return next(node for at, node in enumerate(tree.walk()) if at == place)


Cut = "Callable[[exp.Expr, exp.Expr], exp.Expr | None]"


def _cuts(node: exp.Expr) -> Iterator[Callable[[exp.Expr, exp.Expr], exp.Expr | None]]:
    for clause in CLAUSES:
        if node.args.get(clause):
            yield lambda tree, found, clause=clause: _without(tree, found, clause)  # type: ignore[misc]
    if isinstance(node, exp.Select) and len(node.expressions) > 1:
        for item in range(len(node.expressions)):
            yield lambda tree, found, item=item: _without_item(tree, found, item)  # type: ignore[misc]
    if isinstance(node, exp.Condition | exp.SetOperation) and node.parent is not None:
        for child in range(len(list(node.iter_expressions()))):
            yield lambda tree, found, child=child: _child_instead(tree, found, child)  # type: ignore[misc]


def _without(tree: exp.Expr, node: exp.Expr, clause: str) -> exp.Expr:
    node.set(clause, None)
    return tree


def _without_item(tree: exp.Expr, node: exp.Expr, item: int) -> exp.Expr:
    node.set("expressions", [one for place, one in enumerate(node.expressions) if place != item])
    return tree


def _child_instead(tree: exp.Expr, node: exp.Expr, child: int) -> exp.Expr | None:
    chosen = list(node.iter_expressions())[child]
    if not isinstance(chosen, exp.Condition | exp.Query) or isinstance(chosen, exp.Identifier):
        return None
    node.replace(chosen)
    return tree
