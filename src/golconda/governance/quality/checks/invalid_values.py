"""How many values are not of the allowed ones or not of the allowed form: the ODCS metric invalidValues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class InvalidValues:
    """Measure the values that, as text, are none of `validValues` or do not match the whole `pattern` (RE2).

    Missing values pass: use nullValues for those. ``check-invalid`` where neither argument is given.

    >>> InvalidValues(("sex",), validValues=["F", "M"]).measure().sql("duckdb")
    'COUNT_IF(NOT CAST("sex" AS TEXT) IN (\\'F\\', \\'M\\'))'
    """

    columns: tuple[str, ...]
    validValues: tuple[Any, ...] | list[Any] = ()  # noqa: N815 - the argument's name in ODCS
    pattern: str | None = None

    dimension: ClassVar[str] = "conformity"
    row_wise: ClassVar[bool] = True
    reason: ClassVar[str] = "the value is not an allowed one"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "given": {"columns": ("a",), "validValues": ["F", "M"]},
            "types": {"a": "VARCHAR"},
            "rows": [("F",), (None,), ("x",), ("f",)],
            "measured": 2,
            "failing": [3, 4],
        },
        {
            "given": {"columns": ("a",), "pattern": "[0-9]{2}"},
            "types": {"a": "VARCHAR"},
            "rows": [("12",), ("123",), ("1",), (None,)],
            "measured": 2,
            "failing": [2, 3],
        },
    )

    def __post_init__(self) -> None:
        if not self.validValues and self.pattern is None:
            raise InvalidInput(
                "check-invalid",
                f"invalidValues of {self.columns[0]!r} does not say what is valid.",
                hint="Give validValues or pattern under arguments.",
            )

    def measure(self) -> exp.Expression:
        """Count the values that are not allowed."""
        return exp.CountIf(this=self._is_invalid())

    def failing(self, table: exp.Table) -> exp.Select:
        """Return the rows whose value is not allowed."""
        return exp.select("*").from_(table).where(self._is_invalid())

    def _is_invalid(self) -> exp.Condition:
        value = exp.cast(exp.column(self.columns[0], quoted=True), "text")
        wrong = []
        if self.validValues:
            wrong.append(exp.not_(value.isin(*[exp.Literal.string(str(word)) for word in self.validValues])))
        if self.pattern is not None:
            whole = exp.Literal.string(f"^(?:{self.pattern})$")
            wrong.append(exp.not_(exp.RegexpLike(this=value.copy(), expression=whole)))
        return exp.or_(*wrong)


plugin = InvalidValues
