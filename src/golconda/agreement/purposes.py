"""Purposes: a hierarchical list of codes with titles. Whoever may use data for a purpose may for its narrower
ones.

    >>> listed = standard()
    >>> listed.covers(("public-health",), "epidemic-statistics"), listed.covers(("linkage",), "research")
    (True, False)
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from golconda.agreement import strict_yaml
from golconda.agreement.terms_file import PURPOSE_CODE
from golconda.kernel.errors import InvalidInput, near, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Purpose:
    """A code, its titles by language, and the code of the broader purpose, None at the top."""

    code: str
    titles: Mapping[str, str]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class PurposeList:
    """The purposes of a node, broader ones before their narrower ones."""

    purposes: tuple[Purpose, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Return all codes in the list's order."""
        return tuple(purpose.code for purpose in self.purposes)

    def purpose(self, code: str) -> Purpose:
        """Return a purpose, or raise ``purpose-unknown``."""
        for purpose in self.purposes:
            if purpose.code == code:
                return purpose
        raise InvalidInput(
            "purpose-unknown",
            f"The purpose {code!r} is not on this node's list.",
            hint=f"Choose one that is: {nearest(code, self.codes)}.",
            purpose=code,
            near=near(code, self.codes),
        )

    def broader(self, code: str) -> tuple[str, ...]:
        """Return the code and all that include it, narrowest first."""
        found = self.purpose(code)
        return (code, *(self.broader(found.parent) if found.parent else ()))

    def narrower(self, code: str) -> tuple[str, ...]:
        """Return the code and all it includes, in the list's order."""
        self.purpose(code)
        return tuple(other for other in self.codes if code in self.broader(other))

    def covers(self, allowed: Iterable[str] | None, asked: str) -> bool:
        """Say whether the allowed purposes, None for any, include the one asked for."""
        including = self.broader(asked)
        return allowed is None or not set(including).isdisjoint(allowed)

    def common(self, first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
        """Return the broadest purposes that both cover, sorted."""
        one, other = set(first), set(second)
        both = {code for code in one if self.covers(other, code)}
        both |= {code for code in other if self.covers(one, code)}
        return tuple(sorted(code for code in both if both.isdisjoint(self.broader(code)[1:])))

    def documents(self) -> list[dict[str, Any]]:
        """Return the list as readers get it."""
        return [
            {"code": purpose.code, "title": dict(purpose.titles), "parent": purpose.parent} for purpose in self.purposes
        ]


def read(text: str) -> PurposeList:
    """Read a purpose list from YAML, or raise ``purposes-invalid``."""
    purposes = tuple(_purposes(strict_yaml.load(text, what="The purpose list"), parent=None))
    codes = [purpose.code for purpose in purposes]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise _invalid(f"names {twice[0]!r} twice")
    return PurposeList(purposes)


def standard() -> PurposeList:
    """Return the list a node begins with."""
    return read(files("golconda.agreement").joinpath("purposes.yaml").read_text(encoding="utf-8"))


def _purposes(entries: Any, *, parent: str | None) -> Iterator[Purpose]:
    if not isinstance(entries, list):
        raise _invalid("is not a list")
    for entry in entries:
        if not isinstance(entry, dict) or not {"code"} <= set(entry) <= {"code", "title", "narrower"}:
            raise _invalid("has an entry without a code, or with more than code, title and narrower")
        code = _code(entry["code"])
        yield Purpose(code, _titles(entry.get("title", code)), parent)
        yield from _purposes(entry.get("narrower", []), parent=code)


def _code(value: Any) -> str:
    if isinstance(value, str) and PURPOSE_CODE.fullmatch(value):
        return value
    raise _invalid(f"has the code {value!r}, which is not small letters, digits and hyphens")


def _titles(value: Any) -> dict[str, str]:
    titles = value if isinstance(value, dict) else {"en": value}
    if titles and all(isinstance(text, str) for text in titles.values()):
        return dict(titles)
    raise _invalid("has a title that is no text")


def _invalid(problem: str) -> InvalidInput:
    return InvalidInput(
        "purposes-invalid",
        f"The purpose list {problem}.",
        hint="Each entry has a code, a title and perhaps narrower entries.",
    )
