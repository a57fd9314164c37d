"""A protected query as Spark runs it: the same values, or a refusal that says what this engine lacks.

Every kind of node and every function must be on a list here; what is not is refused. The rules follow what DuckDB
gives, and ``tests/engine/spark`` holds both engines to the same answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator

from golconda.engine import sql_types as t
from golconda.engine.barrier import is_barrier
from golconda.engine.spark import calls, kinds, values
from golconda.engine.spark.refusals import refused
from golconda.engine.sql_types import Family

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from golconda.engine.sql_types import SqlType
    from golconda.kernel.logical_types import Column

_BARRIER = "golconda barrier"
_PLAIN = re.compile(r"[A-Za-z0-9 _%.,:;()+*/#=<>@!&|?\[\]-]*")


@dataclass(frozen=True, slots=True)
class Scan:
    """A snapshot's files, read under a name with an explicit schema; `places`: with the place of each row."""

    files: tuple[str, ...]
    columns: tuple[Column, ...]
    places: bool


@dataclass(frozen=True, slots=True)
class OverSpark:
    """A plan's text for Spark, and what stands behind each name of a scan."""

    sql: str
    scans: Mapping[str, Scan]


class _Generator(SparkGenerator):
    # The base class writes TRY_CAST as CAST, which fails where the other gives NULL.
    TRANSFORMS: ClassVar[dict[Any, Any]] = {  # SQLGlot types it so
        **SparkGenerator.TRANSFORMS,
        exp.TryCast: lambda self, node: f"TRY_CAST({self.sql(node, 'this')} AS {self.sql(node, 'to')})",
    }

    def anonymous_sql(self, expression: exp.Anonymous) -> str:
        return f"{expression.name}({self.expressions(expression, flat=True)})"


class _Plans(Spark):
    Generator = _Generator


_PLANS = _Plans()


def over_spark(tree: exp.Expr) -> OverSpark:
    """Return the plan for Spark, or raise ``engine-differs`` for what it cannot mean the same by.

    Types of expressions stand in ``meta["type"]``, as binding notes them; scans in ``meta["files"]`` and
    ``meta["columns"]``.
    """
    work = _Translation()
    kinds.of_leaves(tree)
    written = work.new(tree).sql(dialect=_PLANS, identify=True, comments=False)
    return OverSpark(written, work.scans)


@dataclass(slots=True)
class _Translation:
    scans: dict[str, Scan] = field(default_factory=dict)

    def new(self, node: exp.Expr) -> exp.Expr:
        """Return the node as Spark is given it; the old one is left as it is."""
        rule = _RULES.get(type(node))
        if rule is None:
            raise refused(type(node).__name__)
        return rule(node, self)

    def parts(self, node: exp.Expr, **changed: object) -> exp.Expr:
        """Return a node of the same kind over new parts; arguments that are no nodes stay."""
        kept = {name: self._part(value) for name, value in node.args.items() if name not in changed}
        return node.__class__(**kept, **changed)

    def _part(self, value: object) -> object:
        if isinstance(value, exp.Expr):
            return self.new(value)
        if isinstance(value, list):
            return [self._part(one) for one in value]
        return value


# ── queries ───────────────────────────────────────────────────────────────────────────────────────────────────


def _same(node: exp.Expr, work: _Translation) -> exp.Expr:
    return work.parts(node)


def _leaf(node: exp.Expr, work: _Translation) -> exp.Expr:  # noqa: ARG001 - one rule as all
    return node.copy()


def _select(node: exp.Expr, work: _Translation) -> exp.Expr:
    for clause, name in (("qualify", "QUALIFY"), ("laterals", "LATERAL")):
        if node.args.get(clause):
            raise refused(name)
    if not is_barrier(node):
        return work.parts(node)
    rows = work.parts(node, offset=None)
    # A random column that is used: no predicate moves below it, and no optimiser takes it away.
    random = exp.Anonymous(this="rand", expressions=[exp.Literal.number(0)])
    rows.append("expressions", exp.alias_(random, _BARRIER, quoted=True))
    used = exp.GTE(this=exp.column(_BARRIER, quoted=True), expression=exp.Literal.number(0))
    inner = exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier(_BARRIER, quoted=True)))
    return exp.select("*").from_(inner).where(used)


def _table(node: exp.Expr, work: _Translation) -> exp.Expr:
    files, columns = node.meta.get("scanned"), node.meta.get("columns")
    if files is None or columns is None:
        if isinstance(node.this, exp.Identifier):
            return work.parts(node)
        raise refused("a table function")
    scan = Scan(tuple(files), tuple(columns), bool(node.meta.get("places")))
    name = next((name for name, known in work.scans.items() if known == scan), f"golconda_scan_{len(work.scans)}")
    work.scans[name] = scan
    return exp.to_table(name)


def _with(node: exp.Expr, work: _Translation) -> exp.Expr:
    if node.args.get("recursive"):
        raise refused("WITH RECURSIVE")
    return work.parts(node)


def _cte(node: exp.Expr, work: _Translation) -> exp.Expr:
    return work.parts(node, materialized=None)


def _set_operation(node: exp.Expr, work: _Translation) -> exp.Expr:
    if node.args.get("by_name"):
        raise refused("BY NAME")
    return work.parts(node)


def _join(node: exp.Expr, work: _Translation) -> exp.Expr:
    if node.args.get("method"):
        raise refused(str(node.args["method"]))
    if str(node.args.get("kind") or "").upper() in ("SEMI", "ANTI"):
        return work.parts(node, side="LEFT")
    return work.parts(node)


def _group(node: exp.Expr, work: _Translation) -> exp.Expr:
    if node.args.get("all"):
        raise refused("GROUP BY ALL")
    if any(_has_total(one) for one in node.find_all(exp.Rollup, exp.Cube, exp.Tuple)):
        raise refused("ROLLUP, CUBE or the grouping set ()")  # over no rows it leaves out the total
    return work.parts(node)


def _has_total(group: exp.Expr) -> bool:
    return not isinstance(group, exp.Tuple) or not group.expressions


def _distinct(node: exp.Expr, work: _Translation) -> exp.Expr:
    if node.args.get("on"):
        raise refused("DISTINCT ON")
    if len(node.expressions) > 1:
        raise refused("DISTINCT over several columns")
    return work.parts(node)


def _ordered(node: exp.Expr, work: _Translation) -> exp.Expr:
    return work.parts(node, nulls_first=bool(node.args.get("nulls_first")))


def _subquery(node: exp.Expr, work: _Translation) -> exp.Expr:
    return work.parts(node)


def _window(node: exp.Expr, work: _Translation) -> exp.Expr:
    if node.args.get("over") is None and not isinstance(node.this, exp.Identifier):
        calls.demand_windowed(node.this)
    return calls.aggregate(node, work)


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────


def _literal(node: exp.Expr, work: _Translation) -> exp.Expr:  # noqa: ARG001 - one rule as all
    """Text beyond the plainest goes as its bytes, so that no rule of quoting decides what runs."""
    text = str(node.this)
    if not node.is_string and len(re.sub(r"[eE].*|\D", "", text)) > t.WIDEST:
        raise refused(f"a number of more than {t.WIDEST} digits")
    if not node.is_string or _PLAIN.fullmatch(text):
        return node.copy()
    written = exp.HexString(this=text.encode().hex())
    return exp.Cast(this=written, to=exp.DataType(this=exp.DType.TEXT))


def _call(node: exp.Expr, work: _Translation) -> exp.Expr:
    return calls.call(node, work)


def _compared(node: exp.Expr, work: _Translation) -> exp.Expr:
    names = ("this", "low", "high") if isinstance(node, exp.Between) else ("this", "expression")
    others = list(node.expressions) if isinstance(node, exp.In) else [node.args[name] for name in names[1:]]
    found = [kinds.of(node.this), *map(kinds.of, others if not node.args.get("query") else ())]
    target = _target(found)
    changed: dict[str, object] = {"this": values.as_type(node.this, target, work)}
    if isinstance(node, exp.In):
        changed["expressions"] = [values.as_type(one, target, work) for one in others]
    else:
        changed |= {name: values.as_type(node.args[name], target, work) for name in names[1:]}
    return work.parts(node, **changed)


def _target(found: list[SqlType]) -> SqlType | None:
    """Return the type that text written out is read as beside values of another type."""
    others = [type_ for type_ in found if type_.family not in (Family.TEXT, Family.NULL)]
    if not others or len(others) == len(found):
        return None
    return others[0]


def _any(node: exp.Expr, work: _Translation) -> exp.Expr:  # noqa: ARG001 - one rule as all
    raise refused("ANY and ALL")


def _like(node: exp.Expr, work: _Translation) -> exp.Expr:
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        raise refused("LIKE with a pattern that is not written out")
    sign = next(sign for sign in "#!~^@$&;:?\x01" if sign not in str(pattern.this))
    like = exp.Like(this=work.new(node.this), expression=work.new(pattern))
    written = exp.Escape(this=like, expression=exp.Literal.string(sign))
    return exp.Not(this=exp.Paren(this=written)) if node.args.get("negate") else written


def _sum(node: exp.Expr, work: _Translation) -> exp.Expr:
    return values.sum_of(node, work)


def _ratio(node: exp.Expr, work: _Translation) -> exp.Expr:
    return values.ratio(work.new(node.this), work.new(node.expression))


def _number_only(node: exp.Expr, work: _Translation) -> exp.Expr:
    """Numbers of known types: what they give is the same, and what overflows fails."""
    for side in (node.this, node.args.get("expression")):
        if side is not None and kinds.of(side).family not in (*t.NUMERIC, Family.NULL):
            raise refused(f"arithmetic on {kinds.of(side).family}")
    return work.parts(node)


def _rest(node: exp.Expr, work: _Translation) -> exp.Expr:
    wanted = (Family.INTEGER, Family.HUGE) if isinstance(node, exp.IntDiv) else t.NUMERIC - {Family.DOUBLE}
    for side in (node.this, node.expression):
        if kinds.of(side).family not in wanted:
            raise refused(f"the rest of a division of {kinds.of(side).family}")
    if isinstance(node.expression.unnest(), exp.Literal) and not float(node.expression.unnest().this):
        raise refused("a division by a written 0")  # it fails over no rows as well
    if isinstance(node, exp.IntDiv):
        sides = (exp.Paren(this=work.new(side)) for side in (node.this, node.expression))
        return exp.IntDiv(**dict(zip(("this", "expression"), sides, strict=True)))
    return work.parts(node)


def _concatenated(node: exp.Expr, work: _Translation) -> exp.Expr:
    families = {kinds.of(node.this).family, kinds.of(node.expression).family} - {Family.NULL}
    if not (families <= {Family.TEXT} or families <= {Family.BLOB}):
        raise refused("|| of other than texts")
    return work.parts(node, safe=None)


def _cast(node: exp.Expr, work: _Translation) -> exp.Expr:
    return values.cast(node, work)


def _named_call(name: str, *parts: str) -> Callable[[exp.Expr, _Translation], exp.Expr]:
    def rule(node: exp.Expr, work: _Translation) -> exp.Expr:
        given = [node.args[part] for part in parts if isinstance(node.args.get(part), exp.Expr)]
        return calls.called(name, given, work)

    return rule


def _extract(node: exp.Expr, work: _Translation) -> exp.Expr:
    return calls.part(node.this.name.lower(), node.expression, work)


_RULES: Mapping[type[exp.Expr], Callable[[exp.Expr, _Translation], exp.Expr]] = {
    exp.Select: _select,
    exp.Table: _table,
    exp.With: _with,
    exp.CTE: _cte,
    **dict.fromkeys((exp.Union, exp.Except, exp.Intersect), _set_operation),
    exp.Join: _join,
    exp.Group: _group,
    exp.Distinct: _distinct,
    exp.Ordered: _ordered,
    exp.Subquery: _subquery,
    exp.Window: _window,
    exp.Filter: calls.aggregate,
    exp.Literal: _literal,
    exp.Anonymous: _call,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.In), _compared),
    **dict.fromkeys((exp.NullSafeEQ, exp.NullSafeNEQ), _compared),
    **dict.fromkeys((exp.Any, exp.All), _any),
    exp.Like: _like,
    **dict.fromkeys((exp.Add, exp.Sub), _sum),
    exp.Mul: _number_only,
    exp.Neg: _number_only,
    exp.Div: _ratio,
    exp.Mod: _rest,
    exp.IntDiv: _rest,
    exp.DPipe: _concatenated,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Extract: _extract,
    exp.Substring: _named_call("substring", "this", "start", "length"),
    exp.Trim: _named_call("trim", "this", "expression"),
    exp.StrPosition: _named_call("strpos", "this", "substr"),
    # What masks are made of.
    exp.Greatest: calls.extreme,
    exp.Least: calls.extreme,
    exp.Left: _named_call("left", "this", "expression"),
    exp.Right: _named_call("right", "this", "expression"),
    exp.Repeat: _named_call("repeat", "this", "times"),
    exp.Length: _named_call("length", "this"),
    exp.Floor: _named_call("floor", "this"),
    exp.Round: _named_call("round", "this", "decimals"),
    exp.SHA2: _named_call("sha256", "this"),
    exp.Unhex: _named_call("unhex", "this"),
    exp.Placeholder: _leaf,
    **dict.fromkeys((exp.Identifier, exp.Var, exp.Null, exp.Boolean, exp.CurrentDate), _leaf),
    **dict.fromkeys(
        (
            exp.From, exp.Where, exp.Having, exp.Order, exp.Limit, exp.Offset, exp.TableAlias, exp.Alias,
            exp.Column, exp.Star, exp.Paren, exp.Tuple, exp.And, exp.Or, exp.Not, exp.Is, exp.Case, exp.If, exp.Exists,
            exp.GroupingSets, exp.Cube, exp.Rollup, exp.WindowSpec, exp.DataType, exp.DataTypeParam,
            exp.IgnoreNulls, exp.RespectNulls,
        ),
        _same,
    ),
}  # fmt: skip
