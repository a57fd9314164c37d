"""A score from 0 to 100 as a ring with the number in it."""

from __future__ import annotations

from math import pi

from markupsafe import Markup

GOOD, WATCH = 85, 65
_RADIUS = 19


def tone(score: float | None) -> str:
    """Return good, watch or poor; not measured is its own answer and not a bad one.

    >>> tone(97), tone(70), tone(12), tone(None)
    ('good', 'warn', 'bad', 'none')
    """
    if score is None:
        return "none"
    return "good" if score >= GOOD else "warn" if score >= WATCH else "bad"


def ring(score: float | None, *, label: str) -> Markup:
    """Return the ring; `label` says the same in words."""
    around = 2 * pi * _RADIUS
    share = 0 if score is None else min(max(score, 0), 100) / 100
    text = "–" if score is None else f"{score:.0f}"
    return Markup(
        '<svg class="ring tone-{}" viewBox="0 0 46 46" width="46" height="46" role="img" aria-label="{}">'
        '<circle class="rail" cx="23" cy="23" r="{}"/>'
        '<circle class="fill" cx="23" cy="23" r="{}" stroke-dasharray="{} {}" transform="rotate(-90 23 23)"/>'
        '<text x="23" y="27.5" text-anchor="middle">{}</text></svg>'
    ).format(tone(score), label, _RADIUS, _RADIUS, round(share * around, 2), round(around, 2), text)
