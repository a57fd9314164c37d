"""No two rows share a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from golconda.kernel.ports import POSITION

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Unique:
    """Expect each combination of the columns' values once; a row with a missing value in them passes.

    The first row of a key, in the order of the source, is right; the later ones fail.

    >>> Unique(("a",)).measure().sql("duckdb")
    'COUNT_IF(NOT "a" IS NULL) - COUNT(DISTINCT "a")'
    """

    columns: tuple[str, ...]

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
            "given": {"columns": ("a", "b")},
            "types": {"a": "BIGINT", "b": "VARCHAR"},
            "rows": [(1, "x"), (1, "y"), (1, "x"), (None, "x"), (None, "x"), (1, None), (1, None)],
            "measured": 1,
            "failing": [3],
        },
    )

    def measure(self) -> exp.Expression:
        """Count the rows that repeat an earlier one's key."""
        return exp.Sub(
            this=exp.CountIf(this=self._is_whole()),
            expression=exp.Count(this=exp.Distinct(expressions=[self._key()])),
        )

    def failing(self, table: exp.Table) -> exp.Select:
        """Return the rows that repeat an earlier one's key."""
        place = exp.Window(
            this=exp.RowNumber(),
            partition_by=[exp.column(name, quoted=True) for name in self.columns],
            order=exp.Order(expressions=[exp.Ordered(this=exp.column(POSITION, quoted=True))]),
        )
        later = exp.GT(this=place, expression=exp.Literal.number(1))
        return exp.select("*").from_(table).where(self._is_whole()).qualify(later)

    def _key(self) -> exp.Expression:
        """Return the columns as one value that is missing where any of them is."""
        columns = [exp.column(name, quoted=True) for name in self.columns]
        if len(columns) == 1:
            return columns[0]
        return exp.Case(ifs=[exp.If(this=self._is_whole(), true=exp.Tuple(expressions=columns))])

    def _is_whole(self) -> exp.Condition:
        return exp.and_(*[exp.not_(exp.column(name, quoted=True).is_(exp.null())) for name in self.columns])


plugin = Unique
