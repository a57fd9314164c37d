"""Values that the engines treat in their own ways, written so that Spark gives what DuckDB gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from golconda.engine import sql_types as t
from golconda.engine.spark import kinds
from golconda.engine.spark.refusals import refused
from golconda.engine.sql_types import Family, SqlType

if TYPE_CHECKING:
    from collections.abc import Mapping

_ISO = {
    Family.DATE: re.compile(r"\d{4}-\d\d-\d\d"),
    Family.TIMESTAMP: re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d{1,6})?)?"),
    Family.TIMESTAMPTZ: re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?)?"),
    Family.INTEGER: re.compile(r"[+-]?\d{1,18}"),
    Family.DECIMAL: re.compile(r"[+-]?\d{1,37}(\.\d{1,37})?"),
    Family.DOUBLE: re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,2})?"),
}
_TYPES: Mapping[Family, exp.DType] = {
    Family.BOOLEAN: exp.DType.BOOLEAN,
    Family.INTEGER: exp.DType.BIGINT,
    Family.DOUBLE: exp.DType.DOUBLE,
    Family.TEXT: exp.DType.TEXT,
    Family.DATE: exp.DType.DATE,
    Family.TIMESTAMP: exp.DType.TIMESTAMPNTZ,
    Family.TIMESTAMPTZ: exp.DType.TIMESTAMPLTZ,
    Family.BLOB: exp.DType.BINARY,
}
_UNITS = frozenset({"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"})
# Of casts of values, those that give the same whatever the value; of text only what is written out is read.
_SAME = {
    *((family, family) for family in _TYPES),
    *((Family.INTEGER, to) for to in (Family.DOUBLE, Family.TEXT, Family.DECIMAL, Family.HUGE)),
    *((Family.HUGE, to) for to in (Family.DOUBLE, Family.TEXT, Family.INTEGER, Family.HUGE, Family.DECIMAL)),
    *((Family.DECIMAL, to) for to in (Family.DOUBLE, Family.DECIMAL, Family.HUGE)),
    *((Family.BOOLEAN, to) for to in (Family.INTEGER, Family.TEXT)),
    *((Family.DATE, to) for to in (Family.TIMESTAMP,)),
    *((Family.TIMESTAMP, to) for to in (Family.DATE,)),
}
_SMALLER = frozenset({exp.DType.INT, exp.DType.SMALLINT, exp.DType.TINYINT})


class Work(Protocol):
    """What translates parts."""

    def new(self, node: exp.Expr) -> exp.Expr:
        """Return the part as Spark is given it."""
        ...

    def parts(self, node: exp.Expr, **changed: object) -> exp.Expr:
        """Return the node over new parts."""
        ...


def type_node(type_: SqlType) -> exp.DataType:
    """Return a type as Spark has it; whole numbers beyond 64 bits are decimals there."""
    if type_.family is Family.HUGE:
        type_ = SqlType(Family.DECIMAL, t.WIDEST, 0)
    if type_.family is Family.DECIMAL:
        sizes = [exp.DataTypeParam(this=exp.Literal.number(size)) for size in (type_.precision, type_.scale)]
        return exp.DataType(this=exp.DType.DECIMAL, expressions=sizes)
    if type_.family not in _TYPES:
        raise refused(f"the type {type_.family}")
    return exp.DataType(this=_TYPES[type_.family])


def to(value: exp.Expr, type_: SqlType) -> exp.Expr:
    """Return a value cast, for casts that mean the same."""
    return exp.Cast(this=value, to=type_node(type_))


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Return a call of one of Spark's functions."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def as_type(node: exp.Expr, target: SqlType | None, work: Work) -> exp.Expr:
    """Return a side of a comparison; text written out is read as the other side's type."""
    text = _text(node)
    if target is None or text is None:
        return work.new(node)
    return _read(text, target)


def _text(node: exp.Expr) -> str | None:
    inner = node.unnest()
    return str(inner.this) if isinstance(inner, exp.Literal) and inner.is_string else None


def _read(text: str, type_: SqlType) -> exp.Expr:
    pattern = _ISO.get(type_.family)
    if pattern is None or not pattern.fullmatch(text):
        raise refused(f"a text read as {type_.family}, unless it is in ISO 8601 or a plain number")
    return to(exp.Literal.string(text), type_)


# ── casts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def cast(node: exp.Expr, work: Work) -> exp.Expr:
    """Return a cast that gives the same; text is read only where it is written out."""
    source, target = kinds.of(node.this), kinds.of_cast(node.args["to"])
    text = _text(node.this)
    if text is not None and target.family is not Family.TEXT:
        return _read(text, target)
    value = work.new(node.this)
    kind = type(node)
    if isinstance(node.this, exp.Placeholder) or source.family is Family.NULL:
        return exp.Cast(this=value, to=type_node(target))
    if (source.family, target.family) == (Family.DATE, Family.TEXT):
        return date_text(value)
    if target.family is Family.INTEGER and source.family in (Family.DOUBLE, Family.DECIMAL):
        value = call("rint", value) if source.family is Family.DOUBLE else call("round", value, exp.Literal.number(0))
    elif (source.family, target.family) not in _SAME:
        raise refused(f"a cast of {source.family} to {target.family}")
    wanted = exp.DataType(this=node.args["to"].this) if node.args["to"].this in _SMALLER else type_node(target)
    return kind(this=value, to=wanted)


def date_text(value: exp.Expr) -> exp.Expr:
    """Return a date's text as DuckDB writes it: no sign before years of five digits, and (BC) after those before 1."""
    year, rest = call("year", value), _month_and_day(value)
    far = call("concat", to(year.copy(), t.TEXT), rest)
    ago = to(exp.Sub(this=exp.Literal.number(1), expression=year.copy()), t.TEXT)
    padded = call("if", exp.LT(this=call("length", ago), expression=exp.Literal.number(4)),
                  call("lpad", ago.copy(), exp.Literal.number(4), exp.Literal.string("0")), ago.copy())  # fmt: skip
    before = call("concat", padded, rest.copy(), exp.Literal.string(" (BC)"))
    branches = [
        exp.If(this=exp.GT(this=year, expression=exp.Literal.number(9999)), true=far),
        exp.If(this=exp.LT(this=year.copy(), expression=exp.Literal.number(1)), true=before),
    ]
    return exp.Case(ifs=branches, default=to(value.copy(), t.TEXT))


def _month_and_day(value: exp.Expr) -> exp.Expr:
    """Return -MM-DD; Spark's own formatting ends with the range of timestamps, and dates go on."""
    two, dash, nought = exp.Literal.number(2), exp.Literal.string("-"), exp.Literal.string("0")
    parts = (call("lpad", to(call(part, value.copy()), t.TEXT), two, nought) for part in ("month", "day"))
    return call("concat", *(piece.copy() for part in parts for piece in (dash, part)))


# ── arithmetic ────────────────────────────────────────────────────────────────────────────────────────────────


def ratio(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Return the quotient as DuckDB gives it: of doubles, infinite over zero, NaN for zero over zero."""
    above, below = to(left, t.DOUBLE), to(right, t.DOUBLE)
    nought = zero()
    is_number = exp.NEQ(this=above.copy(), expression=nought.copy())
    # The divisor's sign counts where it is minus zero.
    same_sign = exp.EQ(
        this=exp.Paren(this=exp.GT(this=above.copy(), expression=nought.copy())),
        expression=exp.Paren(
            this=exp.NEQ(this=to(below.copy(), t.TEXT), expression=exp.Literal.string("-0.0")),
        ),
    )
    infinite = exp.Case(ifs=[exp.If(this=same_sign, true=_double("Infinity"))], default=_double("-Infinity"))
    none = exp.Is(this=above.copy(), expression=exp.Null())
    undefined = exp.Or(this=exp.Not(this=exp.Paren(this=is_number)), expression=call("isnan", above.copy()))
    by_zero = exp.Case(
        ifs=[exp.If(this=none, true=exp.Null()), exp.If(this=undefined, true=_double("NaN"))], default=infinite
    )
    is_zero = exp.EQ(this=below.copy(), expression=nought.copy())
    return exp.Case(ifs=[exp.If(this=is_zero, true=by_zero)], default=exp.Div(this=above, expression=below))


def _double(text: str) -> exp.Expr:
    return to(exp.Literal.string(text), t.DOUBLE)


def sum_of(node: exp.Expr, work: Work) -> exp.Expr:
    """Return a sum or difference of numbers, or of dates and written intervals."""
    left, right = kinds.of(node.this).family, kinds.of(node.expression).family
    if isinstance(node.expression.unnest(), exp.Interval):
        return _moved(node, left, work)
    if left is Family.DATE and right is Family.INTEGER:
        days = work.new(node.expression)
        return call("date_add" if isinstance(node, exp.Add) else "date_sub", work.new(node.this), _int(days))
    if left is right is Family.DATE and isinstance(node, exp.Sub):
        return to(call("datediff", work.new(node.this), work.new(node.expression)), t.INTEGER)
    for family in (left, right):
        if family not in (*t.NUMERIC, Family.NULL):
            raise refused(f"arithmetic on {family}")
    return work.parts(node)


def _int(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType(this=exp.DType.INT))


def _moved(node: exp.Expr, family: Family, work: Work) -> exp.Expr:
    interval = node.expression.unnest()
    unit, number = str(interval.args["unit"]).upper() if interval.args.get("unit") else "", interval.this
    unit = unit.removesuffix("S")
    text = str(number.unnest().this) if isinstance(number, exp.Expr) else ""
    if family not in (Family.DATE, Family.TIMESTAMP) or unit not in _UNITS or not re.fullmatch(r"-?\d{1,6}", text):
        raise refused("intervals other than written ones added to dates")
    written = exp.Interval(this=exp.Literal.string(text), unit=exp.var(unit))
    return node.__class__(this=to(work.new(node.this), t.TIMESTAMP), expression=written)


# ── rounding ──────────────────────────────────────────────────────────────────────────────────────────────────


def rounded(value: exp.Expr, type_: SqlType, digits: int) -> exp.Expr:
    """Return a number rounded, halves away from zero, doubles by the same steps as DuckDB takes them."""
    if type_.family is not Family.DOUBLE:
        return call("round", value, exp.Literal.number(digits))
    if not digits:
        return nearest(value)
    power = to(exp.Literal.string(f"1e{abs(digits)}"), t.DOUBLE)
    scaled = exp.Mul if digits > 0 else exp.Div
    back = exp.Div if digits > 0 else exp.Mul
    moved = exp.Paren(this=scaled(this=exp.Paren(this=value), expression=power))
    found = exp.Paren(this=back(this=exp.Paren(this=nearest(moved)), expression=power.copy()))
    infinite = exp.In(this=call("abs", found.copy()), expressions=[_double("Infinity"), _double("NaN")])
    return exp.Case(ifs=[exp.If(this=infinite, true=value.copy())], default=found)


def zero() -> exp.Expr:
    return to(exp.Literal.number(0), t.DOUBLE)


def nearest(value: exp.Expr) -> exp.Expr:
    """Return the whole double nearest to one, halves away from zero; beyond 2^52 all are whole."""
    whole = to(to(value.copy(), t.INTEGER), t.DOUBLE)
    rest = exp.Paren(this=exp.Sub(this=exp.Paren(this=value.copy()), expression=whole))
    far = exp.GTE(this=call("abs", rest), expression=to(exp.Literal.string("0.5"), t.DOUBLE))
    away = exp.Add(this=whole.copy(), expression=call("sign", value.copy()))
    inside = exp.Case(ifs=[exp.If(this=far, true=away)], default=whole.copy())
    return _if_fraction(value, inside)


def _if_fraction(value: exp.Expr, inside: exp.Expr) -> exp.Expr:
    small = exp.LT(this=call("abs", value.copy()), expression=to(exp.Literal.string("4503599627370496"), t.DOUBLE))
    return exp.Case(ifs=[exp.If(this=small, true=inside)], default=value)


def floored(name: str, value: exp.Expr, type_: SqlType) -> exp.Expr:
    """Return floor or ceiling; of a double Spark gives a whole number, which ends at 64 bits; DuckDB gives doubles."""
    if type_.family in (Family.INTEGER, Family.HUGE):
        return to(value, t.DOUBLE)
    if type_.family is not Family.DOUBLE:
        return call(name, value)
    return _if_fraction(value, to(call(name, value.copy()), t.DOUBLE))
