"""Groups of too few units are left out, and aggregates over too few are NULL, before anything else sees them.

    SELECT region, avg(cost) AS c FROM visits GROUP BY region HAVING c > 5 ORDER BY c

becomes, for a smallest group of 10 patients,

    SELECT g.g0 AS region, g.a0 AS c
    FROM (SELECT region AS g0, CASE WHEN count(DISTINCT unit) FILTER (WHERE cost IS NOT NULL) >= 10
                               THEN avg(cost) END AS a0
          FROM visits GROUP BY region HAVING count(DISTINCT unit) >= 10 OFFSET 0) AS g
    WHERE c > 5 ORDER BY c

so that HAVING, ORDER BY, LIMIT and window functions work on what may leave. The inner select ends in a barrier: an
expression that fails on a small group's aggregate would tell it. Where units may repeat it is another, of
`gate.root.bitmaps`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine.barrier import behind_barrier
from golconda.gate.leaf.mask import UNIT
from golconda.gate.root import bitmaps
from golconda.gate.root.repeating import may_lack_unit, may_repeat
from golconda.gate.root.sampled import Sampled, sampled_source
from golconda.gate.shape.aggregating import Aggregating, aggregating_selects, smallest_group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.gate.binding.scope import Source
    from golconda.gate.binding.work import Work

# Names of two words, so that a reader's alias is hardly ever one of them.
_GROUPS, _GROUP, _AGGREGATE = "golconda groups", "golconda group", "golconda aggregate"


def apply(work: Work) -> None:
    """Rewrite every aggregating select over an aggregate-only table, in place, inner ones first."""
    for found in reversed(aggregating_selects(work)):
        _rewrite(found)


@dataclass(slots=True)
class _Inner:
    """The select over rows as it grows: its grouping expressions and its aggregates, each once."""

    groups: list[exp.Expr]
    aggregates: list[exp.Expr] = field(default_factory=list)

    def column(self, node: exp.Expr) -> exp.Expr:
        """Return the column of the inner select that holds an expression."""
        return exp.column(self._name(node), _GROUPS, quoted=True)

    def _name(self, node: exp.Expr) -> str:
        if node in self.groups:
            return f"{_GROUP} {self.groups.index(node)}"
        if node not in self.aggregates:
            self.aggregates.append(node)
        return f"{_AGGREGATE} {self.aggregates.index(node)}"


def _rewrite(found: Aggregating) -> None:
    select = found.select
    inner = _Inner([group.copy() for group in found.groups()])
    calls = {id(call) for call in found.calls()}
    has_groups = select.args.get("group") is not None
    nullable = {id(call): _may_miss(call, found) for call in found.calls()}
    misses = [copy for call in found.calls() for copy in ([call.copy()] if nullable[id(call)] else ())]
    _name_columns(select)
    for root in found.outer_roots():
        _lift(root, inner, calls)
    if bitmaps.fit(found):
        rows = _in_passes(found, inner.groups, list(_cells(found, inner, misses)), has_groups=has_groups).query()
    else:
        rows = _over_rows(found, inner, misses, has_groups=has_groups)
    _over_groups(select, behind_barrier(rows))


def _in_passes(
    found: Aggregating, groups: list[exp.Expr], cells: list[bitmaps.Cell], *, has_groups: bool
) -> bitmaps.Passes:
    source = sampled_source(found) if has_groups else None
    if source is None:
        return bitmaps.Passes(found, groups, cells, has_groups=has_groups)
    return Sampled(source, found, groups, cells)


def _cells(found: Aggregating, inner: _Inner, misses: list[exp.Expr]) -> Iterator[bitmaps.Cell]:
    ungrouped = found.select.args.get("group") is None
    for place, call in enumerate(inner.aggregates):
        guarded = ungrouped or call in misses
        yield bitmaps.Cell(call, f"{_AGGREGATE} {place}", _contributes(call) if guarded else None, guarded)


def _name_columns(select: exp.Select) -> None:
    """Give bare columns their name as an alias, since they become columns of another name."""
    for item in list(select.expressions):
        if isinstance(item, exp.Column):
            alias = exp.Alias(alias=exp.to_identifier(item.name, quoted=True))
            item.replace(alias)
            alias.set("this", item)


def _lift(node: exp.Expr, inner: _Inner, calls: set[int]) -> None:
    """Put columns of the inner select in place of grouping expressions and aggregates."""
    if node in inner.groups or id(node) in calls:
        node.replace(inner.column(node.copy()))
        return
    if isinstance(node, exp.Query):
        return
    for child in list(node.iter_expressions()):
        _lift(child, inner, calls)


# ── over rows ─────────────────────────────────────────────────────────────────────────────────────────────────


def _over_rows(found: Aggregating, inner: _Inner, misses: list[exp.Expr], *, has_groups: bool) -> exp.Select:
    groups = [exp.alias_(group.copy(), f"{_GROUP} {place}", quoted=True) for place, group in enumerate(inner.groups)]
    aggregates = [
        exp.alias_(_guarded(call, found, call in misses or not has_groups), f"{_AGGREGATE} {place}", quoted=True)
        for place, call in enumerate(inner.aggregates)
    ]
    rows = exp.Select(expressions=[*groups, *aggregates] or [exp.alias_(exp.true(), _GROUP, quoted=True)])
    enough = list(_enough(found, None))  # looks at the joins, which move now
    for clause in ("from_", "joins", "laterals", "where"):
        rows.set(clause, found.select.args.get(clause))
        found.select.set(clause, None)
    if has_groups:
        rows.group_by(*(group.copy() for group in inner.groups), copy=False)
        rows.having(*enough, copy=False)
    return rows


def _guarded(call: exp.Expr, found: Aggregating, needed: bool) -> exp.Expr:
    """Return NULL in place of an aggregate to which too few units contribute."""
    if not needed:
        return call.copy()
    enough = exp.and_(*_enough(found, _contributes(call)), copy=False)
    return exp.Case(ifs=[exp.If(this=enough, true=call.copy())])


def _enough(found: Aggregating, condition: exp.Expr | None) -> Iterator[exp.Expr]:
    for source in found.protected:
        count = _units(source, found)
        if condition is not None:
            count = exp.Filter(this=count, expression=exp.Where(this=condition.copy()))
        yield exp.GTE(this=count, expression=exp.Literal.number(smallest_group(source) or 0))


def _units(source: Source, found: Aggregating) -> exp.Expr:
    """Count a group's units: its rows where each is one of its own, else the distinct ones."""
    repeats = may_repeat(source, found)
    if not repeats and not may_lack_unit(source):
        return exp.Anonymous(this="count", expressions=[exp.Star()])
    source.counted = True
    counted: exp.Expr = exp.column(UNIT, source.alias, quoted=True)
    if repeats:
        counted = exp.Distinct(expressions=[counted])
    return exp.Anonymous(this="count", expressions=[counted])


def _contributes(call: exp.Expr) -> exp.Expr | None:
    """Return the condition under which a row adds to an aggregate: its FILTER, and no argument missing."""
    parts = [call.expression.this] if isinstance(call, exp.Filter) else []
    aggregate = call.this if isinstance(call, exp.Filter) else call
    parts += [_is_there(argument) for argument in _arguments(aggregate)]
    return exp.and_(*parts) if parts else None


def _is_there(argument: exp.Expr) -> exp.Expr:
    missing = exp.Is(this=exp.Paren(this=argument.copy()), expression=exp.Null())
    return exp.Not(this=exp.Paren(this=missing))


def _arguments(aggregate: exp.Expr) -> list[exp.Expr]:
    arguments = aggregate.expressions
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        arguments = arguments[0].expressions
    return [one for one in arguments if not isinstance(one, exp.Star | exp.Literal)]


def _may_miss(call: exp.Expr, found: Aggregating) -> bool:
    """Say whether some row of a group may not contribute: then the aggregate has fewer units than its group."""
    if isinstance(call, exp.Filter):
        return True
    uses = [found.work.uses.get(id(column)) for column in call.find_all(exp.Column)]
    return any(
        use is None
        or use.source.nullable
        or use.field.column is None
        or use.field.column.mask is not None
        or use.field.column.stored.nullable
        for use in uses
    )


# ── over groups ───────────────────────────────────────────────────────────────────────────────────────────────


def _over_groups(select: exp.Select, rows: exp.Select) -> None:
    having = select.args.get("having")
    alias = exp.TableAlias(this=exp.to_identifier(_GROUPS, quoted=True))
    select.set("from_", exp.From(this=exp.Subquery(this=rows, alias=alias)))
    select.set("group", None)
    select.set("having", None)
    if having is not None:
        select.set("where", exp.Where(this=having.this))
