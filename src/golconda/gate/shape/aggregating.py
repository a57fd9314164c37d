"""A select that reads aggregate-only tables, taken apart into what its groups see and what its result sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import functions
from golconda.gate.binding import constants
from golconda.gate.dialect import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.gate.binding.scope import Scope, Source, Use
    from golconda.gate.binding.work import Work

AGGREGATES = functions.AGGREGATES - functions.WINDOW_ONLY - {"grouping", "grouping_id"}


@dataclass(frozen=True, slots=True)
class Aggregating:
    """A select, its scope, and the aggregate-only tables directly in its FROM."""

    select: exp.Select
    scope: Scope
    protected: tuple[Source, ...]
    work: Work

    @property
    def name(self) -> str:
        """Return the protected table's name, for messages."""
        table = self.protected[0].table
        return str(table.name) if table is not None else ""

    def outer_roots(self) -> list[exp.Expr]:
        """Return the expressions that the rewritten query evaluates on the groups' results."""
        args = self.select.args
        clauses = [args[name].this for name in ("having", "qualify") if args.get(name) is not None]
        order = [ordered.this for ordered in args["order"].expressions] if args.get("order") is not None else []
        distinct = args.get("distinct")
        on = distinct.args.get("on") if distinct is not None else None
        projections = [item.this if isinstance(item, exp.Alias) else item for item in self.select.expressions]
        return [*projections, *clauses, *order, *(args.get("windows") or ()), *([on] if on is not None else ())]

    def calls(self) -> list[exp.Expr]:
        """Return the aggregate calls of this very select, with their FILTER, in order of appearance."""
        return [call for root in self.outer_roots() for call in aggregate_calls(root)]

    def groups(self) -> list[exp.Expr]:
        """Return the grouping expressions; ordinals, aliases and ALL stand for projections."""
        group = self.select.args.get("group")
        if group is None:
            return []
        projections = self.select.expressions
        if group.args.get("all"):
            items = [_bare(item) for item in projections]
            return [item for item in items if not list(aggregate_calls(item))]
        return [self._group(item) for item in group.expressions]

    def _group(self, item: exp.Expr) -> exp.Expr:
        place = constants.whole(item)
        if place is not None and 1 <= place <= len(self.select.expressions):
            return _bare(self.select.expressions[place - 1])
        if isinstance(item, exp.Column) and id(item) not in self.work.uses:
            named = (one for one in self.select.expressions if folded(one.alias_or_name) == folded(item.name))
            return _bare(next(named, item))
        return item

    def conditions(self) -> list[exp.Expr]:
        """Return WHERE and every ON, of this select's own FROM."""
        where = self.select.args.get("where")
        on = [join.args["on"] for join in self.joins() if join.args.get("on") is not None]
        return [*([where.this] if where is not None else ()), *on]

    def joins(self) -> list[exp.Join]:
        """Return the joins of this select's own FROM, those in brackets too."""
        found = list(self.select.args.get("joins") or ())
        from_ = self.select.args.get("from_")
        sources = [from_.this] if from_ is not None else []
        for node in [*sources, *(join.this for join in found)]:
            found += list(_bracket_joins(node))
        return found

    def inner_roots(self) -> list[exp.Expr]:
        """Return the expressions evaluated on rows: conditions, groups, aggregates."""
        return [*self.conditions(), *self.groups(), *self.calls()]

    def uses_of(self, root: exp.Expr) -> Iterator[tuple[exp.Column, Use]]:
        """Yield the columns of this select's own sources in an expression, nested queries included."""
        for column in root.find_all(exp.Column):
            use = self.work.uses.get(id(column))
            if use is not None and use.source in self.scope.sources:
                yield column, use


def aggregating_selects(work: Work) -> list[Aggregating]:
    """Return every select that has an aggregate-only table in its FROM."""
    found = []
    for select, scope in work.selects:
        protected = tuple(leaf for leaf in work.leaves if leaf.home is scope and smallest_group(leaf) is not None)
        if protected:
            found.append(Aggregating(select, scope, protected, work))
    return found


def smallest_group(source: Source) -> int | None:
    """Return how many units a group of this table must hold, if it is under such a clause."""
    return source.table.obligations.min_group if source.table is not None else None


def aggregate_calls(root: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the aggregate calls of an expression, outermost; nested queries' and windows themselves are none."""
    if isinstance(root, exp.Query):
        return
    if not isinstance(root, exp.Window) and (isinstance(root, exp.Filter) or is_aggregate(root)):
        yield root
        return
    for part in parts(root):
        yield from aggregate_calls(part)


def parts(node: exp.Expr) -> list[exp.Expr]:
    """Return what an expression is made of; of a window function its arguments, not the function by itself."""
    if not isinstance(node, exp.Window):
        return list(node.iter_expressions())
    found: list[exp.Expr] = [child for child in node.iter_expressions() if child is not node.this]
    function: exp.Expr = node.this
    while isinstance(function, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        found += [child for child in function.iter_expressions() if child is not function.this]
        function = function.this
    return [*found, *function.iter_expressions()]


def is_aggregate(node: exp.Expr) -> bool:
    """Say whether a node calls an aggregate."""
    return isinstance(node, exp.Anonymous) and node.name.lower() in AGGREGATES


def _bare(item: exp.Expr) -> exp.Expr:
    return item.this if isinstance(item, exp.Alias) else item


def _bracket_joins(node: exp.Expr) -> Iterator[exp.Join]:
    for join in node.args.get("joins") or ():
        yield join
        yield from _bracket_joins(join.this)
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table | exp.Subquery):
        yield from _bracket_joins(node.this)
