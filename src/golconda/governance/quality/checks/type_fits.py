"""A value can be kept as the promised type without loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERS = frozenset({Kind.BIGINT, Kind.DOUBLE, Kind.DECIMAL})
_TIMES = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})


@dataclass(frozen=True, slots=True)
class TypeFits:
    """Expect each value of type `source` to survive the cast to type `target`; missing values pass.

    ``'1.5'`` is no whole number although engines round it, and ``'2026-01-02 10:00'`` is no day.
    ``check-invalid`` where no value of the one type can be one of the other.

    >>> TypeFits(("age",), source="DOUBLE", target="BIGINT").measure().sql("duckdb")
    'COUNT_IF("age" IS DISTINCT FROM TRY_CAST(TRY_CAST("age" AS BIGINT) AS DOUBLE))'
    """

    columns: tuple[str, ...]
    source: str
    target: str

    dimension: ClassVar[str] = "conformity"
    row_wise: ClassVar[bool] = True
    reason: ClassVar[str] = "the value is not of the promised type"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "given": {"columns": ("a",), "source": "VARCHAR", "target": "BIGINT"},
            "types": {"a": "VARCHAR"},
            "rows": [
                ("1",),
                ("1.5",),
                ("x",),
                (None,),
                ("9223372036854775807",),
                ("9223372036854775808",),
                ("2.0",),
            ],
            "measured": 3,
            "failing": [2, 3, 6],
        },
        {
            "given": {"columns": ("a",), "source": "VARCHAR", "target": "DATE"},
            "types": {"a": "VARCHAR"},
            "rows": [("2026-01-02",), ("2026-01-02 10:00:00",), ("2026-02-30",), (None,)],
            "measured": 2,
            "failing": [2, 3],
        },
        {
            "given": {"columns": ("a",), "source": "VARCHAR", "target": "DECIMAL(5,2)"},
            "types": {"a": "VARCHAR"},
            "rows": [("1.25",), ("1.255",), ("1000",), (None,)],
            "measured": 2,
            "failing": [2, 3],
        },
        {
            "given": {"columns": ("a",), "source": "DOUBLE", "target": "BIGINT"},
            "types": {"a": "DOUBLE"},
            "rows": [(1.0,), (1.5,), (1e300,), (None,)],
            "measured": 2,
            "failing": [2, 3],
        },
        {
            "given": {"columns": ("a",), "source": "BIGINT", "target": "VARCHAR"},
            "types": {"a": "BIGINT"},
            "rows": [(1,), (None,)],
            "measured": 0,
            "failing": [],
        },
    )

    def __post_init__(self) -> None:
        if not can_fit(LogicalType.parse(self.source), LogicalType.parse(self.target)):
            raise InvalidInput(
                "check-invalid",
                f"No {self.source} can be kept as {self.target}, as column {self.columns[0]!r} would need.",
                hint="Change the type in the contract, or in the data.",
            )

    def measure(self) -> exp.Expression:
        """Count the values that would change or be lost."""
        return exp.CountIf(this=self._is_lost())

    def failing(self, table: exp.Table) -> exp.Select:
        """Return the rows whose value would change or be lost."""
        return exp.select("*").from_(table).where(self._is_lost())

    def _is_lost(self) -> exp.Condition:
        value, target = exp.column(self.columns[0], quoted=True), LogicalType.parse(self.target)
        if self.source != Kind.VARCHAR.value:
            back = _as(_as(value, self.target), self.source)
            return exp.NullSafeNEQ(this=value.copy(), expression=back)
        exact = _exact(target)
        kept = exp.NullSafeNEQ(this=_as(value, exact), expression=_as(_as(value, self.target), exact))
        lost = exp.and_(exp.not_(value.copy().is_(exp.null())), _as(value, self.target).is_(exp.null()))
        return exp.or_(lost, kept) if exact != self.target else lost


def can_fit(source: LogicalType, target: LogicalType) -> bool:
    """Say whether values of one type may be values of another: all may be text, and text may be anything."""
    kinds = {source.kind, target.kind}
    if source == target:
        return True
    if Kind.BLOB in kinds:
        return False
    return Kind.VARCHAR in kinds or kinds <= _NUMBERS or kinds <= _TIMES


def _exact(target: LogicalType) -> str:
    """Return the type in which a text shows what the target would round away."""
    if target.kind is Kind.DECIMAL:
        return f"DECIMAL(38,{38 - (target.precision or 0) + (target.scale or 0)})"
    return {Kind.BIGINT: "DECIMAL(38,19)", Kind.DATE: "TIMESTAMP"}.get(target.kind, str(target))


def _as(value: exp.Expression, type_: str) -> exp.Expression:
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(type_, dialect="duckdb"))


plugin = TypeFits
