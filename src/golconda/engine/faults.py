"""Turns an engine's error into ours. The engine's own words are never passed on: they quote values and paths."""

from __future__ import annotations

import re

from golconda.kernel.errors import Defect, GolcondaError, InvalidInput, TryAgain

_SIGNATURE = re.compile(r"argument types '([A-Za-z0-9_ ()+\-*/%<>=!|&^,\[\].]*)'")


def translated(error: Exception) -> GolcondaError:
    """Return the error to raise instead; it depends on the kind of the fault and on the query, on no value."""
    kind = type(error).__name__
    said = str(error)
    if kind == "InterruptException" or "INTERRUPT" in said.upper():
        return TryAgain("query-stopped", "The query was stopped before it ended.", hint="Ask again.")
    if kind in {"OutOfMemoryException"} or "Out of Memory" in said:
        return InvalidInput(
            "query-too-large",
            "The query needs more memory or disk than one query may take.",
            hint="Read fewer columns or rows, or group before joining.",
        )
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


def _not_valid(said: str) -> InvalidInput:
    found = _SIGNATURE.search(said)
    what = f"it has no function {found[1]}" if found else "a type or a clause does not fit"
    return InvalidInput(
        "query-not-valid",
        f"The engine does not accept the query: {what}.",
        hint="Check the types, or cast explicitly.",
    )
