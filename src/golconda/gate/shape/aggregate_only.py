"""May a query read a table of which only aggregates leave? The rules of ``docs/reference/terms.md``, section 5.

Each rule below refuses one way to single rows out. What passes is rewritten by `gate.root.minimum_group`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine.sql_types import NUMERIC
from golconda.gate.binding import constants
from golconda.gate.dialect import folded
from golconda.gate.shape.aggregating import (
    Aggregating,
    aggregating_selects,
    is_aggregate,
    parts,
    smallest_group,
)
from golconda.kernel.errors import AccessRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.gate.binding.scope import Source, Use
    from golconda.gate.binding.work import Work

COUNTS = frozenset({"count"})
SUMS = frozenset(
    {
        *("sum", "avg", "mean", "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"),
        *("covar_pop", "covar_samp", "corr"),
    }
)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)
# Enough for price * (1 - discount) * (1 + tax). With more factors a sum tells its largest value; with larger or
# smaller numbers its arithmetic compares: var_pop(cost + 1e18) is 0 unless some cost is above 64.
_MOST_COLUMNS, _MOST_CONSTANTS, _SMALLEST, _LARGEST = 3, 3, 0.001, 1000


def check(work: Work) -> None:
    """Raise AccessRefused with a code ``aggregate-only-…`` for the first rule that a select breaks."""
    for found in aggregating_selects(work):
        for rule in RULES:
            rule(found)


def _is_aggregating(found: Aggregating) -> None:
    if found.select.args.get("group") is None and not found.calls():
        raise _refused(
            "aggregate-only-rows",
            f"{found.name} answers aggregates only, and this asks for its rows.",
            hint="Aggregate where the table is read: SELECT column, count(*) … GROUP BY column.",
        )


def _has_plain_groups(found: Aggregating) -> None:
    group = found.select.args.get("group")
    if group is not None and group.find(exp.Rollup, exp.Cube, exp.GroupingSets):
        raise _refused(
            "aggregate-only-grouping",
            f"{found.name} is not grouped by ROLLUP, CUBE or GROUPING SETS: totals less groups give the small ones.",
            hint="Group by columns, one grouping a query.",
        )


def _joins_plainly(found: Aggregating) -> None:
    for join in found.joins():
        side, kind = (join.side or "").upper(), (join.kind or "").upper()
        method = (join.method or "").upper()
        if side not in ("", "LEFT") or kind in ("SEMI", "ANTI") or method or isinstance(join.this, exp.Lateral):
            raise _refused(
                "aggregate-only-join",
                f"{found.name} is joined by inner and left joins only, not by {method or side or kind or 'LATERAL'}.",
                hint="Write JOIN or LEFT JOIN.",
            )
    for column in (column for source in found.scope.sources for column in _given_to(source)):
        use = found.work.uses.get(id(column))
        if use is not None and use.source in found.protected:
            raise _refused(
                "aggregate-only-join",
                f"{found.name} cannot be unnested: {column.name}.",
                hint="Group by the column itself.",
            )


def _given_to(source: Source) -> list[exp.Column]:
    """Return the columns that a table function of FROM is given."""
    return list(source.node.find_all(exp.Column)) if isinstance(source.node, exp.Unnest | exp.Table) else []


def _is_not_correlated(found: Aggregating) -> None:
    """Neither may its rows be seen from a subquery, nor may it be run again for each row of another query."""
    for column in found.select.find_all(exp.Column):
        use = found.work.uses.get(id(column))
        if use is None or not use.is_outer:
            continue
        if use.source in found.scope.sources or not _is_below(use.source, found):
            raise _refused(
                "aggregate-only-correlated",
                f"{found.name} cannot be read together with a correlated subquery: {column.sql('duckdb')}.",
                hint="Join the tables and group the result.",
            )


def _is_not_run_again(found: Aggregating) -> None:
    """Each round of a recursion would be another query, with what the last one told in its conditions."""
    if any(term is found.select or _holds(term, found.select) for term in found.work.again):
        raise _refused(
            "aggregate-only-correlated",
            f"{found.name} cannot be read in the part of a recursive CTE that is run again and again.",
            hint="Group the table in a CTE before it, and read that.",
        )


def _is_below(source: Source, found: Aggregating) -> bool:
    """Say whether a source belongs to a query nested in this one."""
    node: exp.Expr | None = source.node.parent
    nested = False
    while node is not None and node is not found.select:
        nested = nested or isinstance(node, exp.Query)
        node = node.parent
    return node is found.select and nested


def _names_are_plain(found: Aggregating) -> None:
    """What is computed on rows moves into a select of its own, where an alias would mean something else."""
    for root in found.inner_roots():
        for column in root.find_all(exp.Column):
            if id(column) not in found.work.uses and not _is_alias_inside(column, root, found):
                raise _refused(
                    "aggregate-only-name",
                    f"{column.name} is an alias, and {found.name} is not filtered, grouped or aggregated by one.",
                    hint="Write the expression again, or the table's name before the column's.",
                )


def _is_alias_inside(column: exp.Column, root: exp.Expr, found: Aggregating) -> bool:
    """Say whether a name can only be an alias of a query nested in an expression."""
    node: exp.Expr | None = column
    while node is not None and node is not root.parent:
        if isinstance(node, exp.Query) and folded(column.name) in map(folded, node.named_selects):
            return not found.scope.holding(column.name)
        node = node.parent
    return False


def _names_no_identifier(found: Aggregating) -> None:
    allowed = {id(column) for condition in found.conditions() for column in _join_columns(condition, found)}
    roots = [*found.inner_roots(), *found.outer_roots()]
    for column, use in (pair for root in roots for pair in found.uses_of(root)):
        if id(column) not in allowed and is_identifier(use):
            raise _identifier(found, column.name)
    for name in found.scope.merged:
        _check_merged(name, found)


def _join_columns(condition: exp.Expr, found: Aggregating) -> Iterator[exp.Expr]:
    """Yield both sides of the equalities between columns of two stored tables that an inner join consists of."""
    join = condition.parent
    if isinstance(join, exp.Join) and join.side:
        return
    for part in condition.flatten() if isinstance(condition, exp.And) else (condition,):
        sides = (part.unnest().this, part.unnest().expression) if isinstance(part.unnest(), exp.EQ) else ()
        uses = [found.work.uses.get(id(side)) for side in sides]
        sources = {id(use.source) for use in uses if use is not None and use.source.table is not None}
        if len(sources) == 2 and not any(use is None or use.source.nullable for use in uses):
            yield from sides


def _check_merged(name: str, found: Aggregating) -> None:
    """USING and NATURAL are equalities too, and under the same rule."""
    holders = found.scope.holding(name)
    if all(source.table is not None and not source.nullable for source in holders):
        return
    for source in holders:
        field = source.find(name)
        if source in found.protected and field is not None and source.names_unit(field):
            raise _identifier(found, field.name)


def is_identifier(use: Use) -> bool:
    """Say whether a column names a unit of a table of which only aggregates leave."""
    return smallest_group(use.source) is not None and use.source.names_unit(use.field)


def _aggregates_plainly(found: Aggregating) -> None:
    for call in found.calls():
        aggregate = call.this if isinstance(call, exp.Filter) else call
        name = aggregate.name.lower()
        if name in COUNTS:
            _check_count(aggregate, found)
        elif name in SUMS:
            for argument in aggregate.expressions:
                _check_argument(argument, found)
        else:
            raise _refused(
                "aggregate-only-function",
                f"{name} shows single values, and {found.name} answers aggregates only.",
                hint="Use count, sum, avg, variance, stddev, covar_pop, covar_samp or corr.",
            )


def _check_count(call: exp.Expr, found: Aggregating) -> None:
    counted = call.expressions
    if len(counted) == 1 and isinstance(counted[0], exp.Distinct):
        counted = counted[0].expressions
    if not all(isinstance(one, exp.Star | exp.Column | exp.Literal) for one in counted):
        raise _argument(found, call, "count takes a column, DISTINCT or not, or *")


def _check_argument(argument: exp.Expr, found: Aggregating) -> None:
    nodes = [node for node in argument.walk() if not isinstance(node, exp.Identifier)]
    columns = [node for node in nodes if isinstance(node, exp.Column)]
    constant = [node for node in nodes if isinstance(node, exp.Literal)]
    if not columns or len(columns) > _MOST_COLUMNS or len(constant) > _MOST_CONSTANTS:
        raise _argument(found, argument, f"it may hold up to {_MOST_COLUMNS} columns and {_MOST_CONSTANTS} numbers")
    for node in nodes:
        _check_part(node, argument, found)


def _check_part(node: exp.Expr, argument: exp.Expr, found: Aggregating) -> None:
    if isinstance(node, exp.Column):
        use = found.work.uses.get(id(node))
        if use is None or use.field.type.family not in NUMERIC:
            raise _argument(found, argument, f"{node.name} is no number")
    elif isinstance(node, exp.Literal):
        if node.is_string or not _SMALLEST <= float(node.this) <= _LARGEST:
            raise _argument(found, argument, f"numbers lie between {_SMALLEST} and {_LARGEST}")
    elif isinstance(node, exp.Div):
        if constants.whole(node.expression) is None and not isinstance(node.expression, exp.Literal):
            raise _argument(found, argument, "it is divided by numbers only; divide the sums instead")
    elif not isinstance(node, exp.Paren | exp.Neg | exp.DataType | exp.DataTypeParam) and not _is_fine(node):
        raise _argument(found, argument, "it holds more than columns, numbers, + - * and /")


def _is_fine(node: exp.Expr) -> bool:
    to_double = isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast) and node.to.this is exp.DType.DOUBLE
    return isinstance(node, _ARITHMETIC) or to_double


def _cannot_fail(found: Aggregating) -> None:
    """An error would tell about single rows, and repeated with other constants, all about them."""
    from_ = found.select.args.get("from_")
    inner = [*found.inner_roots(), *found.joins(), *([from_] if from_ is not None else ())]
    for node in [*found.work.partial, *found.work.late]:
        if _is_fed_by(node, found) or any(root is node or _holds(root, node) for root in inner):
            raise _refused(
                "aggregate-only-can-fail",
                f"{node.sql('duckdb', comments=False)[:80]} can fail on single rows of {found.name}.",
                hint="Compute with CAST(column AS DOUBLE), or use TRY_CAST, or compare values of one type.",
            )


def _is_fed_by(node: exp.Expr, found: Aggregating) -> bool:
    """Say whether a node may be computed on the way to the groups, though it is written in a CTE."""
    reads_a_cte = any(isinstance(source.node, exp.Table) and source.table is None for source in found.scope.sources)
    cte = node.find_ancestor(exp.CTE)
    return reads_a_cte and cte is not None and not _holds(cte, found.select)


def _holds(root: exp.Expr, node: exp.Expr) -> bool:
    parent = node.parent
    while parent is not None:
        if parent is root:
            return True
        parent = parent.parent
    return False


def _is_repeatable(found: Aggregating) -> None:
    for root in found.inner_roots():
        for call in root.find_all(exp.Anonymous):
            if call.name.lower() in ("random", "now", "get_current_timestamp", "transaction_timestamp"):
                raise _argument(found, call, "it differs from query to query")


def _is_grouped(found: Aggregating) -> None:
    """Each column outside of aggregates must be part of a grouping expression."""
    groups = found.groups()
    for root in found.outer_roots():
        for column in _ungrouped(root, groups):
            if id(column) in found.work.uses:
                raise _refused(
                    "aggregate-only-ungrouped",
                    f"{column.name} is neither grouped by nor aggregated.",
                    hint=f"Add {column.name} to GROUP BY.",
                )


def _ungrouped(node: exp.Expr, groups: list[exp.Expr]) -> Iterator[exp.Expr]:
    if node in groups or isinstance(node, exp.Query | exp.Filter) or is_aggregate(node):
        return
    if isinstance(node, exp.Column):
        yield node
        return
    for part in parts(node):
        yield from _ungrouped(part, groups)


RULES = (
    _is_aggregating,
    _has_plain_groups,
    _joins_plainly,
    _names_are_plain,
    _is_not_correlated,
    _is_not_run_again,
    _aggregates_plainly,
    _names_no_identifier,
    _is_repeatable,
    _cannot_fail,
    _is_grouped,
)


def _refused(code: str, message: str, *, hint: str) -> AccessRefused:
    return AccessRefused(code, message, hint=hint, clause="aggregate")


def _identifier(found: Aggregating, column: str) -> AccessRefused:
    return _refused(
        "aggregate-only-identifier",
        f"{column} names a unit of {found.name}, and only inner joins between tables may use it.",
        hint="Leave it out of conditions, groups, aggregates and outer joins.",
    )


def _argument(found: Aggregating, argument: exp.Expr, problem: str) -> AccessRefused:
    return _refused(
        "aggregate-only-argument",
        f"{argument.sql('duckdb', comments=False)[:80]} cannot be aggregated over {found.name}: {problem}.",
        hint="Aggregate numeric columns, or sums and products of columns and numbers.",
    )
