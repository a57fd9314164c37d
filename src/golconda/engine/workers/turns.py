"""Whose query runs next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_LATE, _CROWDED_OUT = 3, 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many queries run at once: `most` as a rule, more where somebody would wait for long.

    A query whose reader takes its time needs a worker and hardly a core, so that cores are no bound by themselves.
    """

    most: int

    @property
    def late(self) -> int:
        """Return the bound for those who have waited for a while."""
        return _LATE * self.most

    @property
    def crowded_out(self) -> int:
        """Return the bound for those whose organisation has nothing running."""
        return _CROWDED_OUT * self.most

    def allow(self, running: Mapping[str, int], organisation: str, *, is_late: bool) -> bool:
        """Say whether an organisation may have one more running."""
        if not running.get(organisation):
            return True  # pool.py starts no workers beyond `crowded_out`
        return sum(running.values()) < (self.late if is_late else self.most)


def next_turn(
    waiting: Sequence[str],
    *,
    running: Mapping[str, int],
    served: Mapping[str, int],
    bounds: Bounds,
    late: Collection[int] = (),
) -> int | None:
    """Return which of those who wait goes next, by place in the line; None where none may.

    That of the organisation with the fewest queries running; among these, of the one whose last turn is longest ago;
    of one organisation, who came first. `served` numbers turns as they are taken; `late`: places of those who have
    waited for a while.

    >>> next_turn(["acme", "acme", "other"], running={"acme": 1}, served={"acme": 1}, bounds=Bounds(2))
    2
    """
    fit = [at for at, whose in enumerate(waiting) if bounds.allow(running, whose, is_late=at in late)]
    return min(fit, key=lambda at: (running.get(waiting[at], 0), served.get(waiting[at], 0), at), default=None)
