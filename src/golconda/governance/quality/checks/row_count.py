"""How many rows a table has: the ODCS metric rowCount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RowCount:
    """Measure the rows of the table; no single row is at fault.

    >>> RowCount(()).measure().sql("duckdb")
    'COUNT(*)'
    """

    columns: tuple[str, ...] = ()

    dimension: ClassVar[str] = "coverage"
    row_wise: ClassVar[bool] = False
    reason: ClassVar[str] = "the table has another number of rows than promised"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "given": {"columns": ()},
            "types": {"a": "BIGINT"},
            "rows": [(1,), (None,)],
            "measured": 2,
            "failing": [],
        },
    )

    def measure(self) -> exp.Expression:
        """Count the rows."""
        return exp.Count(this=exp.Star())

    def failing(self, table: exp.Table) -> exp.Select:
        """Return no row."""
        return exp.select("*").from_(table).where(exp.false())


plugin = RowCount
