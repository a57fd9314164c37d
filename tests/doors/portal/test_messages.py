"""Both languages say everything, and templates say nothing by themselves."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment

import golconda.doors.portal as portal
from golconda.doors.portal.language import LANGUAGES, Phrases, choose, messages

HERE = Path(portal.__file__).parent
TEMPLATES = sorted((HERE / "templates").rglob("*.html"))
SPOKEN = {"aria-label", "title", "placeholder", "alt", "label"}


def test_both_languages_have_the_same_messages() -> None:
    english, chinese = (set(messages(language)) for language in LANGUAGES)
    assert english == chinese
    assert all(text for language in LANGUAGES for text in messages(language).values())


def test_both_languages_fill_the_same_places() -> None:
    for key, text in messages("en").items():
        assert _places(text) == _places(messages("zh")[key]), key


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_message_is_used_and_every_used_one_is_there() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (*TEMPLATES, *HERE.rglob("*.py")))
    literal = set(re.findall(r"""\bt(?:\.count)?\('([a-z_.]+)'""", source))
    known = set(messages("en"))
    counted = {key.rpartition(".")[0] for key in known if key.endswith((".one", ".many"))}
    assert {key for key in literal if not key.endswith(".")} <= known | counted
    unused = {key for key in known if key not in source and key.rpartition(".")[0] not in source}
    assert {key for key in unused if key.split(".")[0] not in source} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_words_of_its_own(path: Path) -> None:
    tokens = Environment(autoescape=True).lex(path.read_text("utf-8"))
    markup = "".join(text for _, kind, text in tokens if kind == "data")
    found = _Words()
    found.feed(markup)
    assert found.words == []


class _Words(HTMLParser):
    """Collects text and spoken attributes that hold letters."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [f"{tag} {name}={value}" for name, value in attrs if name in SPOKEN and _has_letters(value)]

    def handle_data(self, data: str) -> None:
        if _has_letters(data):
            self.words.append(data.strip())


def _has_letters(text: str | None) -> bool:
    return any(character.isalpha() for character in text or "")


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "spoken"),
    [
        ("zh", "en", "en", "zh"),
        (None, "zh", "en", "zh"),
        (None, None, "zh-TW,en;q=0.4", "zh"),
        (None, None, "de, en;q=0.1, zh;q=0", "en"),
        ("fr", None, "", "en"),
        (None, None, "zh;q=x, en;q=0.5", "en"),
    ],
)
def test_the_language_is_the_first_wish_that_can_be_met(
    asked: str | None, kept: str | None, accepted: str, spoken: str
) -> None:
    assert choose(asked=asked, kept=kept, accepted=accepted) == spoken


def test_numbers_read_as_each_language_writes_them() -> None:
    assert [Phrases("en").compact(n) for n in (999, 12_345, 4_200_000, 7_000_000_000)] == [
        "999",
        "12.3 k",
        "4.2 M",
        "7 bn",
    ]
    assert [Phrases("zh").compact(n) for n in (9_999, 123_456, 120_000_000)] == ["9,999", "12.3 万", "1.2 亿"]


def test_a_share_is_never_rounded_to_nothing() -> None:
    assert Phrases("en").percent(1e-9) == "< 0.1 %"
    assert Phrases("en").percent(0.99999) == "> 99.9 %"


def test_a_title_falls_back_and_says_so() -> None:
    assert Phrases("zh").titled({"en": "Care"}).fallback
    assert not Phrases("zh").titled({"en": "Care", "zh": "就医"}).fallback
    assert Phrases("en").titled({}, "city/care").text == "city/care"
    assert Phrases("en").titled({"fr": "Soins"}).text == "Soins"


def test_an_unknown_message_is_a_defect() -> None:
    with pytest.raises(KeyError):
        Phrases("en")("no.such.message")
