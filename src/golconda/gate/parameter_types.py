"""The types of a query's parameters, drawn from the columns they meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine.sql_types import Family
from golconda.gate.binding import bind
from golconda.gate.statement import parsed
from golconda.kernel.given import Given
from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from golconda.gate.binding.work import Work
    from golconda.gate.protected import ProtectedTable
    from golconda.gate.statement import Reference

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_PATTERNS = (exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.Glob)
_BIGINT, _VARCHAR = LogicalType(Kind.BIGINT), LogicalType(Kind.VARCHAR)
_OF_FAMILY = {
    Family.BOOLEAN: Kind.BOOLEAN,
    Family.INTEGER: Kind.BIGINT,
    Family.HUGE: Kind.BIGINT,
    Family.DOUBLE: Kind.DOUBLE,
    Family.TEXT: Kind.VARCHAR,
    Family.DATE: Kind.DATE,
    Family.TIMESTAMP: Kind.TIMESTAMP,
    Family.TIMESTAMPTZ: Kind.TIMESTAMPTZ,
}


def stand_ins(sql: str) -> tuple[Given, ...]:
    """Return a value for each parameter of a query, so that it can be looked at before any value is known."""
    tree = parsed(sql)
    counted = {str(slot.name) for slot in tree.find_all(exp.Placeholder) if _counts(slot)}
    names = dict.fromkeys(str(slot.name) for slot in tree.find_all(exp.Placeholder))
    return tuple(
        Given(name, Kind.BIGINT, "1") if name in counted else Given(name, Kind.VARCHAR, None) for name in names
    )


def parameter_types(sql: str, tables: Mapping[Reference, ProtectedTable]) -> dict[str, LogicalType | None]:
    """Return each parameter's type, in order of appearance; None where it meets no column, or several that differ."""
    tree = parsed(sql)
    met = [(str(slot.name), list(_met(slot))) for slot in tree.find_all(exp.Placeholder)]
    for slot in list(tree.find_all(exp.Placeholder)):
        slot.replace(exp.Literal.number(1) if _counts(slot) else exp.Null())
    work, _ = bind(tree, tables)
    found: dict[str, set[LogicalType | None]] = {}
    for name, others in met:
        found.setdefault(name, set()).update(_type(other, work) for other in others)
    return {name: next(iter(types)) if len(types) == 1 else None for name, types in found.items()}


def _counts(slot: exp.Expr) -> bool:
    return isinstance(slot.parent, exp.Limit | exp.Offset)


def _met(slot: exp.Expr) -> Iterator[exp.Expr | LogicalType]:
    """Yield what a parameter is compared with, or the type that its place wants."""
    node, parent = slot, slot.parent
    while isinstance(parent, exp.Paren | exp.Tuple):
        node, parent = parent, parent.parent
    if isinstance(parent, exp.Limit | exp.Offset):
        yield _BIGINT
    elif isinstance(parent, exp.Cast):
        yield from _cast(parent)
    elif isinstance(parent, _PATTERNS):
        yield _VARCHAR
    elif isinstance(parent, _COMPARISONS):
        yield (parent.expression if node is parent.this else parent.this).unnest()
    elif isinstance(parent, exp.Between | exp.In) and node is not parent.this:
        yield parent.this.unnest()


def _cast(cast: exp.Expr) -> Iterator[LogicalType]:
    kind = {exp.DType.TEXT: "VARCHAR", exp.DType.INT: "BIGINT", exp.DType.TIMESTAMPNTZ: "TIMESTAMP"}.get(
        cast.args["to"].this, str(cast.args["to"].this.value)
    )
    if kind in set(Kind) - {Kind.DECIMAL}:
        yield LogicalType(Kind(kind))


def _type(met: exp.Expr | LogicalType, work: Work) -> LogicalType | None:
    if isinstance(met, LogicalType):
        return met
    use = work.uses.get(id(met))
    if use is None:
        return None
    if use.field.column is not None:
        return use.field.column.type
    kind = _OF_FAMILY.get(use.field.type.family)
    return LogicalType(kind) if kind else None
