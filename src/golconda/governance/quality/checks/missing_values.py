"""How many values are missing or stand for missing, such as 'N/A': the ODCS metric missingValues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class MissingValues:
    """Measure the rows whose value is missing or, as text, one of `missingValues`.

    >>> MissingValues(("age",), missingValues=["N/A"]).measure().sql("duckdb")
    'COUNT_IF("age" IS NULL OR CAST("age" AS TEXT) IN (\\'N/A\\'))'
    """

    columns: tuple[str, ...]
    missingValues: tuple[Any, ...] | list[Any] = ()  # noqa: N815 - the argument's name in ODCS

    dimension: ClassVar[str] = "completeness"
    row_wise: ClassVar[bool] = True
    reason: ClassVar[str] = "the value stands for a missing one"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "given": {"columns": ("a",), "missingValues": ["N/A", "", None]},
            "types": {"a": "VARCHAR"},
            "rows": [("x",), (None,), ("N/A",), ("",), ("n/a",)],
            "measured": 3,
            "failing": [2, 3, 4],
        },
        {
            "given": {"columns": ("a",), "missingValues": [-9]},
            "types": {"a": "BIGINT"},
            "rows": [(-9,), (9,)],
            "measured": 1,
            "failing": [1],
        },
    )

    def measure(self) -> exp.Expression:
        """Count the values that are missing or stand for it."""
        return exp.CountIf(this=self._is_missing())

    def failing(self, table: exp.Table) -> exp.Select:
        """Return the rows whose value is missing or stands for it."""
        return exp.select("*").from_(table).where(self._is_missing())

    def _is_missing(self) -> exp.Condition:
        value = exp.column(self.columns[0], quoted=True)
        words = [exp.Literal.string(str(word)) for word in self.missingValues if word is not None]
        is_null = value.is_(exp.null())
        return exp.or_(is_null, exp.cast(value.copy(), "text").isin(*words)) if words else is_null


plugin = MissingValues
