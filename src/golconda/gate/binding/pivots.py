"""PIVOT and UNPIVOT, written out: one aggregate with FILTER for each value named, one row for each column named.

    FROM visits PIVOT (sum(cost) FOR region IN ('R1', 'R2') GROUP BY sex)

becomes

    (SELECT sex, sum(cost) FILTER (WHERE region = 'R1') AS "R1", sum(cost) FILTER (WHERE region = 'R2') AS "R2"
     FROM visits GROUP BY sex)

so that what holds for aggregates, smallest groups among them, holds here.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.gate.binding.refusals import column_unknown, construct
from golconda.gate.dialect import READER_SQL, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from golconda.gate.binding.scope import Scope

_VALUES_HINT = "Write the values: FOR column IN ('one', 'two')."


def as_subquery(node: exp.Expr) -> exp.Subquery:
    """Replace what is pivoted by a subquery of one projection, the pivot, for `expand` when its columns are known."""
    pivots = node.args["pivots"]
    pivot = pivots[0]
    if len(pivots) > 1:
        raise construct("several pivots of one table", hint="Pivot a subquery.")
    alias = pivot.args.get("alias") or exp.TableAlias(this=exp.to_identifier("pivoted", quoted=True))
    pivot.set("alias", None)
    pivoted = exp.Subquery(alias=alias, joins=node.args.get("joins"))
    node.replace(pivoted)
    node.set("pivots", None)
    node.set("joins", None)
    select = exp.Select(expressions=[pivot], from_=exp.From(this=node))
    pivoted.set("this", _without_nulls(select, pivot) if pivot.args.get("unpivot") else select)
    return pivoted


def expand(select: exp.Select, scope: Scope) -> None:
    """Write the pivot of a select out."""
    pivot = select.expressions[0]
    names = [field.name for source in scope.sources for field in source.fields]
    if pivot.args.get("unpivot"):
        select.set("expressions", list(_rows(pivot, names)))
        return
    groups = _groups(pivot, names)
    select.set("expressions", [*(group.copy() for group in groups), *_cells(pivot)])
    if groups:
        select.set("group", exp.Group(expressions=groups))


# ── PIVOT ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _groups(pivot: exp.Expr, names: list[str]) -> list[exp.Expr]:
    """Return what rows are grouped by: what GROUP BY says, else every column that the pivot does not name."""
    group = pivot.args.get("group")
    if group is not None:
        return list(group.expressions)
    used = {folded(column.name) for column in pivot.find_all(exp.Column)}
    return [exp.column(name, quoted=True) for name in names if folded(name) not in used]


def _cells(pivot: exp.Expr) -> Iterator[exp.Expr]:
    aggregates = pivot.expressions
    named = len(aggregates) > 1 or isinstance(aggregates[0], exp.Alias)
    for chosen in product(*map(_choices, pivot.args["fields"])):
        for aggregate in aggregates:
            called = [name for name, _ in chosen] + ([_called(aggregate)] if named else [])
            where = exp.Where(this=exp.and_(*(test.copy() for _, test in chosen), copy=False))
            yield exp.alias_(exp.Filter(this=_bare(aggregate), expression=where), "_".join(called), quoted=True)


def _choices(field: exp.Expr) -> list[tuple[str, exp.Expr]]:
    """Return the name and the condition of each value that FOR … IN names."""
    if not isinstance(field, exp.In) or not field.expressions:
        raise construct("a pivot without values", hint=_VALUES_HINT)
    found: list[tuple[str, exp.Expr]] = []
    for one in field.expressions:
        value = one.this if isinstance(one, exp.PivotAlias) else one
        if not isinstance(value, exp.Literal | exp.Boolean):
            raise construct("a pivot over values that are not written out", hint=_VALUES_HINT)
        name = one.args["alias"].name if isinstance(one, exp.PivotAlias) else _text(value)
        found.append((name, exp.EQ(this=_bracketed(field.this.copy()), expression=value.copy())))
    return found


def _bracketed(node: exp.Expr) -> exp.Expr:
    return node if isinstance(node, exp.Column | exp.Paren) else exp.Paren(this=node)


def _text(value: exp.Expr) -> str:
    return str(value.this).lower() if isinstance(value, exp.Boolean) else str(value.this)


def _bare(aggregate: exp.Expr) -> exp.Expr:
    call = aggregate.this if isinstance(aggregate, exp.Alias) else aggregate
    if not isinstance(call, exp.Anonymous):
        raise construct("a pivot of more than an aggregate", hint="Write one aggregate, and compute outside.")
    return call.copy()


def _called(aggregate: exp.Expr) -> str:
    if isinstance(aggregate, exp.Alias):
        return aggregate.alias
    if aggregate.sql(dialect=READER_SQL).lower() in ("count(*)", "count()"):
        return "count_star()"
    return aggregate.sql(dialect=READER_SQL, comments=False, normalize_functions=False)


# ── UNPIVOT ───────────────────────────────────────────────────────────────────────────────────────────────────


def _without_nulls(rows: exp.Select, pivot: exp.Expr) -> exp.Select:
    if pivot.args.get("include_nulls"):
        return rows
    alias = exp.TableAlias(this=exp.to_identifier("unpivoted", quoted=True))
    value = exp.column(_value_name(pivot), quoted=True)
    there = exp.Not(this=exp.Paren(this=exp.Is(this=value, expression=exp.Null())))
    whole = exp.Select(expressions=[exp.Star()], from_=exp.From(this=exp.Subquery(this=rows, alias=alias)))
    return whole.where(there, copy=False)


def _rows(pivot: exp.Expr, names: list[str]) -> Iterator[exp.Expr]:
    fields = pivot.args["fields"]
    columns = list(_unpivoted(fields[0].expressions, names)) if len(fields) == 1 else []
    if not columns:
        raise construct("an UNPIVOT of this form", hint="Write UNPIVOT (value FOR name IN (column, …)).")
    taken = {folded(column.name) for _, column in columns}
    yield from (exp.column(name, quoted=True) for name in names if folded(name) not in taken)
    texts: list[exp.Expr] = [exp.Literal.string(text) for text, _ in columns]
    yield _unnested(texts, fields[0].this.name)
    yield _unnested([column for _, column in columns], _value_name(pivot))


def _unpivoted(listed: Iterable[exp.Expr], names: list[str]) -> Iterator[tuple[str, exp.Expr]]:
    known = {folded(name): name for name in names}
    for one in listed:
        column = one.this if isinstance(one, exp.PivotAlias) else one
        if not isinstance(column, exp.Column) or column.table:
            raise construct("an UNPIVOT of more than columns", hint="Name columns, and compute in a subquery.")
        if folded(column.name) not in known:
            raise column_unknown(column.name, names)
        name = known[folded(column.name)]
        yield (one.args["alias"].name if isinstance(one, exp.PivotAlias) else name), exp.column(name, quoted=True)


def _value_name(pivot: exp.Expr) -> str:
    if len(pivot.expressions) != 1 or not isinstance(pivot.expressions[0], exp.Identifier):
        raise construct("an UNPIVOT into several columns", hint="Unpivot into one column at a time, and join.")
    return str(pivot.expressions[0].name)


def _unnested(values: list[exp.Expr], name: str) -> exp.Expr:
    return exp.alias_(exp.Anonymous(this="unnest", expressions=[exp.Array(expressions=values)]), name, quoted=True)
