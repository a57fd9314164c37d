"""A value is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Required:
    """Expect no missing value in the column.

    >>> Required(("age",)).failing(exp.to_table("people")).sql()
    'SELECT * FROM people WHERE "age" IS NULL'
    """

    columns: tuple[str, ...]

    dimension: ClassVar[str] = "completeness"
    row_wise: ClassVar[bool] = True
    reason: ClassVar[str] = "a value is required and missing"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "given": {"columns": ("a",)},
            "types": {"a": "VARCHAR"},
            "rows": [("x",), (None,), ("",)],
            "measured": 1,
            "failing": [2],
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


plugin = Required
