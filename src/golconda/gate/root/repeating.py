"""May a unit stand in several rows of a group? Where keys prove that it cannot, its rows are counted, which is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine.sql_types import Family

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.gate.binding.scope import Field, Source, Use
    from golconda.gate.shape.aggregating import Aggregating

# Types of which two values are equal in a join only where they are one value to a uniqueness check.
_EXACT = frozenset({Family.INTEGER, Family.DECIMAL, Family.TEXT, Family.DATE})


def may_repeat(source: Source, found: Aggregating) -> bool:
    """Say whether two rows of the select may be of one unit of a table."""
    table = source.table
    if table is None or may_multiply(source, found):
        return True
    unit = table.obligations.unit
    return unit is not None and unit not in table.unique


def may_lack_unit(source: Source) -> bool:
    """Say whether some row may be of no unit."""
    table = source.table
    unit = table.obligations.unit if table is not None else None
    return table is not None and unit is not None and table.column(unit).nullable


def may_multiply(source: Source, found: Aggregating) -> bool:
    """Say whether a row of a table may come several times out of the joins.

    It cannot where every other table is reached from it by keys that stand once: of each such table there is then at
    most one row to one of this.
    """
    if source.nullable or not _is_flat(found):
        return source.nullable or len(found.scope.sources) > 1
    reached = [source]
    keys = list(_keys(found))
    while new := [key for key, other in keys if key not in reached and other in reached]:
        reached.append(new[0])
    return len(reached) < len(found.scope.sources)


def _is_flat(found: Aggregating) -> bool:
    """Say whether the joins stand one after the other, none in brackets."""
    from_ = found.select.args.get("from_")
    nodes = [*([from_.this] if from_ is not None else ()), *(join.this for join in found.joins())]
    return not found.select.args.get("laterals") and not any(
        isinstance(node, exp.Lateral) or node.args.get("joins") for node in nodes
    )


def _keys(found: Aggregating) -> Iterator[tuple[Source, Source]]:
    """Yield the pairs of tables of which a row of the second has at most one of the first."""
    where = found.select.args.get("where")
    for condition in _conjuncts(where.this) if where is not None else ():
        yield from _equal(condition, found, None)
    for join in found.joins():
        right = next((one for one in found.scope.sources if one.node is join.this), None)
        only = right if join.side else None  # the condition of an outer join holds for what it adds alone
        on = join.args.get("on")
        for condition in _conjuncts(on) if on is not None and right is not None else ():
            yield from _equal(condition, found, only)
        if right is not None:
            yield from _used(join, right, found, only)


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    inner = node.unnest()
    if isinstance(inner, exp.And):
        yield from _conjuncts(inner.this)
        yield from _conjuncts(inner.expression)
    else:
        yield inner


def _equal(condition: exp.Expr, found: Aggregating, only: Source | None) -> Iterator[tuple[Source, Source]]:
    if not isinstance(condition, exp.EQ):
        return
    sides = [found.work.uses.get(id(side.unnest())) for side in (condition.this, condition.expression)]
    uses = [use for use in sides if use is not None and not use.is_outer]
    if len(uses) == 2:
        yield from _pairs(uses[0], uses[1], only)


def _used(join: exp.Join, right: Source, found: Aggregating, only: Source | None) -> Iterator[tuple[Source, Source]]:
    before = found.scope.sources[: found.scope.sources.index(right)]
    for column in join.args.get("using") or ():
        left = [(one, field) for one in before if (field := one.find(column.name)) is not None]
        field = right.find(column.name)
        if len(left) == 1 and field is not None:
            yield from _of_fields((right, field), left[0], only)


def _pairs(one: Use, other: Use, only: Source | None) -> Iterator[tuple[Source, Source]]:
    yield from _of_fields((one.source, one.field), (other.source, other.field), only)


def _of_fields(
    one: tuple[Source, Field], other: tuple[Source, Field], only: Source | None
) -> Iterator[tuple[Source, Source]]:
    if one[1].type != other[1].type or one[1].type.family not in _EXACT:
        return
    for (source, field), (reached, _) in ((one, other), (other, one)):
        if source is not reached and only in (None, source) and _stands_once(source, field):
            yield source, reached


def _stands_once(source: Source, field: Field) -> bool:
    table, column = source.table, field.column
    return table is not None and column is not None and column.mask is None and column.name in table.unique
