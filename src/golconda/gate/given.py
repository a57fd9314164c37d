"""Values given for a query's parameters: each becomes a literal in the tree, as if the reader had written it there.

Nothing is spliced into text, and what follows, the lists, binding and compiling, sees a query without parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import Token, TokenType, exp

from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

Value = bool | int | float | Decimal | str | bytes | date | datetime | None

_CASTS = {
    Kind.DATE: exp.DType.DATE,
    Kind.TIMESTAMP: exp.DType.TIMESTAMP,
    Kind.TIMESTAMPTZ: exp.DType.TIMESTAMPTZ,
    Kind.BLOB: exp.DType.BLOB,
}


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


def numbered(tokens: Iterable[Token]) -> list[Token]:
    """Return tokens with each ``?`` as ``$1``, ``$2`` …: a tree no longer tells the order in which they stood."""
    result: list[Token] = []
    place = 0
    for token in tokens:
        if token.token_type is not TokenType.PLACEHOLDER:
            result.append(token)
            continue
        place += 1
        where = (token.line, token.col, token.start, token.end)
        result += [Token(TokenType.PARAMETER, "$", *where), Token(TokenType.NUMBER, str(place), *where)]
    return result


def names(tree: exp.Expr) -> tuple[str, ...]:
    """Return the names of a tree's parameters, each once."""
    found = dict.fromkeys(str(slot.name) for slot in tree.find_all(exp.Placeholder))
    return tuple(sorted(found, key=lambda name: (int(name) if name.isdecimal() else 0, name)))


def fill(tree: exp.Expr, values: Sequence[Given]) -> None:
    """Put each value in its parameter's places, or raise ``parameters-unfit`` where one is left over on either side."""
    known = {value.name: value for value in values}
    wanted = names(tree)
    if set(wanted) != set(known):
        raise unfit(wanted, tuple(known))
    for slot in list(tree.find_all(exp.Placeholder)):
        if isinstance(slot.parent, exp.Table):
            raise unfit(wanted, tuple(known))
        slot.replace(_literal(known[str(slot.name)]))


def unfit(wanted: Sequence[str], got: Sequence[str]) -> InvalidInput:
    """Return the refusal of values that are not those a query asks for."""
    return InvalidInput(
        "parameters-unfit",
        f"The query takes {_listed(wanted)}, and {_listed(got)} came.",
        hint="Give one value for each ? or each name, and none besides; a table cannot be one.",
    )


def _listed(found: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in found[:10])
    return f"the parameters {shown}" if found else "no parameters"


def _literal(value: Given) -> exp.Expr:
    text = value.text
    if text is None:
        return exp.Null()
    if value.kind is Kind.BOOLEAN:
        return exp.Boolean(this=text == "true")
    if value.kind in _CASTS:
        return exp.Cast(this=exp.Literal.string(text), to=exp.DataType(this=_CASTS[value.kind]))
    if value.kind is Kind.VARCHAR:
        return exp.Literal.string(text)
    return _number(value.kind, text)


def _number(kind: Kind, text: str) -> exp.Expr:
    digits = text.removeprefix("-")
    if not digits[0].isdigit():  # inf and nan have no digits
        return exp.Cast(this=exp.Literal.string(text), to=exp.DataType(this=exp.DType.DOUBLE))
    if kind is Kind.DOUBLE and "e" not in digits:
        digits += "e0"
    number = exp.Literal.number(digits)
    return exp.Paren(this=exp.Neg(this=number)) if text.startswith("-") else number
