"""Templates: one environment per language, escaping everything, failing on any unknown name."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from golconda.doors.portal import errors_spoken
from golconda.doors.portal.catalogue_view import Figures, offer_kinds, product_kinds
from golconda.doors.portal.language import LANGUAGES, Phrases
from golconda.doors.portal.pictures.bar import bar
from golconda.doors.portal.pictures.histogram import histogram
from golconda.doors.portal.pictures.mark import mark
from golconda.doors.portal.pictures.ring import ring
from golconda.doors.portal.pictures.strip import strip


@cache
def environment(language: str) -> Environment:
    """Return the templates as they speak this language."""
    made = Environment(
        loader=PackageLoader("golconda.doors.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    phrases = Phrases(language)
    made.globals.update(
        t=phrases,
        said=partial(errors_spoken.said, phrases=phrases),
        languages=LANGUAGES,
        figures=Figures.of,
        kinds=offer_kinds,
        product_kinds=product_kinds,
        mark=mark,
        bar=bar,
        histogram=histogram,
        ring=ring,
        strip=strip,
        style_version=style_version(),
    )
    return made


def render(language: str, template: str, context: dict[str, Any]) -> str:
    """Return a page's text."""
    return environment(language).get_template(template).render(context)


@cache
def style() -> bytes:
    """Return our one style sheet."""
    return files("golconda.doors.portal").joinpath("static", "portal.css").read_bytes()


@cache
def style_version() -> str:
    """Return a mark of the style sheet's content, so that browsers may keep it for good."""
    return hashlib.sha256(style()).hexdigest()[:12]
