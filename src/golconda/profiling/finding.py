"""A finding: what a stage says of a version, and how exactly."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

SAFE_INTEGER = 2**53


class Exactness(StrEnum):
    """How far a finding may be from the truth."""

    EXACT = "exact"
    TOLERANCE = "tolerance"  # floating-point sums: equal but for rounding
    APPROXIMATE = "approximate"  # a sketch or a sample


@dataclass(frozen=True, slots=True)
class Finding:
    """A named statistic of a table, or of one column. `value` is JSON.

    `support`: how many rows the value stands for, where it is a value of rows; a value with less than ten, or
    with unknown support, is never released.
    """

    table: str
    column: str | None
    name: str
    value: Any
    exactness: Exactness = Exactness.EXACT
    released: bool = False
    support: int | None = None


def json_value(value: Any) -> Any:  # any scalar an engine gives
    """Return a value as answers write it (terms, section 10): large numbers, decimals and days become text.

    >>> json_value(2**60), json_value(date(2026, 1, 2)), json_value(float("nan"))
    ('1152921504606846976', '2026-01-02', 'NaN')
    """
    match value:
        case bool() | None | str():
            return value
        case int():
            return value if abs(value) <= SAFE_INTEGER else str(value)
        case float():
            return value if math.isfinite(value) else _not_finite(value)
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return str(value)


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
