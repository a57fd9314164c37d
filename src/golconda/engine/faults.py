"""Turns an engine's error into ours. The engine's own words are never passed on: they quote values and paths."""

from __future__ import annotations

import re

from golconda.kernel.errors import Defect, GolcondaError, InvalidInput, TryAgain

_OUT_OF_MEMORY = {"OutOfMemoryException", "MemoryError", "ArrowMemoryError"}
_NO_MEMORY = ("Out of Memory", "bad_alloc", "failed to allocate", "malloc of size", "realloc of size")
_FATAL = {"InternalException", "FatalException", "SystemError", "RuntimeError"}
_SHOUTED = {"INTERNAL": "Internal", "FATAL": "Fatal", "INTERRUPT": "Interrupt"}
_THROUGH_ARROW = re.compile(r"([A-Za-z ]{2,30}) Error: ")
_SIGNATURE = re.compile(r"argument types '([A-Za-z0-9_ ()+\-*/%<>=!|&^,\[\].]*)'")


def translated(error: Exception) -> GolcondaError:
    """Return the error to raise instead; it depends on the kind of the fault and on the query, on no value."""
    kind = _kind(error)
    said = str(error)
    if kind == "InterruptException" or "INTERRUPT" in said.upper():
        return TryAgain("query-stopped", "The query was stopped before it ended.", hint="Ask again.")
    if is_out_of_memory(error):
        return too_large()
    if kind in {
        "BinderException",
        "ParserException",
        "SyntaxException",
        "CatalogException",
        "NotImplementedException",
    }:
        return _not_valid(said)
    if kind in {"IOException", "OSError", "FileNotFoundError"}:
        return TryAgain("files-unreachable", "The product's files cannot be read just now.", hint="Try again.")
    if kind in {"InternalException", "FatalException", "PermissionException"}:
        return Defect("engine-defect", "The engine broke on this query.", hint="Report it with the query's text.")
    return InvalidInput(
        "query-value-error",
        "The query fails on a value: a conversion, a range or an arithmetic error.",
        hint="Use TRY_CAST, or filter with a condition that cannot fail.",
    )


def _kind(error: Exception) -> str:
    """Return the engine's name for the kind of fault; through Arrow it comes as OSError, named in its first words."""
    found = _THROUGH_ARROW.match(str(error)) if isinstance(error, OSError) else None
    if found is None:
        return type(error).__name__
    name = found[1].replace(" ", "")
    return f"{_SHOUTED.get(name, name)}Exception"


def is_out_of_memory(error: Exception) -> bool:
    """Say whether memory or disk ran out, by whoever noticed: the engine, Arrow, the system."""
    said = str(error)
    return _kind(error) in _OUT_OF_MEMORY or any(words in said for words in _NO_MEMORY)


def is_fatal(error: Exception) -> bool:
    """Say whether the engine may be broken after this, so that its process should not go on."""
    return _kind(error) in _FATAL or is_out_of_memory(error)


def too_large() -> InvalidInput:
    """Return what is said of a query that takes more than one may."""
    return InvalidInput(
        "query-too-large",
        "The query needs more memory or disk than one query may take.",
        hint="Read fewer columns or rows, or group before joining.",
    )


def timed_out() -> TryAgain:
    """Return what is said of a query that takes longer than one may."""
    return TryAgain(
        "query-timeout",
        "The query ran longer than one query may.",
        hint="Read fewer rows or columns, or ask the node's administrator for more time.",
    )


def _not_valid(said: str) -> InvalidInput:
    found = _SIGNATURE.search(said)
    what = f"it has no function {found[1]}" if found else "a type or a clause does not fit"
    return InvalidInput(
        "query-not-valid",
        f"The engine does not accept the query: {what}.",
        hint="Check the types, or cast explicitly.",
    )
