"""Which casts cannot fail on any value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from golconda.engine import sql_types as t
from golconda.engine.sql_types import Family, SqlType
from golconda.gate.binding import constants

if TYPE_CHECKING:
    from collections.abc import Mapping

_D = exp.DType
_FAMILIES: Mapping[exp.DType, Family] = {
    _D.BOOLEAN: Family.BOOLEAN,
    **dict.fromkeys((_D.TINYINT, _D.SMALLINT, _D.INT, _D.BIGINT, _D.UTINYINT, _D.USMALLINT, _D.UINT), Family.INTEGER),
    _D.UBIGINT: Family.HUGE,
    _D.INT128: Family.HUGE,
    _D.FLOAT: Family.DOUBLE,
    _D.DOUBLE: Family.DOUBLE,
    _D.DECIMAL: Family.DECIMAL,
    **dict.fromkeys((_D.TEXT, _D.VARCHAR, _D.CHAR), Family.TEXT),
    _D.DATE: Family.DATE,
    _D.TIME: Family.TIME,
    _D.TIMESTAMP: Family.TIMESTAMP,
    _D.TIMESTAMPNTZ: Family.TIMESTAMP,
    _D.TIMESTAMPTZ: Family.TIMESTAMPTZ,
    _D.INTERVAL: Family.INTERVAL,
    _D.BLOB: Family.BLOB,
    _D.VARBINARY: Family.BLOB,
}
# From → to, for every value. To text everything casts.
_ALWAYS = {
    (Family.BOOLEAN, _D.BIGINT),
    (Family.BOOLEAN, _D.INT),
    (Family.INTEGER, _D.BIGINT),
    (Family.INTEGER, _D.INT128),
    (Family.INTEGER, _D.DOUBLE),
    (Family.INTEGER, _D.BOOLEAN),
    (Family.HUGE, _D.DOUBLE),
    (Family.DECIMAL, _D.DOUBLE),
    (Family.DOUBLE, _D.DOUBLE),
    (Family.DATE, _D.DATE),
    (Family.TIMESTAMP, _D.DATE),
    (Family.TIMESTAMP, _D.TIMESTAMP),
    (Family.TIMESTAMPTZ, _D.TIMESTAMPTZ),
    (Family.BOOLEAN, _D.BOOLEAN),
    (Family.BLOB, _D.BLOB),
}
# The digits before the point that a whole number has room for; rounding up makes one more of them, a 1 and zeros.
_DIGITS = {_D.TINYINT: 2, _D.SMALLINT: 4, _D.INT: 9, _D.BIGINT: 18, _D.INT128: 38}


def cast_type(node: exp.Expr, source: SqlType) -> tuple[SqlType, bool]:
    """Return the type a cast gives, and whether it cannot fail."""
    to = node.args["to"]
    target = _target(to)
    if isinstance(node, exp.TryCast) or source.family is Family.NULL:
        return target, source.family is not Family.UNKNOWN
    return target, _is_total(node.this, source, to.this, target)


def _target(to: exp.Expr) -> SqlType:
    family = _FAMILIES.get(to.this, Family.UNKNOWN)
    if family is not Family.DECIMAL:
        return SqlType(family)
    sizes = [constants.whole(size.this) or 0 for size in to.expressions]
    return SqlType(family, *sizes) if len(sizes) == 2 else SqlType(family, 18, 3)


def _is_total(value: exp.Expr, source: SqlType, to: exp.DType, target: SqlType) -> bool:
    if target.family is Family.TEXT:
        return source.family is not Family.UNKNOWN
    text = constants.string(value)
    if text is not None:
        return constants.casts(text, target) and to not in (_D.TINYINT, _D.SMALLINT, _D.INT, _D.FLOAT)
    if target.family is Family.DECIMAL:
        return _fits_decimal(source, target)
    if (source.family, to) in _ALWAYS:
        return True
    if source.family is Family.DECIMAL and to in _DIGITS:
        return t.digits_before(source) <= _DIGITS[to]
    number = constants.whole(value)
    return number is not None and target.family in (Family.INTEGER, Family.DOUBLE) and 0 <= number < 128


def _fits_decimal(source: SqlType, target: SqlType) -> bool:
    if source.family not in (Family.INTEGER, Family.DECIMAL):
        return False
    return t.digits_before(source) <= target.precision - target.scale and source.scale <= target.scale
