"""The type of each expression, and whether it can fail on any value of its arguments' types.

One pass from the leaves up: column names are resolved, and what is not surely total is noted in `Work.partial`.
Where nothing is noted, no barrier is needed. In doubt an expression is partial.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import functions
from golconda.engine import sql_types as t
from golconda.engine.sql_types import Family, SqlType
from golconda.gate.binding import arithmetic, constants
from golconda.gate.binding.calls import call_type
from golconda.gate.binding.casts import cast_type
from golconda.gate.binding.names import resolve
from golconda.gate.binding.refusals import construct
from golconda.gate.binding.scope import Use

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from golconda.gate.binding.scope import Scope
    from golconda.gate.binding.work import Work

_ONE_ROW_AGGREGATES = functions.AGGREGATES - functions.WINDOW_ONLY


def type_of(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    """Return a node's type, resolving every name in it."""
    rule = _RULES.get(type(node))
    found = rule(node, scope, work) if rule else _unknown(node, scope, work)
    if work.notes_types:
        node.meta["type"] = found
    return found


def types_of(nodes: Sequence[exp.Expr], scope: Scope, work: Work) -> list[SqlType]:
    """Return the types of several nodes."""
    return [type_of(node, scope, work) for node in nodes]


def _partial(node: exp.Expr, work: Work, type_: SqlType = t.UNKNOWN) -> SqlType:
    work.partial.append(node)
    return type_


def _overflows(node: exp.Expr, types: Sequence[SqlType], work: Work, type_: SqlType) -> SqlType:
    """Note an expression that fails on numbers; `work.late` if they are results of aggregates.

    Those are computed after the agreement's filter, whatever the plan: earlier they would be other numbers, not the
    same with an error. The rows' own values are no such thing, nor is what is cast on the way to an aggregate.
    """
    numeric = all(one.family in t.NUMERIC for one in types)
    (work.late if numeric and _holds_aggregate(node) else work.partial).append(node)
    return type_


def _holds_aggregate(node: exp.Expr) -> bool:
    if isinstance(node, exp.Query | exp.Window):
        return False
    if isinstance(node, exp.Anonymous) and node.name.lower() in _ONE_ROW_AGGREGATES:
        return not _is_windowed(node)
    return any(map(_holds_aggregate, node.iter_expressions()))


def _unknown(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    if isinstance(node, exp.Query | exp.Table | exp.Describe | exp.Summarize):
        raise construct("a query without brackets as a value", hint="Put brackets around it.")
    for child in node.iter_expressions():
        type_of(child, scope, work)
    return _partial(node, work)


def _inner(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    return type_of(node.this, scope, work)


# ── leaves ────────────────────────────────────────────────────────────────────────────────────────────────────


def _column(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    assert isinstance(node, exp.Column)  # noqa: S101 the table of rules says so
    found = resolve(node, scope, aliases_first=_in_having_or_qualify(node))
    if isinstance(found, Use):
        work.uses[id(node)] = found
        return found.field.type
    return found


def _in_having_or_qualify(node: exp.Expr) -> bool:
    """Say whether aliases may go before columns: the engine decides there. Elsewhere columns surely go first."""
    child, parent = node, node.parent
    while parent is not None and not isinstance(parent, exp.Select | exp.SetOperation):
        child, parent = parent, parent.parent
    return child.arg_key in ("having", "qualify", "windows")


def _literal(node: exp.Expr, scope: Scope, work: Work) -> SqlType:  # noqa: ARG001 - one rule as all
    return t.TEXT if node.is_string else constants.number_type(str(node.this))


def _interval(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    if node.this is None or isinstance(node.this.unnest(), exp.Literal):
        text = constants.string(node.this) if node.this else None
        plain = node.args.get("unit") is not None and (text is None or text.lstrip("-").isdigit())
        return t.INTERVAL if plain else _partial(node, work, t.INTERVAL)
    type_of(node.this, scope, work)
    return _partial(node, work, t.INTERVAL)


def _fixed(type_: SqlType) -> Callable[[exp.Expr, Scope, Work], SqlType]:
    return lambda _node, _scope, _work: type_


# ── comparisons ───────────────────────────────────────────────────────────────────────────────────────────────


def comparable(left: exp.Expr, right: exp.Expr, types: tuple[SqlType, SqlType]) -> bool:
    """Say whether two values can be compared whatever they are; days are kept days on the way."""
    for side, other in (((left, types[0]), types[1]), ((right, types[1]), types[0])):
        text = constants.string(side[0])
        if text is not None and constants.casts(text, other):
            return True
        if other.family is Family.DATE and constants.is_midnight(side[0]):
            _keep_day(side[0])
            return True
    return t.common(list(types)) is not None


def _keep_day(node: exp.Expr) -> None:
    # DATE - INTERVAL is a timestamp in DuckDB, and comparing a column of days with one casts each day, which fails
    # for years beyond 290,000. The constant is cast instead.
    inner = node.unnest()
    inner.replace(exp.Cast(this=exp.Paren(this=inner.copy()), to=exp.DataType(this=exp.DType.DATE)))


def _comparison(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    types = (type_of(node.this, scope, work), _other_side(node.expression, scope, work))
    fits = comparable(node.this, node.expression, types)
    return t.BOOLEAN if fits else _overflows(node, types, work, t.BOOLEAN)


def _other_side(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    if not isinstance(node, exp.Any | exp.All):
        return type_of(node, scope, work)
    query = node.this
    if not isinstance(query.unnest(), exp.Query):
        return _unknown(node, scope, work)
    return work.query(query, scope, scope.ctes)[0].type


def _between(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    value = type_of(node.this, scope, work)
    fits = True
    for bound in (node.args["low"], node.args["high"]):
        fits &= comparable(node.this, bound, (value, type_of(bound, scope, work)))
    return t.BOOLEAN if fits else _partial(node, work, t.BOOLEAN)


def _in(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    if isinstance(node.this, exp.Tuple):
        return _tuple_in(node, scope, work)
    value = type_of(node.this, scope, work)
    fits = all(comparable(node.this, one, (value, type_of(one, scope, work))) for one in list(node.expressions))
    query = node.args.get("query")
    if query is not None:
        fits &= t.common([value, work.query(query, scope, scope.ctes)[0].type]) is not None
    return t.BOOLEAN if fits else _partial(node, work, t.BOOLEAN)


def _tuple_in(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    values = types_of(node.this.expressions, scope, work)
    types_of(node.expressions, scope, work)
    query = node.args.get("query")
    fields = work.query(query, scope, scope.ctes) if query is not None else ()
    pairs = list(zip(values, fields, strict=False))
    fits = len(values) == len(fields) and all(t.common([value, field.type]) for value, field in pairs)
    return t.BOOLEAN if fits else _partial(node, work, t.BOOLEAN)


def _like(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    types = types_of([node.this, node.expression], scope, work)
    fits = all(type_.family in (Family.TEXT, Family.NULL) for type_ in types)
    return t.BOOLEAN if fits else _partial(node, work, t.BOOLEAN)


def _escape(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    """LIKE … ESCAPE fails on patterns that end in the escape sign, and the engine does not know it."""
    type_of(node.this, scope, work)
    type_of(node.expression, scope, work)
    pattern = constants.string(node.this.expression) if isinstance(node.this, exp.Like | exp.ILike) else None
    sign = constants.string(node.expression)
    if pattern is not None and sign is not None and len(sign) == 1 and _escapes_well(pattern, sign):
        return t.BOOLEAN
    work.unflagged.append("LIKE … ESCAPE")
    return _partial(node, work, t.BOOLEAN)


def _escapes_well(pattern: str, sign: str) -> bool:
    rest = pattern
    while sign in rest:
        rest = rest[rest.index(sign) + 1 :]
        if not rest or (rest[0] not in ("%", "_", sign)):
            return False
        rest = rest[1:]
    return True


def _pattern(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    types_of([node.this, node.expression], scope, work)
    return _partial(node, work, t.BOOLEAN)


def _regular(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    arguments = [node.this, node.expression]
    return _called("regexp_full_match", node, arguments, types_of(arguments, scope, work), work)


# ── logic ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _logic(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    types = types_of(list(node.iter_expressions()), scope, work)
    return t.BOOLEAN if _conditions(types) else _partial(node, work, t.BOOLEAN)


def _conditions(types: Sequence[SqlType]) -> bool:
    return all(type_.family in (Family.BOOLEAN, Family.NULL) for type_ in types)


def _is(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    value = type_of(node.this, scope, work)
    if not isinstance(node.expression, exp.Null):
        return t.BOOLEAN if _conditions([value]) else _partial(node, work, t.BOOLEAN)
    return t.BOOLEAN


def _case(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    subject = node.args.get("this")
    value = type_of(subject, scope, work) if subject is not None else t.BOOLEAN
    fits = True
    results: list[SqlType] = []
    for branch in node.args["ifs"]:
        condition = type_of(branch.this, scope, work)
        plain = subject is None
        fits &= _conditions([condition]) if plain else comparable(node.this, branch.this, (value, condition))
        results.append(type_of(branch.args["true"], scope, work))
    if node.args.get("default") is not None:
        results.append(type_of(node.args["default"], scope, work))
    common = t.common(results)
    return common if fits and common is not None else _partial(node, work, common or t.UNKNOWN)


def _exists(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    work.query(node.this, scope, scope.ctes)
    return t.BOOLEAN


def _subquery(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    fields = work.query(node, scope, scope.ctes)
    one_row = _gives_one_row(node.unnest())
    return fields[0].type if one_row else _partial(node, work, fields[0].type)


def _gives_one_row(query: exp.Expr) -> bool:
    """Say whether a query cannot give two rows; as a value, two are an error."""
    limit = query.args.get("limit")
    if limit is not None and constants.whole(limit.expression) in (0, 1):
        return True
    if not isinstance(query, exp.Select) or query.args.get("group") is not None:
        return False
    calls = [call for item in query.expressions for call in item.find_all(exp.Anonymous)]
    direct = [call for call in calls if call.parent_select is query and not isinstance(call.parent, exp.Window)]
    return any(call.name.lower() in _ONE_ROW_AGGREGATES and not _is_windowed(call) for call in direct)


def _is_windowed(call: exp.Expr) -> bool:
    parent = call.parent
    while isinstance(parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        parent = parent.parent
    return isinstance(parent, exp.Window)


# ── arithmetic ────────────────────────────────────────────────────────────────────────────────────────────────


def _sum(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    left, right = types_of([node.this, node.expression], scope, work)
    if constants.is_midnight(node):
        return t.TIMESTAMP
    if constants.is_small(node.this) and constants.is_small(node.expression):
        return t.INTEGER
    if isinstance(node, exp.Sub) and left.family is Family.DATE and right.family is Family.DATE:
        return t.INTEGER  # days between any two, the infinite ones included
    found = arithmetic.total_result(left, right, arithmetic.added)
    if found is not None:
        return found
    return _overflows(node, (left, right), work, arithmetic.moved(left, right, subtracts=isinstance(node, exp.Sub)))


def _product(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    left, right = types_of([node.this, node.expression], scope, work)
    found = arithmetic.total_result(left, right, arithmetic.multiplied)
    return (
        found if found is not None else _overflows(node, (left, right), work, arithmetic.multiplied_type(left, right))
    )


def _ratio(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    types = types_of([node.this, node.expression], scope, work)
    fits = all(type_.family in t.NUMERIC or type_ == t.NULL for type_ in types)
    return t.DOUBLE if fits else _partial(node, work)


def _remainder(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    left, right = types_of([node.this, node.expression], scope, work)
    divisor = constants.whole(node.expression) or 0
    divides = right.family is Family.INTEGER and (divisor > 0 or divisor < -1)  # the least number by -1 overflows
    if divides and left.family in (Family.INTEGER, Family.HUGE):
        return SqlType(left.family)
    common = t.common([left, right]) if divides and isinstance(node, exp.Mod) else None
    return common if common is not None and left.family is Family.DECIMAL else _partial(node, work, left)


def _negated(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    type_ = type_of(node.this, scope, work)
    fits = type_.family in (Family.DOUBLE, Family.DECIMAL) or constants.whole(node) is not None
    return type_ if fits else _partial(node, work, type_)


def _concatenated(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    types = types_of([node.this, node.expression], scope, work)
    bare = all(type_.family not in (Family.UNKNOWN, Family.LIST, Family.BLOB) for type_ in types)
    fits = bare and any(type_.family is Family.TEXT for type_ in types)
    return t.TEXT if fits else _partial(node, work)


def _cast(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    source = type_of(node.this, scope, work)
    target, fits = cast_type(node, source)
    return target if fits else _partial(node, work, target)


# ── calls and windows ─────────────────────────────────────────────────────────────────────────────────────────


def _call(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    if node.name.lower() == "columns":  # left to the engine it would show columns of ours
        raise construct("COLUMNS in COLUMNS or in REPLACE", hint="Name the columns.")
    types = [t.NULL if isinstance(one, exp.Star) else type_of(one, scope, work) for one in node.expressions]
    return _called(node.name.lower(), node, [_argument(one) for one in node.expressions], types, work)


def _argument(node: exp.Expr) -> exp.Expr:
    """Return what an argument is, without DISTINCT, ORDER BY or IGNORE NULLS around it."""
    while isinstance(node, exp.Order | exp.IgnoreNulls | exp.RespectNulls) and node.this is not None:
        node = node.this
    if isinstance(node, exp.Distinct) and len(node.expressions) == 1:
        return _argument(node.expressions[0])
    return node


def _called(name: str, node: exp.Expr, arguments: Sequence[exp.Expr], types: Sequence[SqlType], work: Work) -> SqlType:
    if name in functions.UNFLAGGED:
        work.unflagged.append(name)
    type_, fits = call_type(name, arguments, types)
    if not fits and name in ("sum", "avg", "mean"):
        return _overflows(node, types, work, type_)
    return type_ if fits else _partial(node, work, type_)


def _named(name: str, *parts: str) -> Callable[[exp.Expr, Scope, Work], SqlType]:
    def rule(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
        arguments = [node.args[part] for part in parts if node.args.get(part) is not None]
        arguments = [one for one in arguments if isinstance(one, exp.Expr)]
        return _called(name, node, arguments, types_of(arguments, scope, work), work)

    return rule


def _extract(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    value = type_of(node.expression, scope, work)
    unit = exp.Literal.string(node.this.name.lower())
    return _called("date_part", node, [unit, node.expression], [t.TEXT, value], work)


def _window(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    if isinstance(node.this, exp.Identifier):  # WINDOW w AS (…)
        _window_parts(node, scope, work)
        return t.UNKNOWN
    found = type_of(node.this, scope, work)
    _window_parts(node, scope, work)
    return found


def _window_parts(node: exp.Expr, scope: Scope, work: Work) -> None:
    types_of(node.args.get("partition_by") or [], scope, work)
    order, spec = node.args.get("order"), node.args.get("spec")
    if order is not None:
        types_of([ordered.this for ordered in order.expressions], scope, work)
    if spec is None:
        return
    for edge in (spec.args.get("start"), spec.args.get("end")):
        if isinstance(edge, exp.Expr):
            type_of(edge, scope, work)
            if constants.whole(edge) is None or str(spec.args.get("kind")).upper() != "ROWS":
                _partial(edge, work)


def _filter(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    found = type_of(node.this, scope, work)
    condition = type_of(node.expression.this, scope, work)
    return found if _conditions([condition]) else _partial(node, work, found)


def _order(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    found = type_of(node.this, scope, work) if node.this is not None else t.UNKNOWN
    types_of([ordered.this for ordered in node.expressions], scope, work)
    return found


def _distinct(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    types = types_of(node.expressions, scope, work)
    return types[0] if types else t.UNKNOWN


def _list(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    return t.LIST if t.common(types_of(node.expressions, scope, work)) else _partial(node, work, t.LIST)


def _tuple(node: exp.Expr, scope: Scope, work: Work) -> SqlType:
    types_of(node.expressions, scope, work)
    return t.UNKNOWN


_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_RULES: dict[type[exp.Expr], Callable[[exp.Expr, Scope, Work], SqlType]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: _fixed(t.BOOLEAN),
    exp.Null: _fixed(t.NULL),
    exp.Var: _fixed(t.TEXT),
    exp.CurrentDate: _fixed(t.DATE),
    exp.CurrentTimestamp: _fixed(t.TIMESTAMPTZ),
    exp.Localtimestamp: _fixed(t.TIMESTAMP),
    exp.Interval: _interval,
    exp.Paren: _inner,
    exp.Alias: _inner,
    exp.IgnoreNulls: _inner,
    exp.RespectNulls: _inner,
    **dict.fromkeys(_COMPARISONS, _comparison),
    exp.Between: _between,
    exp.In: _in,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Escape: _escape,
    exp.SimilarTo: _regular,
    exp.Glob: _pattern,
    exp.RegexpLike: _regular,
    exp.And: _logic,
    exp.Or: _logic,
    exp.Not: _logic,
    exp.Is: _is,
    exp.Case: _case,
    exp.Exists: _exists,
    exp.Subquery: _subquery,
    exp.Add: _sum,
    exp.Sub: _sum,
    exp.Mul: _product,
    exp.Div: _ratio,
    exp.Mod: _remainder,
    exp.IntDiv: _remainder,
    exp.Pow: _named("power", "this", "expression"),
    exp.Neg: _negated,
    exp.DPipe: _concatenated,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Anonymous: _call,
    exp.Extract: _extract,
    exp.Substring: _named("substring", "this", "start", "length"),
    exp.Trim: _named("trim", "this", "expression"),
    exp.StrPosition: _named("strpos", "this", "substr"),
    exp.Window: _window,
    exp.Filter: _filter,
    exp.Order: _order,
    exp.Distinct: _distinct,
    exp.Array: _list,
    exp.Tuple: _tuple,
}
