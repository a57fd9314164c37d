"""Errors in the page's language: each that a page can meet has its Chinese sentence, with what it names kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from golconda.doors.portal.errors_spoken import places, said, sentences
from golconda.doors.portal.language import Phrases
from golconda.kernel.errors import InvalidInput, NotFound

from .reachable_codes import modules, reachable

if TYPE_CHECKING:
    from .browser import Browser

CHINESE = sentences("zh")
WRITING = re.compile(r"[\u4e00-\u9fff]")


def test_calls_are_followed_into_every_room() -> None:
    assert {"product-unknown", "terms-unknown-clause", "not-your-turn", "not-allowed", "token-expired"} <= set(
        reachable()
    )
    assert "port-in-use" not in reachable()


@pytest.mark.parametrize("code", sorted(reachable()))
def test_every_code_a_page_can_meet_has_its_chinese_sentence(code: str) -> None:
    for part in ("message", "hint"):
        assert all(WRITING.search(sentence) for sentence in CHINESE[code][part])


@pytest.mark.parametrize("code", sorted(CHINESE))
def test_sentences_name_only_what_errors_carry(code: str) -> None:
    holding = {name for name, module in modules().items() if f'"{code}"' in module.text}
    raising = reachable().get(code) or holding or {"golconda.kernel.errors"}
    text = "\n".join(modules()[name].text for name in raising)
    for sentence in (*CHINESE[code]["message"], *CHINESE[code]["hint"]):
        for place in places(sentence):
            assert re.search(rf"""\b{place}=|"{place}":""", text), (place, raising)


@pytest.mark.parametrize("code", sorted(CHINESE))
def test_the_last_next_step_needs_nothing(code: str) -> None:
    assert not places(CHINESE[code]["hint"][-1]) or CHINESE[code]["hint"][-1].count("{turn}"), CHINESE[code]


def test_no_sentence_is_for_a_code_that_is_nowhere() -> None:
    text = "\n".join(module.text for module in modules().values())
    assert [code for code in CHINESE if f'"{code}"' not in text and not code.endswith("-unknown")] == []


def test_names_and_values_are_kept_and_words_of_ours_translated() -> None:
    error = InvalidInput("agreement-state", "It is revoked.", hint="Look.", agreement="agr-0123456789", state="revoked")
    assert said(error, Phrases("zh")).message == "协议 agr-0123456789 的状态为“已撤销”，无法进行此操作。"


def test_the_sentence_with_the_most_to_tell_comes_first() -> None:
    bare = NotFound("version-unknown", "None.", hint="Choose.")
    full = NotFound("version-unknown", "None.", hint="Choose.", product="city/care", version=9)
    assert said(bare, Phrases("zh")).message == "没有这个版本。"
    assert said(full, Phrases("zh")).message == "city/care 没有第 9 版。"


def test_an_error_without_its_details_is_told_in_english_rather_than_with_gaps() -> None:
    error = NotFound("product-unknown", "There is no product.", hint="Check.")
    assert said(error, Phrases("zh")).language == "en"


def test_a_code_without_chinese_is_told_in_english_and_says_so() -> None:
    words = said(InvalidInput("port-in-use", "The port is in use.", hint="Take another."), Phrases("zh"))
    assert (words.message, words.language) == ("The port is in use.", "en")


def test_english_is_what_the_error_says() -> None:
    error = NotFound("product-unknown", "There is no product a/b.", hint="Check the name.", product="a/b")
    words = said(error, Phrases("en"))
    assert (words.message, words.hint) == (error.message, error.hint)


def test_braces_in_a_value_stay_text() -> None:
    error = NotFound("product-unknown", "None.", hint="Check.", product="{x}{0}")
    assert "{x}{0}" in said(error, Phrases("zh")).message


def test_an_error_page_in_chinese_holds_no_english_sentence(stranger: Browser) -> None:
    page = stranger.read("/products/nobody/nothing?lang=zh", 404)
    assert "没有产品 nobody/nothing。" in page.text
    assert "There is no" not in page.text
    assert not [found for found in page.elements if found.attributes.get("lang") == "en" and found.name == "div"]
