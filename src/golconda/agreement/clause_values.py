"""The values of clauses, each checked as it is read: what is not as it should be is refused with what is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import InvalidInput, near, nearest
from golconda.kernel.names import column_name, repeated

if TYPE_CHECKING:
    from collections.abc import Callable

    Document = Mapping[str, Any]  # values are JSON

MOST = 2**53 - 1  # what canonical JSON carries exactly


def mapping(value: Any, place: str, known: tuple[str, ...]) -> Document:
    """Return clauses by name, or raise ``terms-unknown-clause``."""
    if not isinstance(value, Mapping):
        raise wrong(place, value, f"clauses by name: {', '.join(known)}")
    for name in value:
        if name not in known:
            raise InvalidInput(
                "terms-unknown-clause",
                f"There is no clause {str(name)!r} in {place}.",
                hint=f"Nothing is ignored in terms: {nearest(str(name), known)}.",
                name=str(name),
                near=near(str(name), known),
            )
    return value


def each(clauses: Document, name: str, item: Callable[[Any, str], str]) -> tuple[str, ...] | None:
    """Return a clause's list, each once and in order; None where the clause is absent."""
    if name not in clauses:
        return None
    value = clauses[name]
    if not isinstance(value, list):
        raise wrong(name, value, "a list")
    return tuple(sorted({item(one, name) for one in value}))


def sentences(value: Any, place: str) -> tuple[str, ...]:
    """Return one text or several, each once and in order."""
    written = value if isinstance(value, list) else [value]
    return tuple(sorted({text(one, place, "a text") for one in written}))


def column(value: Any, place: str) -> str:
    """Return a column's name."""
    return column_name(text(value, place, "a column's name, in quotes if it is a number"))


def text(value: Any, place: str, wanted: str) -> str:
    """Return printable text on one line."""
    flat = " ".join(value.split()) if isinstance(value, str) else ""
    if flat and flat.isprintable():
        return flat
    raise wrong(place, value, wanted)


def whole(value: Any, place: str, *, least: int) -> int:
    """Return a whole number that canonical JSON carries exactly."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST:
        return value
    raise wrong(place, value, f"a whole number from {least} to {MOST}")


def choice(value: Any, place: str, known: tuple[str, ...]) -> str:
    """Return one of the words that are known."""
    if isinstance(value, str) and value in known:
        return value
    raise wrong(place, value, f"one of {', '.join(known)}")


def matching(value: Any, place: str, pattern: str, wanted: str) -> str:
    """Return text of a pattern."""
    if isinstance(value, str) and re.fullmatch(pattern, value):
        return value
    raise wrong(place, value, wanted)


def distinct(names: list[str], place: str) -> list[str]:
    """Return names of which no two are one, case aside."""
    if twice := repeated(names):
        raise wrong(place, twice[0], "each column once, without regard to case")
    return names


def too_large(value: float | str) -> bool:
    """Say whether a number is beyond what canonical JSON carries exactly."""
    return isinstance(value, int | float) and not abs(value) <= MOST  # not a number is neither


def wrong(place: str, value: Any, wanted: str) -> InvalidInput:
    """Return the refusal of a value, with what is wanted."""
    shown = str(value) if len(str(value)) <= 60 else f"{str(value)[:57]}…"
    message = f"The clause {place} cannot be {shown!r}."
    return InvalidInput("terms-value", message, hint=f"It wants {wanted}.", clause=place, value=shown)
