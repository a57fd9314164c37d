"""``*`` and ``COLUMNS(…)`` become V's columns in contract order, with EXCLUDE, REPLACE and RENAME applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.binding import constants, patterns
from golconda.gate.binding.refusals import column_unknown, construct, table_unknown
from golconda.gate.dialect import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.gate.binding.scope import Scope, Source


_NAME_TESTS = (exp.Like, exp.ILike, exp.SimilarTo)


def expand(select: exp.Select, scope: Scope) -> None:
    """Replace each star among the projections by the columns it stands for, and COLUMNS in WHERE."""
    if any(_star(item) or _tested(item) or _calls(item, select) for item in select.expressions):
        select.set("expressions", [one for item in select.expressions for one in _projections(item, select, scope)])
    where = select.args.get("where")
    if where is not None and _calls(where.this, select):
        where.set("this", exp.and_(*_spread(where.this, select, scope), copy=False))


def _projections(item: exp.Expr, select: exp.Select, scope: Scope) -> Iterator[exp.Expr]:
    star, tested = _star(item), _tested(item)
    if star is not None:
        yield from _expanded(item, star, scope)
    elif tested is not None:
        yield from _passing(item, tested, scope)
    elif _calls(item, select):
        yield from _spread(item, select, scope)
    else:
        yield item


def _star(item: exp.Expr) -> exp.Star | None:
    if isinstance(item, exp.Star):
        return item
    return item.this if isinstance(item, exp.Column) and isinstance(item.this, exp.Star) else None


# ── * LIKE 'pattern' ──────────────────────────────────────────────────────────────────────────────────────────


def _tested(item: exp.Expr) -> exp.Expr | None:
    """Return the star whose columns' names a projection tests."""
    test = item.this.unnest() if isinstance(item, exp.Not) else item
    return test.this if isinstance(test, _NAME_TESTS) and _star(test.this) is not None else None


def _passing(test: exp.Expr, item: exp.Expr, scope: Scope) -> Iterator[exp.Expr]:
    columns = _of(item, scope)
    fits = patterns.fitting([column.alias_or_name for column in columns], test)
    yield from _some([column for column, fit in zip(columns, fits, strict=True) if fit])


def _some(columns: list[exp.Expr]) -> list[exp.Expr]:
    if not columns:
        raise construct("a pattern that no column's name fits", hint="Name the columns.")
    return columns


def _of(item: exp.Expr, scope: Scope) -> list[exp.Expr]:
    star = _star(item)
    return list(_expanded(item, star, scope)) if star is not None else []


# ── COLUMNS(…) ────────────────────────────────────────────────────────────────────────────────────────────────


def _calls(item: exp.Expr, select: exp.Select) -> list[exp.Anonymous]:
    """Return the COLUMNS of a projection, not those of queries in it."""
    found = item.find_all(exp.Anonymous)
    return [call for call in found if call.name.lower() == "columns" and call.parent_select is select]


def _spread(item: exp.Expr, select: exp.Select, scope: Scope) -> Iterator[exp.Expr]:
    """Return the item once for each column; all COLUMNS in it must stand for the same ones."""
    calls = _calls(item, select)
    asked = calls[0].expressions[0]
    if any(call.expressions != calls[0].expressions for call in calls):
        raise construct("different COLUMNS in one expression", hint="Name the columns.")
    for column in _chosen(asked, scope):
        yield _placed(item, column, _pattern(asked), select)


def _pattern(asked: exp.Expr) -> str:
    return constants.string(asked) or ""


def _chosen(asked: exp.Expr, scope: Scope) -> list[exp.Expr]:
    if _star(asked) is not None:
        return _of(asked, scope)
    columns = _of(exp.Star(), scope)
    names = [column.alias_or_name for column in columns]
    if isinstance(asked, exp.Array):
        by_name = dict(zip(map(folded, names), columns, strict=True))
        wanted = [constants.string(one) or "" for one in asked.expressions]
        _check({folded(name) for name in wanted}, names)
        return _some([by_name[folded(name)] for name in wanted])
    fits = patterns.matching(names, _pattern(asked))
    return _some([column for column, fit in zip(columns, fits, strict=True) if fit])


def _placed(item: exp.Expr, column: exp.Expr, pattern: str, select: exp.Select) -> exp.Expr:
    """Return a projection or condition with a column in place of its COLUMNS."""
    name = column.alias_or_name
    value = column.this if isinstance(column, exp.Alias) else column
    held = exp.Paren(this=item.copy())
    for call in list(held.find_all(exp.Anonymous)):
        if call.name.lower() == "columns" and call.parent_select is None:
            call.replace(value.copy() if isinstance(value, exp.Column) else exp.Paren(this=value.copy()))
    placed: exp.Expr = held.this
    placed.parent = None
    if item.parent is not select:
        return exp.Paren(this=placed)
    if isinstance(placed, exp.Alias):
        placed.set("alias", exp.to_identifier(patterns.renamed(name, pattern, placed.alias), quoted=True))
        return placed
    return exp.Alias(this=placed, alias=exp.to_identifier(name, quoted=True))


# ── * ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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
