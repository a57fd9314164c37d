"""The functions that both engines answer alike, and how Spark is asked for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import sql_types as t
from golconda.engine.spark import kinds, values
from golconda.engine.spark.refusals import refused
from golconda.engine.spark.values import Work
from golconda.engine.spark.values import call as spark
from golconda.engine.sql_types import Family, SqlType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_F = Family
_MOMENT = (_F.DATE, _F.TIMESTAMP)
_PARTS = {
    **{name: name for name in ("year", "month", "day", "quarter", "hour", "minute", "second", "dayofyear")},
    "doy": "dayofyear",
    "dayofmonth": "day",
    "week": "weekofyear",
    "weekofyear": "weekofyear",
    "dow": "dayofweek",
    "dayofweek": "dayofweek",
    "weekday": "dayofweek",
    "isodow": "weekday",
}
_SHIFT = {"dayofweek": -1, "weekday": 1}  # Spark counts days of the week from another end
_TIMES = frozenset({"hour", "minute", "second"})
_PERIODS = frozenset({"day", "week", "month", "quarter", "year"})


def _whole(node: exp.Expr) -> int | None:
    number = node.unnest()
    negative = isinstance(number, exp.Neg)
    number = number.this.unnest() if negative else number
    if not isinstance(number, exp.Literal) or number.is_string or not str(number.this).isdigit():
        return None
    return -int(number.this) if negative else int(number.this)


def _text(node: exp.Expr) -> str | None:
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None


def call(node: exp.Expr, work: Work) -> exp.Expr:
    """Return a call as Spark is given it."""
    name = node.name.lower()
    if name in AGGREGATES or name in WINDOWED:
        return aggregate(node, work)
    return called(name, node.expressions, work)


def called(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    """Return a call of a function of one row."""
    rule = SCALAR.get(name)
    if rule is None:
        raise refused(f"the function {name}")
    return rule(name, given, work)


def _demand(name: str, given: Sequence[exp.Expr], *families: tuple[Family, ...]) -> None:
    fits = len(given) == len(families) and all(
        kinds.of(one).family in (*wanted, _F.NULL) for one, wanted in zip(given, families, strict=True)
    )
    if not fits:
        raise refused(f"{name} of {', '.join(kinds.of(one).family for one in given) or 'nothing'}")


# ── one row ───────────────────────────────────────────────────────────────────────────────────────────────────


def _plain(spark_name: str, *families: tuple[Family, ...], whole: bool = False) -> Callable[..., exp.Expr]:
    def rule(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
        _demand(name, given, *families)
        found = spark(spark_name, *(work.new(one) for one in given))
        return values.to(found, t.INTEGER) if whole else found

    return rule


def _trimmed(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    _demand(name, given, (_F.TEXT,))
    return spark(name, work.new(given[0]))


def _cut(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    numbers = [_whole(one) for one in given[1:]]
    least = 1 if name in ("substring", "substr") else 0
    if kinds.of(given[0]).family is not _F.TEXT or None in numbers or numbers[0] < least or min(numbers) < 0:  # type: ignore[operator,type-var] # None is out
        raise refused(f"{name} by other than written numbers from {least} on")
    return spark("substring" if least else name, *(work.new(one) for one in given))


def _repeated(_name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    return spark("repeat", work.new(given[0]), exp.Cast(this=work.new(given[1]), to=exp.DataType(this=exp.DType.INT)))


def _joined(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    _demand(name, given, *([(_F.TEXT,)] * len(given)))
    return spark("concat", *(spark("coalesce", work.new(one), exp.Literal.string("")) for one in given))


def _alike(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    if t.common([kinds.of(one) for one in given]) is None:
        raise refused(f"{name} of values of different types")
    return spark(name, *(work.new(one) for one in given))


def _chosen(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    if t.common([kinds.of(one) for one in given[1:]]) is None:
        raise refused(f"{name} of values of different types")
    return spark("if", *(work.new(one) for one in given))


def _number(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    _demand(name, given, tuple(t.NUMERIC))
    return spark(name, work.new(given[0]))


def _floored(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    _demand(name, given, tuple(t.NUMERIC))
    return values.floored("ceil" if name.startswith("ceil") else name, work.new(given[0]), kinds.of(given[0]))


def _rounded(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    digits = _whole(given[1]) if len(given) > 1 else 0
    type_ = kinds.of(given[0])
    if type_.family not in t.NUMERIC or digits is None or abs(digits) > 18:
        raise refused(f"{name} of {type_.family} by other than a written number of digits")
    return values.rounded(work.new(given[0]), type_, digits)


def _sign(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    _demand(name, given, tuple(t.NUMERIC - {_F.DOUBLE}))
    return values.to(spark("sign", work.new(given[0])), t.INTEGER)


def _root(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    _demand(name, given, tuple(t.NUMERIC))
    return spark("sqrt", values.to(work.new(given[0]), t.DOUBLE))


def _dated(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    if name in ("date_part", "datepart"):
        return part((_text(given[0]) or "").lower(), given[1], work)
    return part(name, given[0], work)


def part(unit: str, moment: exp.Expr, work: Work) -> exp.Expr:
    """Return a part of a date or timestamp, a whole number of 64 bits as DuckDB's."""
    family = kinds.of(moment).family
    if unit not in _PARTS or family not in _MOMENT or (unit in _TIMES and family is not _F.TIMESTAMP):
        raise refused(f"the part {unit} of {family}")
    found = values.to(spark(_PARTS[unit], work.new(moment)), t.INTEGER)
    shift = _SHIFT.get(_PARTS[unit])
    return exp.Paren(this=exp.Add(this=found, expression=exp.Literal.number(shift))) if shift else found


def _truncated(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    unit, family = (_text(given[0]) or "").lower(), kinds.of(given[1]).family
    if unit not in _PERIODS or family not in (*_MOMENT, _F.TIMESTAMPTZ):
        raise refused(f"{name} of {family} to {unit or 'what is not written out'}")
    day = values.to(work.new(given[1]), t.DATE)
    first = day if unit == "day" else spark("trunc", day, exp.Literal.string(unit))
    return values.to(first, t.TIMESTAMPTZ if family is _F.TIMESTAMPTZ else t.TIMESTAMP)


def _encoded(_name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    return values.to(work.new(given[0]), SqlType(_F.BLOB))


def _normal(_name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    """NFC by the library that Spark brings; reflection wants no NULL."""
    value = work.new(given[0])
    composed = spark(
        "reflect",
        exp.Literal.string("com.ibm.icu.text.Normalizer"),
        exp.Literal.string("compose"),
        value,
        exp.false(),
    )
    missing = exp.Is(this=value.copy(), expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=composed)


def _hashed(name: str, given: Sequence[exp.Expr], work: Work) -> exp.Expr:
    value = work.new(given[0])
    value = values.to(value, SqlType(_F.BLOB)) if kinds.of(given[0]).family is _F.TEXT else value
    return spark("sha2", value, exp.Literal.number(256)) if name == "sha256" else spark(name, value)


_ANY_TEXT = (_F.TEXT,)
SCALAR: dict[str, Callable[[str, Sequence[exp.Expr], Work], exp.Expr]] = {
    **dict.fromkeys(("length", "len", "char_length", "character_length"), _plain("length", _ANY_TEXT, whole=True)),
    **dict.fromkeys(("trim", "ltrim", "rtrim"), _trimmed),
    "replace": _plain("replace", _ANY_TEXT, _ANY_TEXT, _ANY_TEXT),
    "concat": _joined,
    **dict.fromkeys(("starts_with", "prefix"), _plain("startswith", _ANY_TEXT, _ANY_TEXT)),
    **dict.fromkeys(("ends_with", "suffix"), _plain("endswith", _ANY_TEXT, _ANY_TEXT)),
    "contains": _plain("contains", _ANY_TEXT, _ANY_TEXT),
    **dict.fromkeys(("strpos", "instr"), _plain("instr", _ANY_TEXT, _ANY_TEXT, whole=True)),
    **dict.fromkeys(("substring", "substr", "left", "right"), _cut),
    "repeat": _repeated,
    **dict.fromkeys(("md5", "sha256"), _hashed),
    **dict.fromkeys(("coalesce", "nullif", "greatest", "least", "ifnull"), _alike),
    "if": _chosen,
    "abs": _number,
    **dict.fromkeys(("floor", "ceil", "ceiling"), _floored),
    "round": _rounded,
    "sign": _sign,
    "sqrt": _root,
    **dict.fromkeys((*_PARTS, "date_part", "datepart"), _dated),
    **dict.fromkeys(("date_trunc", "datetrunc"), _truncated),
    "encode": _encoded,
    "unhex": lambda _name, given, work: spark("unhex", work.new(given[0])),
    "nfc_normalize": _normal,
}


def extreme(node: exp.Expr, work: Work) -> exp.Expr:
    """Return greatest or least as masks write them."""
    name = "greatest" if isinstance(node, exp.Greatest) else "least"
    return spark(name, *(work.new(one) for one in (node.this, *node.expressions)))


# ── many rows ─────────────────────────────────────────────────────────────────────────────────────────────────


def demand_windowed(node: exp.Expr) -> None:
    """Refuse calls over a window other than those listed."""
    inner = node
    while isinstance(inner, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        inner = inner.this
    if not isinstance(inner, exp.Anonymous) or inner.name.lower() not in {*AGGREGATES, *WINDOWED}:
        raise refused("such a window")


def aggregate(node: exp.Expr, work: Work) -> exp.Expr:
    """Return an aggregate, with FILTER and OVER around it, as Spark is given it."""
    wrapped, inner = [], node
    while isinstance(inner, exp.Filter | exp.Window | exp.IgnoreNulls | exp.RespectNulls):
        if isinstance(inner.this, exp.Identifier):
            return work.parts(inner)  # WINDOW w AS (…)
        wrapped.append(inner)
        inner = inner.this
    name = inner.name.lower() if isinstance(inner, exp.Anonymous) else ""
    rule = AGGREGATES.get(name) or WINDOWED.get(name)
    if rule is None:
        raise refused(f"the function {name or type(inner).__name__}")

    def around(found: exp.Expr) -> exp.Expr:
        for wrapper in reversed(wrapped):
            found = work.parts(wrapper, this=found)
        return found

    return rule(name, inner.expressions, work, around)


def _argument(given: Sequence[exp.Expr]) -> tuple[exp.Expr, bool]:
    """Return what is aggregated, and whether each value once."""
    if len(given) != 1:
        raise refused("an aggregate of several values")
    one = given[0]
    if isinstance(one, exp.Distinct):
        if len(one.expressions) != 1:
            raise refused("DISTINCT over several columns")
        return one.expressions[0], True
    return one, False


def _each(value: exp.Expr, *, distinct: bool) -> exp.Expr:
    return exp.Distinct(expressions=[value]) if distinct else value


def _counted(_name: str, given: Sequence[exp.Expr], work: Work, around: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    if not given or isinstance(given[0], exp.Star):
        return around(spark("count", exp.Star()))
    value, distinct = _argument(given)
    return around(spark("count", _each(work.new(value), distinct=distinct)))


def _extreme(name: str, given: Sequence[exp.Expr], work: Work, around: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    value, _ = _argument(given)
    return around(spark(name, work.new(value)))


def _summed(_name: str, given: Sequence[exp.Expr], work: Work, around: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    return around(_sum(*_argument(given), work))


def _sum(value: exp.Expr, distinct: bool, work: Work) -> exp.Expr:
    """Return a sum with room for what DuckDB's has room for."""
    type_ = kinds.of(value)
    if type_.family not in t.NUMERIC:
        raise refused(f"a sum of {type_.family}")
    wide = t.DOUBLE if type_.family is _F.DOUBLE else SqlType(_F.DECIMAL, t.WIDEST, type_.scale)
    return spark("sum", _each(values.to(work.new(value), wide), distinct=distinct))


def _averaged(_name: str, given: Sequence[exp.Expr], work: Work, around: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """Return the mean: of other than doubles the exact sum over the count, as DuckDB computes it."""
    value, distinct = _argument(given)
    if kinds.of(value).family is _F.DOUBLE:
        return around(spark("avg", _each(work.new(value), distinct=distinct)))
    total = values.to(around(_sum(value, distinct, work)), t.DOUBLE)
    count = around(spark("count", _each(work.new(value), distinct=distinct)))
    return exp.Paren(this=exp.Div(this=total, expression=spark("nullif", values.to(count, t.DOUBLE), values.zero())))


def _spread(name: str, given: Sequence[exp.Expr], work: Work, around: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    value, distinct = _argument(given)
    if kinds.of(value).family not in t.NUMERIC:
        raise refused(f"{name} of {kinds.of(value).family}")
    return around(spark(_SPREADS[name], _each(values.to(work.new(value), t.DOUBLE), distinct=distinct)))


def _logic(name: str, given: Sequence[exp.Expr], work: Work, around: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    value, _ = _argument(given)
    if kinds.of(value).family is not _F.BOOLEAN:
        raise refused(f"{name} of {kinds.of(value).family}")
    return around(spark("count_if" if name == "countif" else name, work.new(value)))


def _ranked(name: str, given: Sequence[exp.Expr], work: Work, around: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    found = around(spark(name, *(work.new(one) for one in given)))
    return found if name in ("percent_rank", "cume_dist") else values.to(found, t.INTEGER)


def _neighbour(name: str, given: Sequence[exp.Expr], work: Work, around: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    if len(given) > 1 and _whole(given[1]) is None:
        raise refused(f"{name} by other than a written number of rows")
    return around(spark(name, *(work.new(one) for one in given)))


_SPREADS = {
    "stddev": "stddev_samp",
    "stddev_samp": "stddev_samp",
    "stddev_pop": "stddev_pop",
    "variance": "var_samp",
    "var_samp": "var_samp",
    "var_pop": "var_pop",
}
AGGREGATES: dict[str, Callable[..., exp.Expr]] = {
    "count": _counted,
    **dict.fromkeys(("min", "max"), _extreme),
    "sum": _summed,
    **dict.fromkeys(("avg", "mean"), _averaged),
    **dict.fromkeys(_SPREADS, _spread),
    **dict.fromkeys(("bool_and", "bool_or", "count_if", "countif"), _logic),
}
WINDOWED: dict[str, Callable[..., exp.Expr]] = {
    **dict.fromkeys(("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile"), _ranked),
    **dict.fromkeys(("lag", "lead"), _neighbour),
    **dict.fromkeys(("first_value", "last_value"), _extreme),
}
