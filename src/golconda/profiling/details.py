"""The second scan: distributions of columns with few values, and the support of extremes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from golconda.kernel.logical_types import Kind
from golconda.profiling.finding import Exactness, Finding, json_value
from golconda.profiling.keys import NEVER_KEYS
from golconda.profiling.release import MIN_ROWS
from golconda.profiling.scan import column, parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from golconda.profiling.overview import Seen

MOST_VALUES = 200  # a column with more is not one of categories
MOST_SHOWN = 20
_LONGEST_TEXT = 200  # longer ones are no categories


def query(files: Sequence[str], seen: Sequence[Seen]) -> exp.Select | None:
    """Return the scan, or None where the first one left nothing to ask."""
    measures = [
        exp.alias_(expression, f"{one.place}_{name}", quoted=True)
        for one in seen
        for name, expression in _measures(one)
    ]
    return exp.select(*measures).from_(parquet(files)) if measures else None


def _measures(one: Seen) -> Iterator[tuple[str, exp.Expression]]:
    value = column(one.column.name)
    if has_few_values(one):
        yield "histogram", exp.Anonymous(this="histogram", expressions=[value])
    elif _extremes_may_be_shared(one):
        for extreme in ("minimum", "maximum"):
            at = exp.EQ(this=value.copy(), expression=_literal(one, one.measured[extreme]))
            yield extreme, exp.CountIf(this=at)


def has_few_values(one: Seen) -> bool:
    """Say whether the scan counts each value of a column, which makes the number of values exact."""
    is_long = (one.measured.get("longest") or 0) > _LONGEST_TEXT
    return 0 < one.distinct <= MOST_VALUES and one.column.type.kind is not Kind.BLOB and not is_long


def _extremes_may_be_shared(one: Seen) -> bool:
    """Spare the scan where ten rows to a value are not even the average: extremes are hardly shared."""
    has_extremes = one.measured.get("minimum") is not None and one.column.type.kind is not Kind.DOUBLE
    return has_extremes and one.distinct * MIN_ROWS <= one.present


def _literal(one: Seen, value: Any) -> exp.Expression:  # what the engine gave for an extreme
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return exp.cast(exp.Literal.string(text), str(one.column.type), dialect="duckdb")


def findings(
    table: str, seen: Sequence[Seen], answers: Mapping[str, Any], exact: Mapping[int, int]
) -> Iterator[Finding]:
    """Say how many values each column has, which are frequent, where they end and if they are unique.

    `exact` are the numbers of values that were counted, by the column's place.
    """
    for one in seen:
        counts = _counts(answers.get(f"{one.place}_histogram"))
        yield from _distinct(table, one, counts, exact.get(one.place))
        yield from _extremes(table, one, counts, answers)
        if counts:
            yield _top(table, one, counts)


def _counts(histogram: Any) -> dict[Any, int]:  # DuckDB's map of value to count
    return dict(sorted((histogram or {}).items(), key=lambda item: (-item[1], str(item[0]))))


def _distinct(table: str, one: Seen, counts: Mapping[Any, int], exact: int | None) -> Iterator[Finding]:
    name = one.column.name
    known = len(counts) if counts else exact
    if known is None and one.present:
        yield Finding(table, name, "distinct", one.distinct, Exactness.APPROXIMATE)
    else:
        yield Finding(table, name, "distinct", known or 0)
    if known is not None and one.column.type.kind not in NEVER_KEYS:
        yield Finding(table, name, "unique", known == one.present)


def _extremes(table: str, one: Seen, counts: Mapping[Any, int], answers: Mapping[str, Any]) -> Iterator[Finding]:
    for extreme, of_counts in (("minimum", min), ("maximum", max)):
        measured = one.measured.get(extreme)
        value = of_counts(counts) if counts and measured is None else measured
        if value is not None and one.column.type.kind is not Kind.BOOLEAN:
            support = counts.get(value) if counts else answers.get(f"{one.place}_{extreme}")
            yield Finding(table, one.column.name, extreme, json_value(value), support=support)


def _top(table: str, one: Seen, counts: Mapping[Any, int]) -> Finding:
    shared = [(value, rows) for value, rows in counts.items() if rows >= MIN_ROWS][:MOST_SHOWN]
    listed = [{"value": json_value(value), "rows": rows} for value, rows in shared]
    least = min((rows for _, rows in shared), default=0)
    return Finding(table, one.column.name, "top_values", listed, support=least)
