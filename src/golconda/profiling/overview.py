"""The first scan: counts, extremes, means and distinct sketches of every column.

Texts have no extremes here: the first and last of thousands in byte order say little and cost half a scan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from golconda.kernel.logical_types import Kind
from golconda.profiling.finding import Exactness, Finding, json_value
from golconda.profiling.scan import column, parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from golconda.kernel.logical_types import Column

# Squares of larger numbers overflow a double, which the engine raises on.
LARGEST_SQUARED = exp.Literal.number("1e150")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the first scan saw of one column."""

    column: Column
    place: int
    rows: int
    present: int
    measured: Mapping[str, Any] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Return the rows without a value."""
        return self.rows - self.present

    @property
    def distinct(self) -> int:
        """Return the estimated number of values, at most the rows that have one."""
        return min(int(self.measured.get("distinct") or 0), self.present)


def query(files: Sequence[str], columns: Sequence[Column]) -> exp.Select:
    """Return the scan; its columns are named ``place_measure``."""
    measures = [
        exp.alias_(expression, f"{place}_{name}", quoted=True)
        for place, described in enumerate(columns)
        for name, expression in _measures(described)
    ]
    rows = exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)
    return exp.select(rows, *measures).from_(parquet(files))


def _measures(described: Column) -> Iterator[tuple[str, exp.Expression]]:
    value, type_ = column(described.name), described.type
    yield "present", exp.Count(this=value.copy())
    yield "distinct", exp.ApproxDistinct(this=value.copy())
    if type_.is_numeric or type_.is_temporal:
        yield "minimum", exp.Min(this=value.copy())
        yield "maximum", exp.Max(this=value.copy())
    if type_.is_numeric:
        yield "mean", exp.Avg(this=moderate(described))
        yield "deviation", exp.StddevSamp(this=moderate(described))
    if type_.kind is Kind.VARCHAR:
        yield "shortest", exp.Min(this=exp.Length(this=value.copy()))
        yield "longest", exp.Max(this=exp.Length(this=value.copy()))


def moderate(described: Column) -> exp.Expression:
    """Return a numeric column as a double without NaN, infinities and what overflows when squared."""
    value = column(described.name)
    if described.type.kind is not Kind.DOUBLE:
        return exp.cast(value, "double")
    fits = exp.LT(this=exp.Abs(this=value.copy()), expression=LARGEST_SQUARED.copy())
    return exp.Case(ifs=[exp.If(this=fits, true=value)])


def rows_and_columns(answer: Mapping[str, Any], columns: Sequence[Column]) -> tuple[int, tuple[Seen, ...]]:
    """Sort the scan's one row by column."""
    rows = int(answer["rows"])
    seen = []
    for place, described in enumerate(columns):
        start = f"{place}_"
        own = {name.removeprefix(start): value for name, value in answer.items() if name.startswith(start)}
        seen.append(Seen(described, place, rows, int(own.pop("present")), own))
    return rows, tuple(seen)


def findings(table: str, seen: Sequence[Seen], rows: int) -> Iterator[Finding]:
    """Say what the first scan settles; extremes wait for their support."""
    for one in seen:
        name = one.column.name
        yield Finding(table, name, "missing", one.missing)
        for measure in ("mean", "deviation"):
            if one.measured.get(measure) is not None:
                value = json_value(float(one.measured[measure]))
                yield Finding(table, name, measure, value, Exactness.TOLERANCE, support=one.present)
        yield from _lengths(table, one, rows)


def _lengths(table: str, one: Seen, rows: int) -> Iterator[Finding]:
    shortest, longest = one.measured.get("shortest"), one.measured.get("longest")
    if rows and shortest is not None:
        # One length for all is a format; two extremes may each be one row's.
        support = one.present if shortest == longest else None
        yield Finding(table, one.column.name, "shortest", int(shortest), support=support)
        yield Finding(table, one.column.name, "longest", int(longest or 0), support=support)
