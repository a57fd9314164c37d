"""How many rows repeat a value or key: the ODCS metric duplicateValues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from golconda.kernel import checking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp


@dataclass(frozen=True, slots=True)
class DuplicateValues:
    """Measure the rows beyond the first of each value; a row with a missing value does not count.

    Of a whole table, `properties` names the columns that make the key.

    >>> DuplicateValues(("a",)).measure().sql("duckdb")
    'COUNT_IF(NOT "a" IS NULL) - COUNT(DISTINCT "a")'
    """

    columns: tuple[str, ...]
    properties: tuple[str, ...] | list[str] = ()

    dimension: ClassVar[str] = "uniqueness"
    row_wise: ClassVar[bool] = False
    reason: ClassVar[str] = "an earlier row has the same key"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "given": {"columns": ("a",)},
            "types": {"a": "BIGINT"},
            "rows": [(1,), (2,), (1,), (None,), (None,), (1,)],
            "measured": 2,
            "failing": [3, 6],
        },
        {
            "given": {"columns": (), "properties": ["a", "b"]},
            "types": {"a": "BIGINT", "b": "VARCHAR"},
            "rows": [(1, "x"), (1, "y"), (1, "x"), (None, "x"), (None, "x"), (1, None), (1, None)],
            "measured": 1,
            "failing": [3],
        },
    )

    def measure(self) -> exp.Expression:
        """Count the rows that repeat an earlier one's key."""
        return checking.repeats(tuple(self.properties) or self.columns)

    def failing(self, table: exp.Table) -> exp.Select:
        """Return the rows that repeat an earlier one's key."""
        return checking.repeating(table, tuple(self.properties) or self.columns)


plugin = DuplicateValues
