"""The root compiler: what a decision demands of the result. Rules in order; each rewrites the tree in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.gate.root import asked, minimum_group

if TYPE_CHECKING:
    from golconda.gate.binding.work import Work

RULES = (asked.apply, minimum_group.apply)


def protect_result(work: Work) -> None:
    """Rewrite the bound tree so that its result obeys the obligations."""
    for rule in RULES:
        rule(work)
