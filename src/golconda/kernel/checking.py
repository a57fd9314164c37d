"""What checks of keys share: which rows have a whole key, and which repeat the key of an earlier row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.kernel.ports import POSITION

if TYPE_CHECKING:
    from collections.abc import Sequence


def repeats(key: Sequence[str]) -> exp.Expression:
    """Count the rows that repeat an earlier one's key; a row with a missing value in it does not count.

    >>> repeats(["a"]).sql("duckdb")
    'COUNT_IF(NOT "a" IS NULL) - COUNT(DISTINCT "a")'
    """
    counted = exp.Count(this=exp.Distinct(expressions=[_value(key)]))
    return exp.Sub(this=exp.CountIf(this=_is_whole(key)), expression=counted)


def repeating(table: exp.Table, key: Sequence[str]) -> exp.Select:
    """Return the rows that repeat an earlier one's key, in the order of the source."""
    place = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column(name, quoted=True) for name in key],
        order=exp.Order(expressions=[exp.Ordered(this=exp.column(POSITION, quoted=True))]),
    )
    later = exp.GT(this=place, expression=exp.Literal.number(1))
    return exp.select("*").from_(table).where(_is_whole(key)).qualify(later)


def _value(key: Sequence[str]) -> exp.Expression:
    """Return the columns as one value that is missing where any of them is."""
    columns = [exp.column(name, quoted=True) for name in key]
    if len(columns) == 1:
        return columns[0]
    return exp.Case(ifs=[exp.If(this=_is_whole(key), true=exp.Tuple(expressions=columns))])


def _is_whole(key: Sequence[str]) -> exp.Condition:
    return exp.and_(*[exp.not_(exp.column(name, quoted=True).is_(exp.null())) for name in key])
