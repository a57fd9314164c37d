"""The mark: a cut diamond drawn in one stroke."""

from __future__ import annotations

from markupsafe import Markup

_PATH = "M4.5 9.5 8.5 4h7l4 5.5L12 20.5 4.5 9.5h15M8.5 4 12 9.5 15.5 4M9 9.5l3 11 3-11"


def mark() -> Markup:
    """Return the mark for use beside the name, which says what it is."""
    return Markup(
        '<svg class="mark" viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">'
        '<path d="{}" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round"'
        ' stroke-linecap="round"/></svg>'
    ).format(_PATH)


def icon() -> str:
    """Return the mark as a file of its own, for the browser's tab."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" '
        f'fill="#0a6b5d"/><path d="{_PATH}" fill="none" stroke="#fff" stroke-width="1.4" '
        'stroke-linejoin="round" stroke-linecap="round"/></svg>'
    )
