"""The shape compiler: is the query of a form that the obligations allow? Rules in order; each refuses or passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.gate.shape import aggregate_only, calendar

if TYPE_CHECKING:
    from golconda.gate.binding.work import Work

RULES = (calendar.keep_dates_inside, aggregate_only.check)


def check_shape(work: Work) -> None:
    """Raise AccessRefused, naming the clause, if the query is of no allowed form."""
    for rule in RULES:
        rule(work)
