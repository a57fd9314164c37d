"""Values of an answer as JSON (terms.md §10) and as CSV text, a column at a time."""

from __future__ import annotations

import base64
import math
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import from_arrow

if TYPE_CHECKING:
    from collections.abc import Callable

_SAFE_INTEGER = 2**53
_FEW = 64  # values that are looked at sooner one by one than all together


@lru_cache(maxsize=1024)
def sql_type(arrow: pa.DataType) -> str:
    """Return the SQL name of the logical type that an answer's column has.

    >>> sql_type(pa.int32()), sql_type(pa.decimal128(10, 2)), sql_type(pa.list_(pa.date32()))
    ('BIGINT', 'DECIMAL(10,2)', 'DATE[]')
    >>> sql_type(pa.struct([("a b", pa.string())]))
    'STRUCT("a b" VARCHAR)'
    """
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow) or pa.types.is_fixed_size_list(arrow):
        return f"{sql_type(arrow.value_type)}[]"
    if pa.types.is_struct(arrow):
        return f"STRUCT({', '.join(_field(arrow.field(at)) for at in range(arrow.num_fields))})"
    if pa.types.is_map(arrow):
        return f"MAP({sql_type(arrow.key_type)}, {sql_type(arrow.item_type)})"
    if pa.types.is_time(arrow):
        return "TIME"
    if pa.types.is_interval(arrow) or pa.types.is_duration(arrow):
        return "INTERVAL"
    return str(from_arrow(arrow, column="answer"))


def _field(field: pa.Field) -> str:
    name = field.name.replace('"', '""')
    return f'"{name}" {sql_type(field.type)}'


def columns(schema: pa.Schema) -> list[dict[str, str]]:
    """Return ``[{"name", "type"}]`` of an answer."""
    return [{"name": field.name, "type": sql_type(field.type)} for field in schema]


def json_values(column: pa.Array) -> list[Any]:  # JSON values
    """Return a column as JSON values: what JSON cannot carry exactly is text.

    >>> json_values(pa.array([1, 2**60])), json_values(pa.array([1.5, float("nan"), None]))
    ([1, '1152921504606846976'], [1.5, 'NaN', None])
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return json_values(column.dictionary_decode())
    if pa.types.is_integer(kind):
        return _integers(column)
    if pa.types.is_floating(kind):
        return _doubles(column)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_time(kind):
        return temporal_text(column).to_pylist()  # type: ignore[no-any-return]  # pyarrow is untyped
    if pa.types.is_boolean(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column.to_pylist()  # type: ignore[no-any-return]  # pyarrow is untyped
    if pa.types.is_null(kind):
        return [None] * len(column)
    return _others(column)


def _integers(column: pa.Array) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if len(values) > _FEW and _are_safe(column):
        return values
    return [value if value is None or abs(value) <= _SAFE_INTEGER else str(value) for value in values]


def _are_safe(column: pa.Array) -> bool:
    bounds = pc.min_max(column)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    return low is None or bool(low >= -_SAFE_INTEGER and high <= _SAFE_INTEGER)


def _doubles(column: pa.Array) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if len(values) > _FEW and pc.all(pc.is_finite(column)).as_py() is not False:
        return values
    return [_double(value) for value in values]


def _double(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def temporal_text(column: pa.Array) -> pa.Array:
    """Return dates and times as ISO 8601 text; a fraction of a second only where there is one.

    >>> from datetime import datetime, UTC
    >>> temporal_text(pa.array([datetime(2013, 1, 1, 5, tzinfo=UTC)], pa.timestamp("us", "UTC"))).to_pylist()
    ['2013-01-01T05:00:00Z']
    """
    if pa.types.is_timestamp(column.type) and column.type.tz:
        # Engines write UTC under several names.
        column = pc.cast(column, pa.timestamp(column.type.unit, "UTC"))
    text = pc.cast(column, pa.string())
    if pa.types.is_date(column.type):
        return text
    text = pc.replace_substring(text, " ", "T", max_replacements=1)
    return pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1")


def _others(column: pa.Array) -> list[Any]:
    convert = _converter(column.type)
    return [None if value is None else convert(value) for value in column.to_pylist()]


def _converter(kind: pa.DataType) -> Callable[[Any], Any]:
    if pa.types.is_decimal(kind):
        return decimal_text
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return lambda value: base64.b64encode(value).decode()
    if pa.types.is_interval(kind):
        return _interval
    if pa.types.is_struct(kind):
        return _struct(kind)
    if pa.types.is_map(kind):
        return _map(kind)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return lambda value: json_values(pa.array(value, kind.value_type))
    raise InvalidInput(
        "type-unsupported",
        f"The answer holds a column of the type {kind}, which JSON and CSV do not carry.",
        hint="Cast it in the query, or ask for the Arrow format.",
    )


def _struct(kind: pa.DataType) -> Callable[[Any], Any]:
    fields = [kind.field(at) for at in range(kind.num_fields)]
    return lambda value: {field.name: json_values(pa.array([value[field.name]], field.type))[0] for field in fields}


def _map(kind: pa.DataType) -> Callable[[Any], Any]:
    return lambda value: [
        {"key": key, "value": item}
        for key, item in zip(
            json_values(pa.array([pair[0] for pair in value], kind.key_type)),
            json_values(pa.array([pair[1] for pair in value], kind.item_type)),
            strict=True,
        )
    ]


def decimal_text(value: Decimal) -> str:
    """Return a decimal with all the digits of its scale and no exponent.

    >>> decimal_text(Decimal("0E-10"))
    '0.0000000000'
    """
    return format(value, "f")


def _interval(value: Any) -> str:  # pyarrow's MonthDayNano
    """Return an ISO 8601 duration; each part keeps its own sign."""
    seconds = Decimal(value.nanoseconds) / 1_000_000_000
    parts = [f"{value.months}M" if value.months else "", f"{value.days}D" if value.days else ""]
    time = f"T{format(seconds.normalize(), 'f')}S" if seconds or not any(parts) else ""
    return f"P{''.join(parts)}{time}"
