"""Values for a query's parameters as JSON has them: plain where JSON has a form, else a text with its type."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from golconda.kernel.errors import InvalidInput

Value = bool | int | float | Decimal | str | bytes | date | datetime | None
Values = Sequence[Value] | Mapping[str, Value]
_MOST_DIGITS = 38


def as_json(values: Values) -> list[Any] | dict[str, Any]:
    """Return values by place or by name, or raise ``parameter-refused`` for one of no kind that a query may take.

    >>> as_json({"since": date(2026, 1, 31), "most": 7})
    {'since': {'type': 'DATE', 'value': '2026-01-31'}, 'most': 7}
    """
    if isinstance(values, Mapping):
        return {name: _value(name, value) for name, value in values.items()}
    return [_value(str(place), value) for place, value in enumerate(values, start=1)]


def _value(name: str, value: Value) -> Any:  # JSON
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case float():
            return {"type": "DOUBLE", "value": str(value)}
        case Decimal() if value.is_finite():
            scale = min(max(-int(value.as_tuple().exponent), 0), _MOST_DIGITS)
            return {"type": f"DECIMAL({_MOST_DIGITS},{scale})", "value": format(value, "f")}
        case bytes():
            return {"type": "BLOB", "value": base64.b64encode(value).decode()}
        case datetime():
            return {"type": "TIMESTAMP" if value.tzinfo is None else "TIMESTAMPTZ", "value": value.isoformat()}
        case date():
            return {"type": "DATE", "value": value.isoformat()}
    raise InvalidInput(
        "parameter-refused",
        f"The value for parameter {name} is a {type(value).__name__}, which no query takes.",
        hint="Give a truth value, a number, a text, bytes, a date or a timestamp.",
    )
