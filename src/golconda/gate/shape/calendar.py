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
    """Bring the argument of date_trunc between the years 1 and 9999; dates beyond fall on the last ones.

    Neither it nor a cast of it to a date or a timestamp can fail then.
    """
    selects = [found.select for found in aggregating_selects(work)]
    for node in list(work.partial):
        if any(node.parent_select is select for select in selects) and _truncates(node, work):
            _keep(node.expressions[1], work)
            _no_failure(node, work)
            if isinstance(node.parent, exp.Cast) and node.parent.to.this in (exp.DType.DATE, exp.DType.TIMESTAMP):
                _no_failure(node.parent, work)


def _no_failure(node: exp.Expr, work: Work) -> None:
    work.partial = [one for one in work.partial if one is not node]


def _truncates(node: exp.Expr, work: Work) -> bool:
    if not (isinstance(node, exp.Anonymous) and node.name.lower() == "date_trunc" and len(node.expressions) == 2):
        return False
    use = work.uses.get(id(node.expressions[1]))
    unit = (constants.string(node.expressions[0]) or "").lower()
    return use is not None and unit in _UNITS and use.field.type.family in (Family.DATE, Family.TIMESTAMP)


def _keep(column: exp.Expr, work: Work) -> None:
    """Put the column within bounds; what is put around and beside it has its type, and the copy of it its meaning."""
    use = work.uses[id(column)]
    low, high = (
        exp.Cast(this=exp.Literal.string(day), to=exp.DataType(this=exp.DType[use.field.type.family.name]))
        for day in ("0001-01-08", "9999-12-31")
    )
    inside = exp.Anonymous(this="greatest", expressions=[exp.Null(), low])
    whole = exp.Anonymous(this="least", expressions=[inside, high])
    again = column.copy()
    work.uses[id(again)] = use
    missing = exp.Is(this=again, expression=exp.Null())
    kept = exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=whole)  # least and greatest skip NULL
    for node in (inside, whole, kept):
        node.meta.update(column.meta)
    column.replace(kept)
    inside.set("expressions", [column, low])
