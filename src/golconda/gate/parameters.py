"""A query's parameters: each becomes the literal of its value, as if the reader had written it there.

Nothing is spliced into text, and what follows, the lists, binding and compiling, sees a query without parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import Token, TokenType, exp

from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from golconda.kernel.given import Given

_CASTS = {
    Kind.DATE: exp.DType.DATE,
    Kind.TIMESTAMP: exp.DType.TIMESTAMP,
    Kind.TIMESTAMPTZ: exp.DType.TIMESTAMPTZ,
    Kind.BLOB: exp.DType.BLOB,
}


def marked(tokens: Iterable[Token]) -> list[Token]:
    """Return tokens with each ``?`` as ``$1``, ``$2`` …: a tree no longer tells the order in which they stood.

    A ``:name`` right after SELECT becomes ``$name``: the parser looks for the name of a column before the colon there.
    """
    result: list[Token] = []
    place = 0
    for token in tokens:
        where = (token.line, token.col, token.start, token.end)
        if token.token_type is TokenType.COLON and result and result[-1].token_type is TokenType.SELECT:
            result.append(Token(TokenType.PARAMETER, "$", *where))
            continue
        if token.token_type is not TokenType.PLACEHOLDER:
            result.append(token)
            continue
        place += 1
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
