"""How wrong names are refused: alike for what is hidden and what was never there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput, NotFound, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable


def column_unknown(name: str, known: Iterable[str]) -> NotFound:
    """Return the error for a column that V lacks, be it withheld or misspelt."""
    return NotFound(
        "column-unknown", f"There is no column {name!r}.", hint=f"Name one in sight: {nearest(name, known)}."
    )


def table_unknown(name: str, known: Iterable[str]) -> NotFound:
    """Return the error for a table that is not there or not the reader's."""
    return NotFound(
        "table-unknown", f"There is no table {name}.", hint=f"Name one you may read: {nearest(name, known)}."
    )


def ambiguous(name: str, sources: Iterable[str]) -> InvalidInput:
    """Return the error for a name that more than one source has."""
    return InvalidInput(
        "sql-name-ambiguous",
        f"{name!r} could be of {' or '.join(sources)}.",
        hint="Write the table's name or alias before it.",
    )


def construct(what: str, *, hint: str) -> InvalidInput:
    """Return the error for a construct that is not answered."""
    return InvalidInput("sql-construct-refused", f"The query uses {what}, which is not answered.", hint=hint)
