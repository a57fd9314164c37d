"""date_trunc in groups of aggregate-only tables: it fails beyond the range of timestamps, so dates are kept inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine.sql_types import Family
from golconda.gate.binding import constants
from golconda.gate.shape.aggregating import aggregating_selects

if TYPE_CHECKING:
    from golconda.gate.binding.work import Work

_UNITS = frozenset({"day", "week", "month", "quarter", "year", "decade", "century", "hour", "minute", "second"})


def keep_dates_inside(work: Work) -> None:
    """Bring the argument of date_trunc between the years 1 and 9999; dates beyond fall on the last ones."""
    selects = [found.select for found in aggregating_selects(work)]
    for node in list(work.partial):
        if any(node.parent_select is select for select in selects) and _truncates(node, work):
            _keep(node.expressions[1], work.uses[id(node.expressions[1])].field.type.family)
            work.partial.remove(node)


def _truncates(node: exp.Expr, work: Work) -> bool:
    if not (isinstance(node, exp.Anonymous) and node.name.lower() == "date_trunc" and len(node.expressions) == 2):
        return False
    use = work.uses.get(id(node.expressions[1]))
    unit = (constants.string(node.expressions[0]) or "").lower()
    return use is not None and unit in _UNITS and use.field.type.family in (Family.DATE, Family.TIMESTAMP)


def _keep(column: exp.Expr, family: Family) -> None:
    low, high = (
        exp.Cast(this=exp.Literal.string(day), to=exp.DataType(this=exp.DType[family.name]))
        for day in ("0001-01-08", "9999-12-31")
    )
    inside = exp.Anonymous(this="greatest", expressions=[exp.Null(), low])
    whole = exp.Anonymous(this="least", expressions=[inside, high])
    missing = exp.Is(this=column.copy(), expression=exp.Null())
    kept = exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=whole)  # least and greatest skip NULL
    column.replace(kept)
    inside.set("expressions", [column, low])
