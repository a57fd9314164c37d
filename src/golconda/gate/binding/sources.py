"""FROM and JOIN: what comes into sight, in which order, and which columns USING makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import functions
from golconda.engine import sql_types as t
from golconda.gate.binding import constant_tables, pivots
from golconda.gate.binding.conditions import collect
from golconda.gate.binding.expressions import types_of
from golconda.gate.binding.refusals import ambiguous, column_unknown, construct, table_unknown
from golconda.gate.binding.scope import Field, Scope, Source, renamed
from golconda.gate.dialect import folded
from golconda.gate.leaf.view import visible_columns
from golconda.gate.listing import Listing
from golconda.gate.statement import is_stored, reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from golconda.gate.binding.work import Work


def add_from(select: exp.Select, scope: Scope, work: Work) -> None:
    """Bring a select's sources into sight, in order; joins see what stands before them."""
    from_ = select.args.get("from_")
    if from_ is not None:
        _add(from_.this, scope, work)
    for lateral in select.args.get("laterals") or ():
        _add(lateral, scope, work)
    for join in select.args.get("joins") or ():
        _join(join, scope, work)


def _add(node: exp.Expr, scope: Scope, work: Work) -> list[Source]:
    """Add what a node of FROM stands for and return what is new."""
    before = len(scope.sources)
    if node.args.get("pivots"):
        node = pivots.as_subquery(node)
    if (
        isinstance(node, exp.Subquery)
        and isinstance(node.this, exp.Table | exp.Subquery)
        and node.this.args.get("joins")
    ):
        _add_bracket(node, scope, work)
    else:
        scope.sources.append(_source(node, scope, work))
    for join in node.args.get("joins") or ():
        _join(join, scope, work)
    _refuse_repeated(scope, before)
    return scope.sources[before:]


def _add_bracket(node: exp.Subquery, scope: Scope, work: Work) -> None:
    if node.alias:
        raise construct("an alias on a join in brackets", hint="Write (SELECT … FROM … JOIN …) AS name.")
    _add(node.this, scope, work)


def _refuse_repeated(scope: Scope, before: int) -> None:
    for source in scope.sources[before:]:
        if len(scope.named(source.alias)) > 1:
            raise ambiguous(source.alias, ["one table", "another of that name"])


def _source(node: exp.Expr, scope: Scope, work: Work) -> Source:
    if isinstance(node, exp.Table):
        return _table(node, scope, work)
    if isinstance(node, exp.Describe):
        return constant_tables.described_table(node, work)
    if isinstance(node, exp.Unnest):
        types_of(node.expressions, scope, work)
        return _unnested(node)
    if isinstance(node, exp.Lateral | exp.Subquery | exp.Values):
        return _derived(node, scope, work)
    raise construct(type(node).__name__, hint="Name a table or write a subquery there.")


def _unnested(node: exp.Unnest) -> Source:
    numbers = node.args.get("offset")
    if not numbers:
        return _from_function(node, "unnest", [Field("unnest")])
    if not isinstance(numbers, exp.Identifier) or not node.alias:
        raise construct("WITH ORDINALITY without names", hint="Write AS name(value, number) after it.")
    values = _from_function(node, "unnest", [Field("unnest")])
    return Source(values.alias, (*values.fields, Field(numbers.name, t.INTEGER)), node)


def _derived(node: exp.Expr, scope: Scope, work: Work) -> Source:
    query = node.this if isinstance(node, exp.Lateral) else node
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Describe | exp.Summarize):
        return _described(node, work)
    if isinstance(query, exp.Subquery) and isinstance(query.this, exp.Table):
        raise construct("a table in brackets", hint="Leave the brackets out.")
    if not isinstance(query, exp.Query | exp.Values):
        raise construct("LATERAL of a function", hint="Write unnest(…) or a subquery.")
    fields = work.query(query, scope, scope.ctes)
    if not node.alias:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(_new_name(scope), quoted=True)))
    return Source(node.alias, renamed(fields, node.args.get("alias")), node)


def _described(node: exp.Subquery, work: Work) -> Source:
    asked = node.this
    of_table = isinstance(asked, exp.Describe) and isinstance(asked.this, exp.Table)
    return constant_tables.described_table(asked, work) if of_table else constant_tables.described_query(node, work)


def _new_name(scope: Scope) -> str:
    return f"unnamed_subquery{len(scope.sources) or ''}"


def _table(node: exp.Table, scope: Scope, work: Work) -> Source:
    if isinstance(node.this, exp.Anonymous):
        types_of(node.this.expressions, scope, work)
        name = node.this.name.lower()
        if name not in functions.TABLE_FUNCTIONS:
            raise table_unknown(name, functions.TABLE_FUNCTIONS)
        return _from_function(node, name, [Field(name, t.INTEGER if name == "range" else t.UNKNOWN)])
    if not is_stored(node, frozenset(scope.ctes)):
        fields = scope.ctes[folded(node.name)]
        return Source(node.alias_or_name, renamed(fields, node.args.get("alias")), node)
    return _stored(node, scope, work)


def _from_function(node: exp.Expr, name: str, fields: list[Field]) -> Source:
    alias = node.args.get("alias")
    if node.alias and not (alias is not None and alias.args.get("columns")):
        fields = [Field(node.alias, fields[0].type)]  # DuckDB names the one column after the table
    return Source(node.alias or name, renamed(tuple(fields), alias), node)


def _stored(node: exp.Table, scope: Scope, work: Work) -> Source:
    name = reference(node)
    table = work.tables.get(name)
    if table is None:
        raise table_unknown(str(name), [str(one) for one in work.tables])
    if isinstance(table, Listing):
        return constant_tables.listed(node, table)
    columns = visible_columns(table)
    if any(column.mask is not None and not column.mask.total for column in columns):
        work.partial.append(node)
    fields = tuple(Field(column.name, t.of(column.type), column) for column in columns)
    parts = tuple(part for part in (name.organisation, name.product, name.table) if part)
    source = Source(
        node.alias_or_name,
        renamed(fields, node.args.get("alias")),
        node,
        table=table,
        columns=columns,
        parts=() if node.alias else parts,
        home=scope,
    )
    work.leaves.append(source)
    return source


# ── joins ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _join(join: exp.Join, scope: Scope, work: Work) -> None:
    left = list(scope.sources)
    right = _add(join.this, scope, work)
    side, kind = (join.side or "").upper(), (join.kind or "").upper()
    _check_shape(join, side, kind)
    _merge(_using(join, left, right), left, right, scope)
    on = join.args.get("on")
    if on is not None:
        is_inner = not side and not join.method and kind in ("", "INNER", "CROSS")
        _bind_on(on, scope, work, is_inner=is_inner)
    # Of ASOF, too, nothing may move to the right: which row is the nearest depends on all that are there.
    _mark_nullable("LEFT" if join.method else side, left, right)
    if kind in ("SEMI", "ANTI"):
        hidden = {id(source) for source in right}
        scope.sources[:] = [source for source in scope.sources if id(source) not in hidden]


def _check_shape(join: exp.Join, side: str, kind: str) -> None:
    method = (join.method or "").upper()
    bare = join.args.get("on") is None and not join.args.get("using") and method != "NATURAL"
    if method == "ASOF" and (side not in ("", "LEFT") or kind not in ("", "INNER", "OUTER")):
        raise construct(f"ASOF {side} {kind} JOIN".replace("  ", " "), hint="Write ASOF JOIN or ASOF LEFT JOIN.")
    if bare and (side or method or kind in ("INNER", "SEMI", "ANTI")):
        raise construct("a join without condition", hint="Write ON or USING.")


def _bind_on(on: exp.Expr, scope: Scope, work: Work, *, is_inner: bool) -> None:
    before = {key: len(found) for key, found in work.conditions.items()}
    collect(on, scope, work, from_where=True)
    if not is_inner:  # an outer join keeps rows for which its condition fails: nothing may move out of it
        for key in list(work.conditions):
            del work.conditions[key][before.get(key, 0) :]


def _using(join: exp.Join, left: list[Source], right: list[Source]) -> list[str]:
    using = [column.name for column in join.args.get("using") or ()]
    if (join.method or "").upper() == "NATURAL":
        names = {folded(field.name) for source in left for field in source.fields}
        using = [field.name for source in right for field in source.fields if folded(field.name) in names]
        if not using:
            raise construct("NATURAL JOIN of tables without a common column", hint="Write ON.")
        join.set("method", None)  # leaves may carry columns of ours, which NATURAL would join by
        join.set("using", [exp.to_identifier(name, quoted=True) for name in using])
    return using


def _merge(using: list[str], left: list[Source], right: list[Source], scope: Scope) -> None:
    for name in using:
        both = [[one for source in side if (one := source.find(name))] for side in (left, right)]
        for side, fields in zip((left, right), both, strict=True):
            if not fields:
                raise column_unknown(name, _names(side))
        scope.merged[folded(name)] = t.common([both[0][0].type, both[1][0].type]) or t.UNKNOWN


def _names(sources: Iterable[Source]) -> list[str]:
    return [field.name for source in sources for field in source.fields]


def _mark_nullable(side: str, left: list[Source], right: list[Source]) -> None:
    for source in [*(left if side in ("RIGHT", "FULL") else ()), *(right if side in ("LEFT", "FULL") else ())]:
        source.nullable = True
