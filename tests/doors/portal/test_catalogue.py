"""The catalogue: search, facets, rows, paging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.doors.portal.catalogue_view import Page, facets

from .fake_exchange import FakeExchange, demonstration

if TYPE_CHECKING:
    from .browser import Browser


def test_a_stranger_sees_every_listed_product_with_its_facts(stranger: Browser) -> None:
    page = stranger.read("/")
    assert len(page.classed("row")) == 10
    first = page.classed("row")[0].text
    for fact in ("Flight operations 2013", "2013年航班运行", "Civil Aviation Data Centre", "L2 Shared", "342 k", "16"):
        assert fact in first


def test_search_shows_the_columns_that_matched(stranger: Browser) -> None:
    page = stranger.read("/?q=delay")
    (row,) = page.classed("row")
    assert "dep_delay" in row.text
    assert page.all("input", name="q")[0].attributes["value"] == "delay"


def test_a_search_in_chinese_finds_a_chinese_title(stranger: Browser) -> None:
    assert "Flight operations 2013" in stranger.read("/?q=航班").classed("row")[0].text


def test_a_facet_narrows_and_its_choice_can_be_removed(stranger: Browser) -> None:
    page = stranger.read("/?domain=health&grade=open")
    (row,) = page.classed("row")
    assert "Births and city cancer study" in row.text
    assert [chip.attributes["href"] for chip in page.classed("chip")] == ["/?grade=open", "/?domain=health"]


def test_a_facet_counts_what_its_choice_would_leave() -> None:
    domains, grades, _ = facets(list(demonstration().values()), {"domain": "health"})
    assert {choice.value: choice.count for choice in grades.choices} == {"open": 1, "restricted": 2, "personal": 1}
    assert {choice.value: choice.count for choice in domains.choices}["industry"] == 2


def test_facets_work_as_a_plain_form(stranger: Browser) -> None:
    page = stranger.read("/?grade=open")
    checked = [radio.attributes for radio in page.all("input", type="radio") if "checked" in radio.attributes]
    assert {radio["name"]: radio["value"] for radio in checked} == {"domain": "", "grade": "open", "organisation": ""}
    assert page.all("form", method="get")[0].attributes["action"] == "/"


def test_a_title_in_the_other_language_alone_carries_a_mark(stranger: Browser) -> None:
    page = stranger.read("/?q=水稻")
    (mark,) = page.classed("fallback")
    assert mark.attributes["title"] == "Only in Chinese"
    assert any(span.attributes.get("lang") == "zh" and span.text == "水稻保险参保" for span in page.all("span"))


def test_nothing_found_says_what_to_do(stranger: Browser) -> None:
    page = stranger.read("/?q=nothing-like-this")
    assert "No product matches" in page.text
    assert "/" in page.links()


def test_nothing_published_says_how_to_publish(stranger: Browser, exchange: FakeExchange) -> None:
    exchange.products.clear()
    assert "golconda publish" in stranger.read("/").text


def test_my_state_stands_in_the_row(reader: Browser) -> None:
    mine = [row.text for row in reader.read("/").classed("row") if "Yours" in row.text]
    assert len(mine) == 2


def test_pages_are_linked_and_keep_the_search(stranger: Browser, exchange: FakeExchange) -> None:
    template = exchange.products["environment/airport_weather"]
    exchange.products |= {f"environment/w{n}": {**template, "name": f"environment/w{n}"} for n in range(40)}
    page = stranger.read("/?grade=open&page=2")
    assert page.all("a", rel="next")[0].attributes["href"] == "/?grade=open&page=3"
    assert page.all("a", rel="prev")[0].attributes["href"] == "/?grade=open&page=1"
    assert "21–40 of 44" in page.text


@pytest.mark.parametrize(("asked", "number"), [("0", 1), ("-1", 1), ("x", 1), ("", 1), ("１", 1), ("999999", 3)])
def test_a_page_that_is_not_there_becomes_the_nearest(asked: str, number: int) -> None:
    assert Page.at(asked, 45).number == number
