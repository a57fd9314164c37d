"""Whose query runs next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def next_turn(waiting: Sequence[str], *, running: Mapping[str, int], served: Mapping[str, int]) -> int:
    """Return which of those who wait goes next, by place in the line.

    That of the organisation with the fewest queries running; among these, of the one whose last turn is longest ago;
    of one organisation, who came first. `served` numbers turns as they are taken.

    >>> next_turn(["acme", "acme", "other"], running={"acme": 1}, served={"acme": 1})
    2
    """
    return min(range(len(waiting)), key=lambda at: (running.get(waiting[at], 0), served.get(waiting[at], 0), at))


def is_crowded_out(organisation: str, *, running: Mapping[str, int]) -> bool:
    """Say whether an organisation has nothing running while others have."""
    return not running.get(organisation, 0)
