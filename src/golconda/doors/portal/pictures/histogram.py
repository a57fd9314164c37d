"""Counts per interval as a row of small bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 120, 28


def histogram(counts: Sequence[float], *, label: str, says: str) -> Markup:
    """Return bars as tall as the counts; `label` names the picture, `says` puts it in words."""
    top = max(counts, default=0)
    if top <= 0:
        return Markup()
    step = WIDTH / len(counts)
    gap = 1 if step >= 4 else 0
    bars = Markup("").join(
        _bar(round(place * step, 2), round(step - gap, 2), round(count / top * (HEIGHT - 2), 2))
        for place, count in enumerate(counts)
        if count > 0
    )
    return Markup(
        '<svg class="histogram" viewBox="0 0 {} {}" width="{}" height="{}" role="img">'
        "<title>{}</title><desc>{}</desc>"
        '<path class="base" d="M0 {}H{}"/>{}</svg>'
    ).format(WIDTH, HEIGHT, WIDTH, HEIGHT, label, says, HEIGHT - 0.5, WIDTH, bars)


def _bar(x: float, width: float, height: float) -> Markup:
    tall = max(height, 1)
    return Markup('<rect x="{}" y="{}" width="{}" height="{}"/>').format(x, round(HEIGHT - 1 - tall, 2), width, tall)
