"""Where numbers lie: a line from end to end, a box over the middle, a tick in it."""

from __future__ import annotations

from markupsafe import Markup

WIDTH, HEIGHT = 160, 16
_MIDDLE = HEIGHT / 2


def strip(start: float, centre: float, end: float, *, label: str, says: str) -> Markup:
    """Return the strip; the three places are shares of its length, `says` puts the numbers in words."""
    left, tick, right = (round(_within(place) * WIDTH, 1) for place in (start, centre, end))
    return Markup(
        '<svg class="strip-plot" viewBox="-1 0 {} {}" width="{}" height="{}" role="img">'
        "<title>{}</title><desc>{}</desc>"
        '<path class="base" d="M0 {y}H{w}M0 {top}V{low}M{w} {top}V{low}"/>'
        '<rect class="middle" x="{}" y="3" width="{}" height="{}"/><path class="tick" d="M{} 1V{}"/></svg>'
    ).format(
        WIDTH + 2,
        HEIGHT,
        WIDTH + 2,
        HEIGHT,
        label,
        says,
        left,
        round(max(right - left, 1), 1),
        HEIGHT - 6,
        tick,
        HEIGHT - 1,
        y=_MIDDLE,
        w=WIDTH,
        top=_MIDDLE - 4,
        low=_MIDDLE + 4,
    )


def _within(place: float) -> float:
    return min(max(place, 0), 1)
