"""How many values are missing: the ODCS metric nullValues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class NullValues:
    """Measure the rows without a value in the column; a threshold judges.

    >>> NullValues(("age",)).measure().sql("duckdb")
    'COUNT_IF("age" IS NULL)'
    """

    columns: tuple[str, ...]

    dimension: ClassVar[str] = "completeness"
    row_wise: ClassVar[bool] = True
    reason: ClassVar[str] = "the value is missing"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "given": {"columns": ("a",)},
            "types": {"a": "BIGINT"},
            "rows": [(1,), (None,), (None,)],
            "measured": 2,
            "failing": [2, 3],
        },
    )

    def measure(self) -> exp.Expression:
        """Count the missing values."""
        return exp.CountIf(this=self._is_missing())

    def failing(self, table: exp.Table) -> exp.Select:
        """Return the rows without a value."""
        return exp.select("*").from_(table).where(self._is_missing())

    def _is_missing(self) -> exp.Condition:
        return exp.column(self.columns[0], quoted=True).is_(exp.null())


plugin = NullValues
