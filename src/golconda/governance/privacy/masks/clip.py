"""A number or date brought within bounds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from golconda.kernel import masking
from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from golconda.kernel.ports import MaskKey


class Clip:
    """Show values below `low` as `low` and above `high` as `high`; one of them may be left out.

    Guarantee: values beyond a bound cannot be told apart. Not a number counts as above.
    """

    name: ClassVar[str] = "clip"
    deterministic: ClassVar[bool] = True
    joinable: ClassVar[bool] = True
    keyed: ClassVar[bool] = False
    total: ClassVar[bool] = True
    examples: ClassVar[tuple[tuple[Mapping[str, Any], str, Any, Any], ...]] = (
        ({"low": 18, "high": 90}, "BIGINT", 101, 90),
        ({"low": 18, "high": 90}, "BIGINT", 3, 18),
        ({"high": 99.5}, "DOUBLE", 7.25, 7.25),
        ({"low": 0, "high": 10}, "DECIMAL(10,2)", "-3.10", "0.00"),
        ({"low": "1940-01-01"}, "DATE", "1921-05-04", "1940-01-01"),
    )

    def accept(self, parameters: Mapping[str, Any], type_: LogicalType) -> LogicalType:
        """Return the column's own type."""
        masking.check_names(self.name, parameters, "low", "high")
        if not parameters:
            raise masking.invalid(self.name, "has no bound", hint="Write low, high or both.")
        for name, value in parameters.items():
            _check(name, value, type_)
        if len(parameters) == 2 and parameters["low"] > parameters["high"]:
            raise masking.invalid(self.name, "has its low above its high", hint="Exchange them.")
        return type_

    def expression(
        self,
        value: exp.Expr,
        parameters: Mapping[str, Any],
        type_: LogicalType,
        key: MaskKey,
    ) -> exp.Expr:
        """Return the value or the bound it passes."""
        clipped = value
        if "low" in parameters:
            clipped = masking.at_least(clipped, masking.constant(parameters["low"], type_))
        if "high" in parameters:
            clipped = masking.at_most(clipped, masking.constant(parameters["high"], type_))
        return masking.when_present(value, clipped)  # engines differ on NULL in LEAST


def _check(name: str, value: Any, type_: LogicalType) -> None:
    if type_.kind is Kind.DATE:
        _check_date(name, value)
    elif type_.is_numeric:
        masking.number("clip", name, value)
        if not _fits(value, type_):
            raise masking.invalid("clip", f"takes no {name} of {value!r} on {type_}", hint="Write a bound of its type.")
    else:
        raise masking.invalid("clip", f"does not fit {type_}", hint="Use generalise or hide.")


def _fits(value: float, type_: LogicalType) -> bool:
    if type_.kind is Kind.BIGINT:
        return isinstance(value, int)
    scale, precision = type_.scale or 0, type_.precision or 0
    decimals = str(value).partition(".")[2].rstrip("0")
    return type_.kind is Kind.DOUBLE or (len(decimals) <= scale and len(str(abs(int(value)))) <= precision - scale)


def _check_date(name: str, value: Any) -> None:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        raise masking.invalid("clip", f"takes no {name} of {value!r}", hint="Write a date, as in 1940-01-01.") from None


plugin = Clip()
