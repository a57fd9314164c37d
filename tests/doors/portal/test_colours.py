"""Contrast, computed from the style sheet's tokens, in both themes (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re

import pytest

from golconda.doors.portal.render import style

SHEET = style().decode()
PAIR = re.compile(r"--([a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
TOKENS = {name: (light, dark) for name, light, dark in PAIR.findall(SHEET)}
FALLBACK = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", SHEET))

TEXT = [
    *((ink, ground) for ink in ("ink", "ink2", "accent", "bad") for ground in ("bg", "surface", "sunken")),
    *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "info")),
    *(("ink", f"{tone}-soft") for tone in ("good", "warn", "bad")),
    ("accent", "soft"),
    ("accent-ink", "accent"),
]
SHAPES = [
    *(("border", ground) for ground in ("bg", "surface")),
    *((tone, "surface") for tone in ("accent", "good", "warn", "bad")),
]


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2, definition)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT, ids="-on-".join)
def test_text_can_be_read(ink: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[ink][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES, ids="-on-".join)
def test_controls_and_shapes_can_be_seen(shape: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[shape][theme], TOKENS[ground][theme]) >= 3


def test_old_engines_get_the_light_theme() -> None:
    assert {name: light for name, (light, _) in TOKENS.items()} == FALLBACK


def test_no_colour_stands_outside_the_tokens() -> None:
    rules = SHEET[SHEET.index("*, ::before") :]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", rules) == []
