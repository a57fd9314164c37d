"""Where a column's numbers lie, from the findings there are: quantiles where they may be seen, else moments."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

QUANTILES = ("0.05", "0.25", "0.5", "0.75", "0.95")  # those that profiling measures
MOMENTS = ("minimum", "maximum", "mean", "deviation")


@dataclass(frozen=True, slots=True)
class Spread:
    """An axis from `low` to `high`, a box on it, and a tick in the box.

    `kind` says what these are: ``quantiles`` (5 to 95 %, quartiles, median) or ``moments`` (extremes, mean and
    deviation).
    """

    kind: str
    low: float
    start: float
    centre: float
    end: float
    high: float

    def place(self, value: float) -> float:
        """Return where a value lies on the axis, as a share of its length."""
        return (value - self.low) / (self.high - self.low)


def of_quantiles(listed: Any) -> Spread | None:  # the finding's value, or None
    """Return the spread that quantiles show, None where there are none or they are all one."""
    read = _numbers([(listed or {}).get(name) for name in QUANTILES])
    return Spread("quantiles", *read) if read and read[0] < read[-1] else None


def of_moments(values: Sequence[Any]) -> Spread | None:  # the values of the findings in MOMENTS
    """Return the spread that extremes, mean and deviation show; each of the four is needed."""
    read = _numbers(values)
    if not read or read[0] >= read[1]:
        return None
    low, high, mean, deviation = read
    return Spread("moments", low, max(mean - deviation, low), mean, min(mean + deviation, high), high)


def _numbers(values: Sequence[Any]) -> tuple[float, ...]:
    """Return the values as numbers, or nothing where one of them is none: decimals and large ones come as text."""
    try:
        found = tuple(float(value) for value in values if not isinstance(value, bool))
    except (TypeError, ValueError):
        return ()
    return found if len(found) == len(values) and all(map(isfinite, found)) else ()
