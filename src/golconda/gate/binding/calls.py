"""Which calls cannot fail: by signature, and by the constants among their arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from golconda.engine import functions
from golconda.engine import sql_types as t
from golconda.engine.sql_types import Family, SqlType
from golconda.gate.binding import constants, patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlglot import exp

_PARTS = frozenset({"year", "month", "day", "quarter", "doy", "dayofyear", "dow", "dayofweek", "isodow"})
_TIME_PARTS = frozenset({"hour", "minute", "second"})
_ROOM = 1_000_000  # positions in a text that are far from where the engine's arithmetic overflows
_MOST_DIGITS = 18  # to round to
_SPANS = frozenset({"day", "month", "quarter", "year"})  # between any two days; a week begins before the first day
_FORM = re.compile(r"(%[YmdHMSyjbBaA]|[^%])*")  # of strftime
_MANY_ROWS = 10  # digits of the largest number of rows we believe in

# What a call gives where it is not total; without it a comparison with the result would seem partial too.
_RESULTS = {
    "date_diff": t.INTEGER, "datediff": t.INTEGER, "date_part": t.INTEGER, "strftime": t.TEXT, "week": t.INTEGER,
    "substring": t.TEXT, "substr": t.TEXT, "left": t.TEXT, "right": t.TEXT, "lpad": t.TEXT, "rpad": t.TEXT,
    "regexp_replace": t.TEXT, "regexp_extract": t.TEXT, "regexp_matches": t.BOOLEAN, "ntile": t.INTEGER,
    "make_date": t.DATE, "last_day": t.DATE, "date_trunc": t.UNKNOWN,
}  # fmt: skip


def call_type(name: str, arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> tuple[SqlType, bool]:
    """Return the type a call gives, and whether it cannot fail."""
    found = functions.total(name, types)
    if found is None:
        found = _by_constants(name, arguments, types)
    if found is not None:
        return found, True
    return _result(name, types), False


def _result(name: str, types: Sequence[SqlType]) -> SqlType:
    if name == "sum" and types and types[0].family is Family.DECIMAL:
        return SqlType(Family.DECIMAL, t.WIDEST, types[0].scale)
    return t.DOUBLE if name in ("avg", "mean") else _RESULTS.get(name, t.UNKNOWN)


def _by_constants(name: str, arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    if not types:
        return None
    if name in ("substring", "substr", "left", "right"):
        return _cut(arguments, types)
    if name in ("date_part", "datepart"):
        return _part(arguments, types)
    if name in ("sum", "avg", "mean") and types[0].family is Family.DECIMAL:
        return _added_up(name, types[0])
    if name in ("lag", "lead") and len(types) > 1:
        return _neighbour(arguments, types)
    rule = _RULES.get(name)
    return rule(arguments, types) if rule is not None else None


def _added_up(name: str, type_: SqlType) -> SqlType | None:
    if type_.precision + _MANY_ROWS > t.WIDEST:
        return None
    return SqlType(Family.DECIMAL, t.WIDEST, type_.scale) if name == "sum" else t.DOUBLE


def _cut(arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    numbers = [constants.whole(one) for one in arguments[1:]]
    near = all(number is not None and abs(number) <= _ROOM for number in numbers)
    return t.TEXT if types[0].family is Family.TEXT and numbers and near else None


def _part(arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    unit = (constants.string(arguments[0]) or "").lower()
    family = types[-1].family
    fits = (unit in _PARTS and family in (Family.DATE, Family.TIMESTAMP)) or (
        unit in _TIME_PARTS and family is Family.TIMESTAMP
    )
    return t.INTEGER if fits and len(types) == 2 else None


def _neighbour(arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    offset = constants.whole(arguments[1])
    fits = offset is not None and 0 <= offset <= _ROOM and len(types) <= 3
    return types[0] if fits and (len(types) == 2 or types[2] in (types[0], t.NULL)) else None


def _rounded(arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    if types[0].family is Family.DECIMAL and len(arguments) == 1:
        return _without_decimals(arguments, types)
    digits = constants.whole(arguments[1]) if len(arguments) == 2 else None
    if digits is None or abs(digits) > _MOST_DIGITS:
        return None
    if types[0].family is Family.DECIMAL and digits >= 0:
        return types[0]._replace(scale=min(digits, types[0].scale))  # what rounding up carries fits: a place is free
    return t.DOUBLE if types[0].family is Family.DOUBLE else None


def _without_decimals(arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    return types[0]._replace(scale=0) if types[0].family is Family.DECIMAL and len(arguments) == 1 else None


def _same_decimal(arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    return types[0] if types[0].family is Family.DECIMAL and len(arguments) == 1 else None


def _days_between(arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    unit = (constants.string(arguments[0]) or "").lower()
    days = len(types) == 3 and {types[1].family, types[2].family} <= {Family.DATE, Family.NULL}
    return t.INTEGER if days and unit in _SPANS else None


def _written_day(arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    form = constants.string(arguments[1]) if len(arguments) == 2 else None
    fits = types[0].family in (Family.DATE, Family.TIMESTAMP) and form is not None and _FORM.fullmatch(form)
    return t.TEXT if fits else None


def _matched(arguments: Sequence[exp.Expr], types: Sequence[SqlType]) -> SqlType | None:
    pattern = constants.string(arguments[1]) if len(arguments) == 2 else None
    fits = types[0].family in (Family.TEXT, Family.NULL) and pattern is not None and patterns.is_regular(pattern)
    return t.BOOLEAN if fits else None


_RULES: Mapping[str, Callable[[Sequence[exp.Expr], Sequence[SqlType]], SqlType | None]] = {
    "round": _rounded,
    "abs": _same_decimal,
    **dict.fromkeys(("ceil", "ceiling", "floor", "trunc"), _without_decimals),
    **dict.fromkeys(("date_diff", "datediff"), _days_between),
    "strftime": _written_day,
    **dict.fromkeys(("regexp_matches", "regexp_full_match"), _matched),
}
