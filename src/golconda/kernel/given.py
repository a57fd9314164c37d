"""Values for a query's parameters, each with its kind."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Kind, LogicalType

Value = bool | int | float | Decimal | str | bytes | date | datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """A value for the parameter `name`, which is ``1`` for the first ``?``.

    It is kept as the text of its kind: to Python 1, 1.0 and True are one key, and 1.0 and 1.00 are, too.
    `text` None = NULL.
    """

    name: str
    kind: Kind
    text: str | None


Values = Sequence[Value | Given] | Mapping[str, Value]


def given(values: Values) -> tuple[Given, ...]:
    """Return values by place or by name, or raise ``parameter-refused`` for one of no kind that a query may take.

    >>> [(value.name, str(value.kind), value.text) for value in given([7, None])]
    [('1', 'BIGINT', '7'), ('2', 'VARCHAR', None)]
    """
    if isinstance(values, Mapping):
        return tuple(_given(str(name), value) for name, value in values.items())
    return tuple(_given(str(place), value) for place, value in enumerate(values, start=1))


def typed(name: str, type_: str, value: object) -> Given:
    """Return a value as one of a logical type; texts, as addresses and JSON have them, are read as that type.

    Bytes are written in base64. Raise ``parameter-value``.

    >>> typed("since", "DATE", "2026-01-31")
    Given(name='since', kind=<Kind.DATE: 'DATE'>, text='2026-01-31')
    """
    if value is None:
        return Given(name, Kind.VARCHAR, None)
    kind = LogicalType.parse(type_).kind
    try:
        read = _READ[kind](str(value).lower() if isinstance(value, bool) else str(value))
    except (ValueError, InvalidOperation, OverflowError):
        raise InvalidInput(
            "parameter-value",
            f"The value for {name} is no {type_}.",
            hint=f"Write it as {_EXAMPLES[kind]}.",
            parameter=name,
            expected=type_,
        ) from None
    return Given(name, *_text(name, read))


def _given(name: str, value: Value | Given) -> Given:
    return value if isinstance(value, Given) else Given(name, *_text(name, value))


def _text(name: str, value: object) -> tuple[Kind, str | None]:
    match value:
        case None:
            return Kind.VARCHAR, None
        case bool():
            return Kind.BOOLEAN, str(value).lower()
        case int():
            return Kind.BIGINT, str(value)
        case float():
            return Kind.DOUBLE, repr(value)
        case Decimal() if value.is_finite():
            return Kind.DECIMAL, format(value, "f")
        case str():
            return Kind.VARCHAR, value
        case bytes():
            return Kind.BLOB, "".join(f"\\x{byte:02X}" for byte in value)
        case datetime():
            return _moment(value)
        case date():
            return Kind.DATE, value.isoformat()
    raise InvalidInput(
        "parameter-refused",
        f"The value for parameter {name} is a {type(value).__name__}, which no query takes.",
        hint="Give a truth value, a number, a text, bytes, a date or a timestamp.",
    )


def _moment(value: datetime) -> tuple[Kind, str]:
    if value.tzinfo is None:
        return Kind.TIMESTAMP, value.isoformat(" ")
    return Kind.TIMESTAMPTZ, value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _boolean(text: str) -> bool:
    found = {"true": True, "false": False}.get(text.strip().lower())
    if found is None:
        raise ValueError(text)
    return found


def _whole(text: str) -> int:
    number = int(text) if re.fullmatch(r"[+-]?[0-9]{1,19}", text.strip()) else None
    if number is None or not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


def _double(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > 37:
        raise ValueError(text)
    return number


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else datetime.fromisoformat(f"{found.isoformat()}+00:00")


def _local(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(text)
    return found


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_READ: dict[Kind, Callable[[str], Value]] = {
    Kind.BOOLEAN: _boolean,
    Kind.BIGINT: _whole,
    Kind.DOUBLE: _double,
    Kind.DECIMAL: _decimal,
    Kind.VARCHAR: str,
    Kind.DATE: date.fromisoformat,
    Kind.TIMESTAMP: _local,
    Kind.TIMESTAMPTZ: _instant,
    Kind.BLOB: _bytes,
}
_EXAMPLES = {
    Kind.BOOLEAN: "true or false",
    Kind.BIGINT: "a whole number, as in 42",
    Kind.DOUBLE: "a number, as in 4.2",
    Kind.DECIMAL: "a number, as in 4.20",
    Kind.VARCHAR: "a text",
    Kind.DATE: "a date, as in 2026-01-31",
    Kind.TIMESTAMP: "a time, as in 2026-01-31T08:00:00",
    Kind.TIMESTAMPTZ: "a time, as in 2026-01-31T08:00:00Z",
    Kind.BLOB: "base64, as in Z29sZA==",
}
