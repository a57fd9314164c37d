"""A coarser value: a number's band, a date's period, a code's beginning."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from golconda.kernel import masking
from golconda.kernel.logical_types import Kind, LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.kernel.ports import MaskKey

_PERIODS = ("day", "month", "quarter", "year")
_HUGE = exp.DataType.build("HUGEINT", dialect="duckdb")
_WIDEST = 36  # digits of a decimal that leave room for a step


class Generalise:
    """Show the lower bound of a `step`, the first day of a period (`to`), or the first letters (`prefix`).

    Guarantee: values of one band, period or prefix cannot be told apart. How many share one is up to the data.
    """

    name: ClassVar[str] = "generalise"
    deterministic: ClassVar[bool] = True
    joinable: ClassVar[bool] = True
    keyed: ClassVar[bool] = False
    total: ClassVar[bool] = True
    examples: ClassVar[tuple[tuple[Mapping[str, Any], str, Any, Any], ...]] = (
        ({"step": 10}, "BIGINT", 37, 30),
        ({"step": 10}, "BIGINT", -1, -10),
        ({"step": 10}, "BIGINT", -(2**63), None),  # its band begins outside of the type
        ({"step": 0.5}, "DOUBLE", 1.7, 1.5),
        ({"step": 0.25}, "DECIMAL(10,2)", "-0.10", "-0.25"),
        ({"to": "month"}, "DATE", "2013-07-19", "2013-07-01"),
        ({"to": "quarter"}, "DATE", "2013-08-19", "2013-07-01"),
        ({"to": "year"}, "TIMESTAMP", "2013-08-19 11:12:13", "2013-01-01 00:00:00"),
        ({"prefix": 2}, "VARCHAR", "110105", "11"),
    )

    def accept(self, parameters: Mapping[str, Any], type_: LogicalType) -> LogicalType:
        """Return the column's own type; exactly one of step, to, prefix fits it."""
        masking.check_names(self.name, parameters, "step", "to", "prefix")
        fitting = "step" if type_.is_numeric else "to" if type_.is_temporal else "prefix"
        if type_.kind in (Kind.BOOLEAN, Kind.BLOB) or tuple(parameters) != (fitting,):
            raise masking.invalid(
                self.name,
                f"does not fit {type_} with {', '.join(parameters) or 'nothing'}",
                hint="Use step for numbers, day, month, quarter or year for dates, prefix for codes.",
            )
        self._check(fitting, parameters[fitting], type_)
        return type_

    def _check(self, parameter: str, value: Any, type_: LogicalType) -> None:
        if parameter == "prefix":
            masking.whole(self.name, parameter, value, least=0, most=1000)
        elif parameter == "to" and value not in _PERIODS:
            raise masking.invalid(self.name, f"knows no period {value!r}", hint=f"Use one of {', '.join(_PERIODS)}.")
        elif parameter == "step":
            _check_step(value, type_)

    def expression(
        self,
        value: exp.Expr,
        parameters: Mapping[str, Any],
        type_: LogicalType,
        key: MaskKey,
    ) -> exp.Expr:
        """Return the coarser value, by functions that cannot fail on any value of the type."""
        if "prefix" in parameters:
            return exp.Left(this=value, expression=exp.Literal.number(parameters["prefix"]))
        if "to" in parameters:
            return _period(value, parameters["to"], type_)
        return _band(value, parameters["step"], type_)


def _check_step(step: Any, type_: LogicalType) -> None:
    masking.number("generalise", "step", step)
    if step <= 0 or (type_.kind is Kind.BIGINT and not isinstance(step, int)):
        raise masking.invalid("generalise", f"takes no step of {step!r}", hint="Write a step above 0, as in 10.")
    if type_.kind is Kind.DECIMAL and ((type_.precision or 0) > _WIDEST or not _has_scale(step, type_)):
        raise masking.invalid(
            "generalise", f"takes no step of {step!r} on {type_}", hint="Write a step with as many decimals."
        )


def _has_scale(step: float, type_: LogicalType) -> bool:
    decimals = str(step).partition(".")[2].rstrip("0")
    whole_digits = len(str(int(step)))
    return len(decimals) <= (type_.scale or 0) and whole_digits <= (type_.precision or 0) - (type_.scale or 0)


def _band(value: exp.Expr, step: float, type_: LogicalType) -> exp.Expr:
    if type_.kind is Kind.DOUBLE:
        bound = masking.constant(step, type_)
        return exp.Mul(this=exp.Floor(this=exp.Div(this=value, expression=bound)), expression=bound.copy())
    whole = type_.kind is Kind.BIGINT
    wide = _HUGE if whole else masking.sql_type(LogicalType(Kind.DECIMAL, 38, type_.scale))
    number = exp.Cast(this=value, to=wide)
    bound = exp.Literal.number(step) if whole else exp.Cast(this=exp.Literal.string(str(step)), to=wide.copy())
    rest = exp.Mod(this=value.copy() if whole else number.copy(), expression=bound)
    above = exp.Mod(this=exp.Paren(this=exp.Add(this=rest, expression=bound.copy())), expression=bound.copy())
    # In a wider type nothing overflows; a bound below the narrow one gives NULL.
    return exp.TryCast(this=exp.Sub(this=number, expression=exp.Paren(this=above)), to=masking.sql_type(type_))


def _period(value: exp.Expr, period: str, type_: LogicalType) -> exp.Expr:
    # date_trunc fails beyond the range of timestamps, so dates are first brought into the common era.
    low, high = (masking.constant(day.isoformat(), type_) for day in (date.min, date.max))
    inside = masking.at_most(masking.at_least(value, low), high)
    truncated = exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(period), inside])
    return masking.when_present(value, masking.cast(truncated, type_))


plugin = Generalise()
