"""Answers side by side: equal as multisets, in order where the order is total, and errors by their code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from golconda.engine.faults import translated
from golconda.kernel.errors import GolcondaError
from golconda.testing.fuzzing.tables import CANARY

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.testing.fuzzing.world import World

ORDERED = ") AS top ORDER BY ALL"
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a query ended: `code` is empty where there are rows; `said` is all that the asker was told."""

    rows: tuple[str, ...] = ()
    code: str = ""
    said: str = ""

    @property
    def kind(self) -> str:
        """Return a word for it."""
        return self.code or "rows"


def outcome(
    run: Callable[[], Rows], *, ordered: bool = False, value: Callable[[Any], Any] = lambda one: one
) -> Outcome:
    """Run and say how it ended, as a reader is told; the engine's own errors are translated as the node does."""
    try:
        found = [repr(tuple(plain(value(each)) for each in row)) for row in run()]
    except GolcondaError as error:
        return Outcome(code=error.code, said=f"{error.message} {error.hint}")
    except (duckdb.Error, UnicodeError) as error:  # the engine cuts the values it quotes inside of letters
        return Outcome(code=translated(error).code)
    return Outcome(tuple(found if ordered else sorted(found)))


def plain(value: Any) -> Any:
    """Return a value without what the order of addition leaves in its last digits."""
    return float(f"{round(value, 9):.7g}") + 0.0 if isinstance(value, float) else value


def compared(world: World, sql: str, *, native: bool) -> tuple[Outcome, Outcome]:
    """Return the governed outcome of a query, and the one over the views."""
    ordered = ORDERED in sql
    return (
        outcome(lambda: world.answer(sql, native=native), ordered=ordered),
        outcome(lambda: world.expected(sql), ordered=ordered),
    )


def difference(governed: Outcome, expected: Outcome) -> str | None:
    """Return what is wrong, or None."""
    if CANARY in governed.said or any(CANARY in row for row in governed.rows):
        return "a canary"
    if governed.code and expected.code:
        return (
            None if _is_early(governed) or governed.code == expected.code else f"{governed.code}, not {expected.code}"
        )
    if governed.code != expected.code:
        return f"{governed.kind}, over V {expected.kind}"
    return "other rows" if governed.rows != expected.rows else None


def _is_early(governed: Outcome) -> bool:
    """Say whether the gate refused before anything ran, so that no row can have been felt."""
    return not governed.code.startswith(("query-", "engine-", "files-"))
