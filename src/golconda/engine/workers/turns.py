"""Whose query runs next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def next_turn(
    waiting: Sequence[str], *, running: Mapping[str, int], served: Mapping[str, int], most: int
) -> int | None:
    """Return which of those who wait goes next, by place in the line; None where none may.

    That of the organisation with the fewest queries running; among these, of the one whose last turn is longest ago;
    of one organisation, who came first. `served` numbers turns as they are taken.

    >>> next_turn(["acme", "acme", "other"], running={"acme": 1}, served={"acme": 1}, most=2)
    2
    """
    fit = [at for at, whose in enumerate(waiting) if may_run(whose, running=running, most=most)]
    return min(fit, key=lambda at: (running.get(waiting[at], 0), served.get(waiting[at], 0), at), default=None)


def may_run(organisation: str, *, running: Mapping[str, int], most: int) -> bool:
    """Say whether an organisation may have one more running: beyond the usual number only who has none at all."""
    return not running.get(organisation) or sum(running.values()) < most
