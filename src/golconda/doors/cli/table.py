"""A table as the terminal has room for it: ruled, or row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from golconda.doors.cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NARROWEST = 8  # letters of a column whose cells are broken over lines
_BETWEEN = 3  # letters between two columns
_ENDLESS = 10_000


def tabulate(
    headings: Iterable[str],
    rows: Iterable[Iterable[Any]],
    *,
    right: frozenset[int] = frozenset(),
    whole: frozenset[int] = frozenset(),
) -> None:
    """Draw a table; `right` columns are aligned right, `whole` ones are never broken over lines.

    A terminal too narrow for its columns gets its rows one below the other; what is no terminal has no end of line.
    """
    named, cells = tuple(headings), [[_cell(value) for value in row] for row in rows]
    room = terminal.width()
    if room is not None and _least(named, cells, whole) > room:
        click.echo(_listed(named, cells))
    else:
        _ruled(named, cells, right=right, whole=whole, room=room or _ENDLESS)


def _least(headings: Sequence[str], cells: Sequence[Sequence[str]], whole: frozenset[int]) -> int:
    """Return the letters a line needs if whole columns are kept whole, and others are not made too narrow to read."""
    from rich.cells import cell_len

    longest = [max(map(cell_len, column)) for column in zip(headings, *cells, strict=True)]
    return sum(
        _BETWEEN + (length if index in whole else min(length, max(_NARROWEST, cell_len(headings[index]))))
        for index, length in enumerate(longest)
    )


def _listed(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    rows = (
        "\n".join(f"{heading}: {cell}" if heading else cell for heading, cell in zip(headings, row, strict=True))
        for row in cells
    )
    return "\n\n".join(rows) + "\n"


def _ruled(
    headings: Sequence[str],
    cells: Sequence[Sequence[str]],
    *,
    right: frozenset[int],
    whole: frozenset[int],
    room: int,
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, heading in enumerate(headings):
        drawn.add_column(
            heading, justify="right" if index in right else "left", overflow="fold", no_wrap=index in whole
        )
    for row in cells:
        drawn.add_row(*map(Text, row))
    Console(highlight=False, soft_wrap=False, width=room).print(drawn)


def _cell(value: Any) -> str:  # any JSON value
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
