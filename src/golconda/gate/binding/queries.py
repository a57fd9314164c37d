"""Selects, set operations, CTEs and FROM: what each query's result consists of, from the inside out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import sql_types as t
from golconda.gate.binding import pivots, stars
from golconda.gate.binding.conditions import collect
from golconda.gate.binding.expressions import type_of, types_of
from golconda.gate.binding.recursion import reads_itself
from golconda.gate.binding.refusals import column_unknown, construct
from golconda.gate.binding.scope import Field, Scope, renamed
from golconda.gate.binding.sources import add_from
from golconda.gate.dialect import READER_SQL, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from golconda.engine.sql_types import SqlType
    from golconda.gate.binding.work import Work

_LONGEST_NAME = 60
_TIMES: dict[type[exp.Expr], str] = {
    exp.CurrentDate: "current_date",
    exp.CurrentTimestamp: "current_timestamp",
    exp.Localtimestamp: "localtimestamp",
}


def bind_query(
    node: exp.Expr, outer: Scope | None, ctes: Mapping[str, tuple[Field, ...]], work: Work
) -> tuple[Field, ...]:
    """Resolve a query in place and return its columns."""
    ctes = _with_ctes(node, outer, ctes, work)
    if isinstance(node, exp.Subquery):
        fields = bind_query(node.this, outer, ctes, work)
        _bind_set_order(node, fields, outer, work)
    elif isinstance(node, exp.SetOperation):
        fields = _set_operation(node, outer, ctes, work)
    elif isinstance(node, exp.Values):
        fields = _values(node, Scope(outer, ctes), work)
    elif isinstance(node, exp.Select):
        fields = _select(node, Scope(outer, ctes), work)
    else:
        raise construct(type(node).__name__, hint="Write a SELECT there.")
    _check_limits(node)
    return fields


def _with_ctes(
    node: exp.Expr, outer: Scope | None, ctes: Mapping[str, tuple[Field, ...]], work: Work
) -> Mapping[str, tuple[Field, ...]]:
    with_ = node.args.get("with_")
    if with_ is None:
        return ctes
    known = dict(ctes)
    for cte in with_.expressions:
        if reads_itself(with_, cte):
            fields = _recursive(cte, outer, known, work)
        else:
            fields = bind_query(cte.this, outer, known, work)
        known[folded(cte.alias)] = renamed(fields, cte.args.get("alias"))
    return known


def _recursive(
    cte: exp.CTE, outer: Scope | None, ctes: Mapping[str, tuple[Field, ...]], work: Work
) -> tuple[Field, ...]:
    """Resolve a CTE that reads itself: its columns are those of its first term, to which the engine casts the others.

    What is computed on rows of the last round may fail, and does so for numbers that no single column holds.
    """
    union = cte.this
    first = bind_query(union.this, outer, ctes, work)
    itself = {folded(cte.alias): renamed(first, cte.args.get("alias"))}
    work.partial.append(union)
    work.again.append(union.expression)
    _by_place(first, bind_query(union.expression, outer, {**ctes, **itself}, work), union, work)
    return first


# ── SELECT ────────────────────────────────────────────────────────────────────────────────────────────────────


def _select(select: exp.Select, scope: Scope, work: Work) -> tuple[Field, ...]:
    work.selects.append((select, scope))
    add_from(select, scope, work)
    if select.expressions and isinstance(select.expressions[0], exp.Pivot):
        pivots.expand(select, scope)
    stars.expand(select, scope)
    if not select.expressions:
        raise construct("a SELECT without columns", hint="Name the columns.")
    _declare_aliases(select, scope)
    _name_projections(select)
    fields = _projections(select, scope, work)
    _bind_where(select, scope, work)
    _bind_distinct(select, scope, work)
    _bind_group(select, scope, work)
    for clause in ("having", "qualify"):
        if select.args.get(clause) is not None:
            type_of(select.args[clause].this, scope, work)
    types_of(select.args.get("windows") or [], scope, work)
    _bind_order(select, scope, work)
    return unique_names(fields)


def _declare_aliases(select: exp.Select, scope: Scope) -> None:
    """Let projections see aliases that come after them as names; the engine refuses to read them there."""
    for item in select.expressions:
        if isinstance(item, exp.Alias):
            scope.aliases.setdefault(folded(item.alias), t.UNKNOWN)


def _bind_where(select: exp.Select, scope: Scope, work: Work) -> None:
    where = select.args.get("where")
    if where is not None:
        collect(where.this, scope, work, from_where=True)


def _projections(select: exp.Select, scope: Scope, work: Work) -> list[Field]:
    fields = []
    for item in list(select.expressions):
        type_ = type_of(item, scope, work)
        if isinstance(item, exp.Alias):
            scope.aliases[folded(item.alias)] = type_
        fields.append(Field(output_name(item), type_))
    return fields


def _name_projections(select: exp.Select) -> None:
    """Keep the names that the reader's own text gives; the nodes themselves stay, since others know them by id."""
    named = [
        item if isinstance(item, exp.Alias | exp.Column) else exp.Alias(this=item, alias=_identifier(output_name(item)))
        for item in select.expressions
    ]
    select.set("expressions", named)


def _identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def output_name(item: exp.Expr) -> str:
    """Return what a projection is called when it has no alias: nearly as DuckDB would."""
    if isinstance(item, exp.Alias | exp.Column):
        return item.alias_or_name
    if isinstance(item, exp.Anonymous) and item.name.lower() == "count" and _is_star(item.expressions):
        return "count_star()"
    if isinstance(item, exp.CurrentDate | exp.CurrentTimestamp | exp.Localtimestamp):
        return _TIMES[type(item)]
    text = item.sql(dialect=READER_SQL, comments=False, normalize_functions=False)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def _is_star(arguments: Sequence[exp.Expr]) -> bool:
    return not arguments or isinstance(arguments[0], exp.Star)


def unique_names(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the fields as an outer query sees them: DuckDB numbers repeated names."""
    seen: dict[str, int] = {}
    found = []
    for field in fields:
        key = folded(field.name)
        seen[key] = seen.get(key, -1) + 1
        found.append(Field(f"{field.name}_{seen[key]}", field.type) if seen[key] else field)
    return tuple(found)


def _bind_distinct(select: exp.Select, scope: Scope, work: Work) -> None:
    distinct = select.args.get("distinct")
    on = distinct.args.get("on") if distinct is not None else None
    if on is not None:
        types_of(on.expressions, scope, work)


def _bind_group(select: exp.Select, scope: Scope, work: Work) -> None:
    group = select.args.get("group")
    if group is None:
        return
    sets = [part for name in ("grouping_sets", "cube", "rollup") for part in group.args.get(name) or ()]
    for item in [*group.expressions, *sets]:
        _bind_grouping(item, scope, work)


def _bind_grouping(item: exp.Expr, scope: Scope, work: Work) -> None:
    if isinstance(item, exp.GroupingSets | exp.Cube | exp.Rollup | exp.Tuple):
        for part in item.expressions:
            _bind_grouping(part, scope, work)
    else:
        type_of(item, scope, work)


def _bind_order(select: exp.Select, scope: Scope, work: Work) -> None:
    order = select.args.get("order")
    for ordered in order.expressions if order is not None else ():
        term = ordered.this
        is_alias = isinstance(term, exp.Column) and not term.table and folded(term.name) in scope.aliases
        if not is_alias:  # a whole term that is an alias means the alias
            type_of(term, scope, work)


# ── other queries ─────────────────────────────────────────────────────────────────────────────────────────────


def _set_operation(
    node: exp.SetOperation, outer: Scope | None, ctes: Mapping[str, tuple[Field, ...]], work: Work
) -> tuple[Field, ...]:
    left = bind_query(node.this, outer, ctes, work)
    right = bind_query(node.expression, outer, ctes, work)
    fields = _by_name(left, right, node, work) if node.args.get("by_name") else _by_place(left, right, node, work)
    _bind_set_order(node, fields, outer, work)
    return fields


def _by_place(left: Sequence[Field], right: Sequence[Field], node: exp.Expr, work: Work) -> tuple[Field, ...]:
    if len(left) != len(right):
        raise construct(
            f"a set operation of {len(left)} and {len(right)} columns", hint="Select as many on both sides."
        )
    return tuple(Field(one.name, _joined(one, other, node, work)) for one, other in zip(left, right, strict=True))


def _by_name(left: Sequence[Field], right: Sequence[Field], node: exp.Expr, work: Work) -> tuple[Field, ...]:
    others = {folded(field.name): field for field in right}
    fields = [
        Field(one.name, _joined(one, others.pop(folded(one.name), Field(one.name, t.NULL)), node, work)) for one in left
    ]
    return (*fields, *others.values())


def _joined(one: Field, other: Field, node: exp.Expr, work: Work) -> SqlType:
    common = t.common([one.type, other.type])
    if common is None:
        work.partial.append(node)
    return common or t.UNKNOWN


def _bind_set_order(node: exp.Expr, fields: Sequence[Field], outer: Scope | None, work: Work) -> None:
    """ORDER BY after a set operation sees the result's columns and nothing else."""
    order = node.args.get("order")
    if order is None:
        return
    names = [field.name for field in fields]
    scope = Scope(outer, {}, aliases={folded(field.name): field.type for field in fields})
    for ordered in order.expressions:
        for column in ordered.find_all(exp.Column):
            if column.table or folded(column.name) not in scope.aliases:
                raise column_unknown(column.sql(dialect=READER_SQL), names)
        type_of(ordered.this, scope, work)


def _values(node: exp.Values, scope: Scope, work: Work) -> tuple[Field, ...]:
    rows = [types_of(row.expressions if isinstance(row, exp.Tuple) else [row], scope, work) for row in node.expressions]
    if len({len(row) for row in rows}) != 1:
        raise construct("VALUES of rows of different length", hint="Give each row as many values.")
    fields = []
    for place, types in enumerate(zip(*rows, strict=True)):
        common = t.common(list(types))
        if common is None:
            work.partial.append(node)
        fields.append(Field(f"col{place}", common or t.UNKNOWN))
    return tuple(fields)


def _check_limits(node: exp.Expr) -> None:
    for clause in ("limit", "offset"):
        bound = node.args.get(clause)
        if bound is not None and not _is_number(bound.expression):
            raise construct(f"{clause.upper()} by an expression", hint="Write the number of rows.")


def _is_number(node: exp.Expr) -> bool:
    if isinstance(node, exp.Var | exp.Column):
        return node.name.upper() == "ALL"
    return isinstance(node, exp.Literal) and not node.is_string
