"""What masks share: how they refuse their parameters, and how a missing value stays missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from golconda.kernel.errors import InvalidInput, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.kernel.logical_types import LogicalType


def invalid(mask: str, problem: str, *, hint: str) -> InvalidInput:
    """Return the refusal of a mask's parameters or column type."""
    return InvalidInput("mask-invalid", f"The mask {mask} {problem}.", hint=hint, mask=mask)


def check_names(mask: str, parameters: Mapping[str, Any], *known: str) -> None:
    """Raise ``mask-invalid`` for a parameter the mask does not have: nothing is ever ignored."""
    for name in parameters:
        if name not in known:
            hint = f"Use its parameters: {nearest(name, known)}." if known else "Write it without parameters."
            raise invalid(mask, f"has no parameter {name!r}", hint=hint)


def whole(mask: str, name: str, value: Any, *, least: int, most: int) -> int:
    """Return a parameter that is a whole number within bounds, or raise ``mask-invalid``."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise invalid(mask, f"takes no {name} of {value!r}", hint=f"Write {name} as a whole number from {least} to {most}.")


def number(mask: str, name: str, value: Any) -> int | float:
    """Return a parameter that is a finite number, or raise ``mask-invalid``."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        return value
    raise invalid(mask, f"takes no {name} of {value!r}", hint=f"Write {name} as a number, as in 10.")


def when_present(value: exp.Expr, masked: exp.Expr) -> exp.Expr:
    """Return NULL where the value is NULL, else the masked one."""
    missing = exp.Is(this=value.copy(), expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=masked)


def at_least(value: exp.Expr, low: exp.Expr) -> exp.Expr:
    """Return the larger of two values, of which neither is NULL."""
    return exp.Greatest(this=value, expressions=[low], ignore_nulls=True)


def at_most(value: exp.Expr, high: exp.Expr) -> exp.Expr:
    """Return the smaller of two values, of which neither is NULL."""
    return exp.Least(this=value, expressions=[high], ignore_nulls=True)


def sql_type(type_: LogicalType) -> exp.DataType:
    """Return the type as a node of a tree."""
    return exp.DataType.build(str(type_), dialect="duckdb")


def cast(value: exp.Expr, type_: LogicalType) -> exp.Expr:
    """Return the value cast, for casts that cannot fail."""
    return exp.Cast(this=value, to=sql_type(type_))


def constant(value: str | float, type_: LogicalType) -> exp.Expr:
    """Return a literal of exactly this type."""
    return cast(exp.Literal.string(str(value)), type_)
