"""A share of a whole as one bar: what is used, and what is reserved beyond it."""

from __future__ import annotations

from markupsafe import Markup

WIDTH, HEIGHT = 200, 8


def bar(used: float, *, reserved: float = 0, tone: str = "accent") -> Markup:
    """Return a bar for two shares of one; it is decoration, the numbers stand beside it as text."""
    first = _within(used)
    second = min(_within(reserved), 1 - first)
    return Markup(
        '<svg class="bar tone-{}" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rail" width="{}" height="{}"/>'
        '<rect class="fill" width="{}" height="{}"/><rect class="held" x="{}" width="{}" height="{}"/></svg>'
    ).format(
        tone,
        WIDTH,
        HEIGHT,
        WIDTH,
        HEIGHT,
        _px(first, at_least=first > 0),
        HEIGHT,
        _px(first),
        _px(second),
        HEIGHT,
    )


def _within(share: float) -> float:
    return min(max(share, 0), 1)


def _px(share: float, *, at_least: bool = False) -> float:
    return round(max(share * WIDTH, 2 if at_least else 0), 1)
