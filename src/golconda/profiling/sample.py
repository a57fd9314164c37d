"""Quantiles and shapes of values: on the whole of a small table, on a sample of a large one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from golconda.kernel.logical_types import Kind
from golconda.profiling.finding import Exactness, Finding, json_value
from golconda.profiling.overview import moderate
from golconda.profiling.scan import column, parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from golconda.profiling.overview import Seen

SAMPLE_ROWS = 100_000
SEED = 20_130_101
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

# What a sensitive value looks like; `contract.sensitivity` draws the conclusion. RE2 syntax, whole value.
SHAPES = {
    "email": r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$",
    "phone": r"^(\+?86[- ]?)?1[3-9]\d{9}$",
    "id-number": r"^[1-9]\d{5}(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[0-9Xx]$",
}
_SHORTEST_SHAPE, _LONGEST_SHAPE = 6, 100
_SMALLEST_PHONE = 10**10


def query(files: Sequence[str], seen: Sequence[Seen]) -> exp.Select | None:
    """Return the query over the sample, or None where no column has quantiles or may have a shape."""
    measures = [
        exp.alias_(expression, f"{one.place}_{name}", quoted=True)
        for one in seen
        for name, expression in _measures(one)
    ]
    return exp.select(*measures).from_(_source(files, seen[0].rows)) if measures else None


def _source(files: Sequence[str], rows: int) -> exp.Table:
    table = parquet(files)
    if rows > SAMPLE_ROWS:
        percent = exp.Literal.number(round(100 * SAMPLE_ROWS / rows, 4))
        seed = exp.Literal.number(SEED)
        table.set("sample", exp.TableSample(method=exp.var("SYSTEM"), percent=percent, seed=seed))
    return table


def _measures(one: Seen) -> Iterator[tuple[str, exp.Expression]]:
    if one.column.type.is_numeric:
        steps = exp.Array(expressions=[exp.Literal.number(step) for step in QUANTILES])
        yield "quantiles", exp.PercentileCont(this=moderate(one.column), expression=steps)
    if _may_have_shape(one):
        value = exp.cast(column(one.column.name), "text")
        yield "sampled", exp.Count(this=value.copy())
        for shape, pattern in SHAPES.items():
            yield (
                shape,
                exp.CountIf(this=exp.RegexpLike(this=value.copy(), expression=exp.Literal.string(pattern))),
            )


def _may_have_shape(one: Seen) -> bool:
    if one.column.type.kind is Kind.BIGINT:
        return (one.measured.get("minimum") or 0) >= _SMALLEST_PHONE
    longest = one.measured.get("longest") or 0
    return one.column.type.kind is Kind.VARCHAR and _SHORTEST_SHAPE <= longest <= _LONGEST_SHAPE


def findings(table: str, seen: Sequence[Seen], answers: Mapping[str, Any]) -> Iterator[Finding]:
    """Say where the quantiles lie, and what share of a column's values has a sensitive shape."""
    for one in seen:
        exactness = Exactness.APPROXIMATE if one.rows > SAMPLE_ROWS else Exactness.TOLERANCE
        quantiles = answers.get(f"{one.place}_quantiles")
        if quantiles:
            listed = dict(zip(map(str, QUANTILES), map(json_value, quantiles), strict=True))
            yield Finding(table, one.column.name, "quantiles", listed, exactness)
        shapes = _shares(one, answers)
        if shapes:
            yield Finding(table, one.column.name, "shapes", shapes, exactness)


def _shares(one: Seen, answers: Mapping[str, Any]) -> dict[str, float]:
    sampled = answers.get(f"{one.place}_sampled") or 0
    hits = {shape: int(answers.get(f"{one.place}_{shape}") or 0) for shape in SHAPES}
    return {shape: round(count / sampled, 4) for shape, count in hits.items() if count}
