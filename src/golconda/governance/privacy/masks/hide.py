"""NULL of the column's type: the column stays, its values do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from golconda.kernel import masking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.kernel.logical_types import LogicalType
    from golconda.kernel.ports import MaskKey


class Hide:
    """Show NULL.

    Guarantee: the result does not depend on the value, nor on whether there is one.
    """

    name: ClassVar[str] = "hide"
    deterministic: ClassVar[bool] = True
    joinable: ClassVar[bool] = False
    keyed: ClassVar[bool] = False
    total: ClassVar[bool] = True
    examples: ClassVar[tuple[tuple[Mapping[str, Any], str, Any, Any], ...]] = (
        ({}, "VARCHAR", "Li", None),
        ({}, "BIGINT", 7, None),
        ({}, "DECIMAL(10,2)", "1.50", None),
    )

    def accept(self, parameters: Mapping[str, Any], type_: LogicalType) -> LogicalType:
        """Return the column's own type."""
        masking.check_names(self.name, parameters)
        return type_

    def expression(
        self,
        value: exp.Expr,
        parameters: Mapping[str, Any],
        type_: LogicalType,
        key: MaskKey,
    ) -> exp.Expr:
        """Return a typed NULL."""
        return masking.cast(exp.Null(), type_)


plugin = Hide()
