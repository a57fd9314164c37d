"""``*`` becomes V's columns in contract order, with EXCLUDE, REPLACE and RENAME applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.binding.refusals import column_unknown, construct, table_unknown
from golconda.gate.dialect import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.gate.binding.scope import Scope, Source


def expand(select: exp.Select, scope: Scope) -> None:
    """Replace each star among the projections by the columns it stands for."""
    if not any(_star(item) for item in select.expressions):
        return
    projections: list[exp.Expr] = []
    for item in select.expressions:
        star = _star(item)
        projections.extend(_expanded(item, star, scope) if star else [item])
    select.set("expressions", projections)


def _star(item: exp.Expr) -> exp.Star | None:
    if isinstance(item, exp.Star):
        return item
    return item.this if isinstance(item, exp.Column) and isinstance(item.this, exp.Star) else None


def _expanded(item: exp.Expr, star: exp.Star, scope: Scope) -> Iterator[exp.Expr]:
    sources = _sources(item, scope)
    columns = list(_columns(sources, scope, merging=isinstance(item, exp.Star)))
    if not columns:
        raise construct("* without a table", hint="Name the values.")
    excluded = {_name(one) for one in star.args.get("except_") or ()}
    replaced = {folded(one.alias): one for one in star.args.get("replace") or ()}
    renamed = {_name(one.this): one for one in star.args.get("rename") or ()}
    _check({*excluded, *replaced, *renamed}, [column.name for column in columns])
    for column in columns:
        key = folded(column.name)
        if key in replaced:
            yield replaced[key].copy()
        elif key in renamed:
            yield exp.alias_(column, renamed[key].alias, quoted=True)
        elif key not in excluded:
            yield column


def _name(node: exp.Expr) -> str:
    return folded(node.name)


def _sources(item: exp.Expr, scope: Scope) -> list[Source]:
    if isinstance(item, exp.Star):
        return scope.sources
    sources = scope.named(item.args["table"].name)
    if not sources:
        raise table_unknown(item.args["table"].name, [source.alias for source in scope.sources])
    return sources


def _columns(sources: list[Source], scope: Scope, *, merging: bool) -> Iterator[exp.Column]:
    merged: set[str] = set()
    for source in sources:
        for field in source.fields:
            key = folded(field.name)
            if not merging or key not in scope.merged:
                yield exp.column(field.name, source.alias, quoted=True)
            elif key not in merged:  # USING shows the column once, at its first place
                merged.add(key)
                yield exp.column(field.name, quoted=True)


def _check(named: set[str], known: list[str]) -> None:
    lower = {folded(name) for name in known}
    for name in sorted(named - lower):
        raise column_unknown(name, known)
