"""Hold a measured number against a rule's operator.

Source: Open Data Contract Standard v3.1.0, Data quality, operators. Bounds of a range belong to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from golconda.contract.expectation import QualityRule

_HOLDS: Mapping[str, Callable[[float, Any], bool]] = {
    "mustBe": lambda value, bound: value == bound,
    "mustNotBe": lambda value, bound: value != bound,
    "mustBeGreaterThan": lambda value, bound: value > bound,
    "mustBeGreaterOrEqualTo": lambda value, bound: value >= bound,
    "mustBeLessThan": lambda value, bound: value < bound,
    "mustBeLessOrEqualTo": lambda value, bound: value <= bound,
    "mustBeBetween": lambda value, bounds: bounds[0] <= value <= bounds[1],
    "mustNotBeBetween": lambda value, bounds: not bounds[0] <= value <= bounds[1],
}


def in_unit(count: int, rows: int, unit: str) -> float:
    """Return a count of rows in the rule's unit; of no rows, none is zero percent."""
    if unit != "percent":
        return count
    return 100 * count / rows if rows else 0.0


def holds(rule: QualityRule, value: float) -> bool:
    """Say whether a rule with an operator holds for a value in its unit.

    >>> from golconda.contract import QualityRule
    >>> holds(QualityRule("rowCount", "mustBeBetween", (1, 9)), 9)
    True
    """
    return _HOLDS[str(rule.operator)](value, rule.threshold)
