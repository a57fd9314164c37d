"""Two languages as two flat message files, and how numbers, times and titles read in each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import TYPE_CHECKING

from golconda.kernel.clock import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "zh")

_STEPS = {"en": ((10**9, " bn"), (10**6, " M"), (10**3, " k")), "zh": ((10**8, " 亿"), (10**4, " 万"))}


@cache
def messages(language: str) -> Mapping[str, str]:
    """Return the messages of a language by key."""
    text = files("golconda.doors.portal").joinpath("messages", f"{language}.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def choose(*, asked: str | None, kept: str | None, accepted: str) -> str:
    """Return the language: what the address asks, else what the cookie keeps, else the browser's first known.

    >>> choose(asked=None, kept=None, accepted="fr;q=0.9, zh-CN;q=0.8, en;q=0.5")
    'zh'
    """
    for wish in (asked, kept, *_by_weight(accepted)):
        if wish and wish.lower().split("-")[0] in LANGUAGES:
            return wish.lower().split("-")[0]
    return LANGUAGES[0]


def _by_weight(accepted: str) -> list[str]:
    ranges = [part.partition(";") for part in accepted.split(",")]
    weighed = [(_weight(rest), name.strip()) for name, _, rest in ranges]
    return [name for weight, name in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]


def _weight(parameters: str) -> float:
    _, _, value = parameters.partition("q=")
    try:
        return float(value) if value else 1.0
    except ValueError:
        return 0.0


@dataclass(frozen=True, slots=True)
class Titled:
    """A title as it can be shown: `fallback` is true when it is not in the page's language."""

    text: str
    language: str
    fallback: bool


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's words, numbers and times."""

    language: str

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a message with its places filled; an unknown key is a defect and raises KeyError."""
        text = messages(self.language)[key]
        return text.format(**values) if values else text

    def known(self, key: str, otherwise: str) -> str:
        """Return a message for a word that data brings, or that word itself."""
        return messages(self.language).get(key, otherwise)

    def named(self, prefix: str) -> dict[str, str]:
        """Return all messages under a prefix by what follows it: a word list, such as the kinds of log entries."""
        start = f"{prefix}."
        return {key.removeprefix(start): text for key, text in messages(self.language).items() if key.startswith(start)}

    def count(self, key: str, number: int) -> str:
        """Return a counted phrase: ``key.one`` for one, else ``key.many``."""
        return self(f"{key}.{'one' if number == 1 else 'many'}", n=self.number(number))

    def number(self, value: object) -> str:
        """Return a number whole, with its thousands parted."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"

    def figure(self, value: object) -> str:
        """Return a measured number in four digits; parting thousands would make 2013 no year.

        >>> [Phrases("en").figure(value) for value in (2013.0, 0.08415, 248778.25, 12, "2013-01-01")]
        ['2013', '0.08415', '248,778', '12', '2013-01-01']
        """
        if not isinstance(value, float) or not isfinite(value):
            return str(value) if isinstance(value, float) else self.number(value)
        return f"{value:,.0f}" if 10**4 <= abs(value) < 10**15 else f"{value:.4g}"

    def compact(self, value: int) -> str:
        """Return a number in three digits with the language's own steps.

        >>> Phrases("en").compact(336776), Phrases("zh").compact(336776), Phrases("en").compact(9000)
        ('337 k', '33.7 万', '9,000')
        """
        for step, unit in _STEPS[self.language]:
            if value >= max(step, 10_000):
                return f"{value / step:.3g}{unit}"
        return f"{value:,}"

    def percent(self, part: float) -> str:
        """Return a share of one, never rounded to nothing or to all of it.

        >>> [Phrases("en").percent(part) for part in (0, 0.00001, 0.123, 0.9999, 1)]
        ['0 %', '< 0.1 %', '12.3 %', '> 99.9 %', '100 %']
        """
        if 0 < part < 0.001:
            return "< 0.1 %"
        if 0.999 < part < 1:
            return "> 99.9 %"
        return f"{part * 100:.1f}".removesuffix(".0") + " %"

    def size(self, count: int) -> str:
        """Return bytes in the unit that leaves at most three digits before the point."""
        amount, units = float(count), iter(("B", "KB", "MB", "GB", "TB"))
        unit = next(units)
        while amount >= 1000 and unit != "TB":
            amount, unit = amount / 1000, next(units)
        return f"{amount:.3g} {unit}"

    def day(self, text: str | None) -> str:
        """Return the date of a stamp, in UTC."""
        return moment(text).strftime("%Y-%m-%d") if text else "–"

    def minute(self, text: str | None) -> str:
        """Return date and time of a stamp, in UTC."""
        return moment(text).strftime("%Y-%m-%d %H:%M UTC") if text else "–"

    def titled(self, title: Mapping[str, str] | str | None, otherwise: str = "") -> Titled:
        """Return a title in this language, else in the one it has, marked as such."""
        if isinstance(title, str):
            return Titled(title or otherwise, self.language, fallback=False)
        for language in (self.language, *LANGUAGES, *(title or {})):
            if title and title.get(language):
                return Titled(title[language], language, fallback=language != self.language)
        return Titled(otherwise, self.language, fallback=False)

    def second(self, title: Mapping[str, str] | str | None) -> Titled | None:
        """Return the title in the other language where the first is in this one."""
        if isinstance(title, str) or not title or not title.get(self.language):
            return None
        others = [Titled(text, name, fallback=False) for name, text in title.items() if name != self.language and text]
        return others[0] if others and others[0].text != title[self.language] else None
