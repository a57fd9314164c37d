"""Which columns are unique: first whether their values only rise, which one cheap scan proves, else by counting.

Each count is a query of its own. One query that counts the distinct values of several columns takes several times
the processor time of as many queries, and holds the values of all of them in memory at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.kernel.logical_types import Kind
from golconda.profiling.scan import column, parquet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from golconda.profiling.overview import Seen

NEVER_KEYS = frozenset({Kind.DOUBLE, Kind.BOOLEAN, Kind.BLOB})
_NEARLY_ALL = 0.95  # the sketch errs by some 2 %


def candidates(seen: Sequence[Seen]) -> tuple[Seen, ...]:
    """Return the columns that may be unique: nearly as many values as rows, and none missing."""
    return tuple(one for one in seen if _may_be_unique(one))


def _may_be_unique(one: Seen) -> bool:
    is_nearly = one.missing == 0 and 0 < one.rows <= one.distinct / _NEARLY_ALL
    return is_nearly and one.column.type.kind not in NEVER_KEYS


def rising_query(files: Sequence[str], asked: Sequence[Seen]) -> exp.Select | None:
    """Return the scan that counts, in each ordered column, the values that are not above the one before.

    None of them is proof of uniqueness in whatever order the rows are scanned; some say nothing.
    """
    ordered = [one for one in asked if one.column.type.is_numeric or one.column.type.is_temporal]
    if not ordered:
        return None
    before = [exp.alias_(_value_before(one), f"before_{one.place}", quoted=True) for one in ordered]
    pairs = exp.select("*", *before).from_(parquet(files)).subquery("pairs")
    return exp.select(*[exp.alias_(_falls(one), str(one.place), quoted=True) for one in ordered]).from_(pairs)


def _value_before(one: Seen) -> exp.Window:
    return exp.Window(this=exp.Lag(this=column(one.column.name)))


def _falls(one: Seen) -> exp.CountIf:
    return exp.CountIf(this=exp.LTE(this=column(one.column.name), expression=column(f"before_{one.place}")))


def rising(answer: Mapping[str, Any]) -> frozenset[int]:
    """Return the places of the columns whose values only rise."""
    return frozenset(int(place) for place, falls in answer.items() if falls == 0)


def count_query(files: Sequence[str], one: Seen) -> exp.Select:
    """Return the query of a column's exact number of values, called ``exact``."""
    counted = exp.Count(this=exp.Distinct(expressions=[column(one.column.name)]))
    return exp.select(exp.alias_(counted, "exact")).from_(parquet(files))
