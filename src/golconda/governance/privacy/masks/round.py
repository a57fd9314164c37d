"""A number with fewer digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from golconda.kernel import masking
from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.kernel.ports import MaskKey

_WIDEST = 36


class Round:
    """Round to `to` decimals (0), to tens or hundreds where it is negative; halves away from zero.

    Guarantee: values that round alike cannot be told apart.
    """

    name: ClassVar[str] = "round"
    deterministic: ClassVar[bool] = True
    joinable: ClassVar[bool] = True
    keyed: ClassVar[bool] = False
    total: ClassVar[bool] = True
    examples: ClassVar[tuple[tuple[Mapping[str, Any], str, Any, Any], ...]] = (
        ({"to": -2}, "BIGINT", 1250, 1300),
        ({"to": -3}, "BIGINT", 2**63 - 1, None),  # rounds to what the type does not hold
        ({}, "DOUBLE", 2.5, 3.0),
        ({"to": 1}, "DECIMAL(10,2)", "-1.25", "-1.30"),
        ({"to": 1}, "DECIMAL(4,2)", "99.95", None),
    )

    def accept(self, parameters: Mapping[str, Any], type_: LogicalType) -> LogicalType:
        """Return the column's own type."""
        masking.check_names(self.name, parameters, "to")
        masking.whole(self.name, "to", parameters.get("to", 0), least=-18, most=18)
        if not type_.is_numeric or (type_.precision or 0) > _WIDEST:
            raise masking.invalid(self.name, f"does not fit {type_}", hint="Use generalise or hide.")
        return type_

    def expression(
        self,
        value: exp.Expr,
        parameters: Mapping[str, Any],
        type_: LogicalType,
        key: MaskKey,
    ) -> exp.Expr:
        """Return the rounded number, computed where there is room; NULL if it does not fit the type."""
        digits = exp.Literal.number(parameters.get("to", 0))
        if type_.kind is Kind.BIGINT:
            value = exp.Cast(this=value, to=exp.DataType.build("HUGEINT", dialect="duckdb"))
        rounded = exp.Round(this=value, decimals=digits)
        return rounded if type_.kind is Kind.DOUBLE else exp.TryCast(this=rounded, to=masking.sql_type(type_))


plugin = Round()
