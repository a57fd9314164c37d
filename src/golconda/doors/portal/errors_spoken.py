"""What a person reads of an error: the sentence and next step of its code in the page's language.

English is what the error says itself. Chinese stands beside the other messages, by code; each code has one or more
sentences, and the first whose places the error's details fill is used. A code that has none is said in English.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from golconda.doors.portal.language import Phrases
    from golconda.kernel.errors import GolcondaError

ITSELF = "en"  # the language of the errors themselves
WORDS = ("state", "action")  # details whose values are words of ours; other values are names and stay


@dataclass(frozen=True, slots=True)
class Said:
    """An error in words; `language` is not the page's where its code has no words there."""

    code: str
    message: str
    hint: str
    language: str


@cache
def sentences(language: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return the sentences by code: under ``message`` and ``hint``, the most telling first."""
    text = files("golconda.doors.portal").joinpath("messages", f"errors.{language}.json").read_text("utf-8")
    found: dict[str, dict[str, list[str]]] = json.loads(text)
    return found


def places(sentence: str) -> frozenset[str]:
    """Return the names of a sentence's places."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name)


def said(error: GolcondaError, phrases: Phrases) -> Said:
    """Return an error in the language of the phrases, or in its own."""
    known = {} if phrases.language == ITSELF else sentences(phrases.language).get(error.code, {})
    filled = {name: _shown(name, value, phrases) for name, value in error.details.items() if value not in (None, [])}
    message, hint = (_first(known.get(part, ()), filled) for part in ("message", "hint"))
    if message is None or hint is None:
        return Said(error.code, error.message, error.hint, ITSELF)
    return Said(error.code, message, hint, phrases.language)


def _first(choices: Sequence[str], values: Mapping[str, str]) -> str | None:
    fitting = (choice for choice in choices if places(choice) <= values.keys())
    return next((choice.format(**values) for choice in fitting), None)


def _shown(name: str, value: Any, phrases: Phrases) -> str:  # value: JSON
    if name in WORDS:
        return phrases.known(f"{name}.{value}" if name == "state" else f"may.{value}", str(value))
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
