"""What holds for every page in every language and theme: structure, labels, words, headers, budgets."""

from __future__ import annotations

import gzip
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from .fake_exchange import MASKED_TERMS, PEOPLE, FakeExchange, FakeSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from .browser import Browser

PAGES = (
    "/",
    "/?q=delay&grade=shared",
    "/?q=nothing",
    "/products/aviation/flight_operations",
    "/products/aviation/flight_operations?version=1",
    "/products/health/care_use/request",
    "/requests",
    "/requests/req-0000000000",
    "/agreements",
    "/agreements/agr-0000000000",
    "/log",
    "/log?kind=read.intent",
    "/login",
    "/-/design",
)
HTML_BUDGET = 15 * 1024


@pytest.fixture
def busy(exchange: FakeExchange, sign_in: Callable[[str], Browser]) -> Browser:
    """Return a steward's browser on an exchange where much is going on."""
    reader = FakeSession(exchange, PEOPLE["token-li"])
    reader.request("aviation/flight_operations", purpose="delay-research")
    reader.add_agreement("aviation/flight_operations", MASKED_TERMS, "delay-research")
    return sign_in("token-steward")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh", "zh-Hans")])
def test_every_page_is_well_formed_and_says_its_language(busy: Browser, path: str, language: str, tag: str) -> None:
    page = busy.read(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert page.all("html")[0].attributes["lang"] == tag
    assert page.all("title")[0].text.strip(" ·").removesuffix("Golconda").strip()
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1


@pytest.mark.parametrize("path", PAGES)
def test_headings_skip_no_level(busy: Browser, path: str) -> None:
    levels = [int(found.name[1]) for found in busy.read(path).elements if found.name in ("h1", "h2", "h3", "h4")]
    assert levels[0] in (1, 2), levels
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


@pytest.mark.parametrize("path", PAGES)
def test_every_control_has_a_name(busy: Browser, path: str) -> None:
    page = busy.read(path)
    for control in page.elements:
        if control.name in ("input", "select", "textarea") and control.attributes.get("type") != "hidden":
            assert "aria-label" in control.attributes or "label" in control.parents, control
        if control.name in ("button", "a", "summary"):
            assert control.text.strip() or control.attributes.get("aria-label"), control
    for box in page.classed("scroll"):
        assert box.attributes["tabindex"] == "0"
        assert box.attributes["aria-label"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_needs_a_script_or_an_inline_style(busy: Browser, path: str) -> None:
    page = busy.read(path)
    assert not page.all("script")
    assert not page.all("style")
    handlers = [name for found in page.elements for name in found.attributes if name == "style" or name[:2] == "on"]
    assert handlers == []


@pytest.mark.parametrize("path", PAGES)
def test_identities_on_a_page_are_unique_and_links_inside_lead_somewhere(busy: Browser, path: str) -> None:
    page = busy.read(path)
    identities = [found.attributes["id"] for found in page.elements if "id" in found.attributes]
    assert len(identities) == len(set(identities))
    inside = {link[1:] for link in page.links() if link.startswith("#")}
    assert inside <= set(identities)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_its_size(busy: Browser, path: str) -> None:
    assert len(gzip.compress(busy.get(path).content, 5)) <= HTML_BUDGET


@pytest.mark.parametrize("path", PAGES)
def test_every_page_forbids_what_it_does_not_need(busy: Browser, path: str) -> None:
    headers = busy.get(path).headers
    policy = headers["content-security-policy"]
    for rule in ("default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-store"
    assert "Cookie" in headers["vary"]
    assert "Accept-Language" in headers["vary"]


def test_chinese_pages_hold_no_english_words_of_ours(busy: Browser) -> None:
    english = busy.read("/agreements/agr-0000000000?lang=en").text
    chinese = busy.read("/agreements/agr-0000000000?lang=zh").text
    for word in ("Catalogue", "Signatures", "Clauses", "Revoke", "Enforced"):
        assert word in english
        assert word not in chinese


def test_the_language_of_the_address_is_kept(stranger: Browser) -> None:
    assert stranger.read("/?lang=zh").all("h1")[0].text == "数据目录"
    assert stranger.read("/").all("h1")[0].text == "数据目录"
    assert stranger.read("/?lang=en").all("h1")[0].text == "Data catalogue"


def test_the_browsers_language_is_the_first_guess(stranger: Browser) -> None:
    answer = stranger.get("/", **{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert '<html lang="zh-Hans">' in answer.text


def test_the_theme_of_the_address_is_kept(stranger: Browser) -> None:
    assert stranger.read("/?theme=dark").all("html")[0].attributes["data-theme"] == "dark"
    assert stranger.read("/").all("html")[0].attributes["data-theme"] == "dark"
    assert "data-theme" not in stranger.read("/?theme=auto").all("html")[0].attributes


@pytest.mark.parametrize("query", ["?lang=xx&theme=pink", "?lang=%00", "?page=%F0%9F%98%80&q=%ff"])
def test_choices_that_are_not_there_change_nothing(stranger: Browser, query: str) -> None:
    page = stranger.read(f"/{query}")
    assert page.all("html")[0].attributes == {"lang": "en"}


def test_the_style_sheet_may_be_kept_for_good(stranger: Browser) -> None:
    (address,) = [link.attributes["href"] for link in stranger.read("/").all("link", rel="stylesheet")]
    answer = stranger.get(address)
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert len(gzip.compress(answer.content, 5)) <= 12 * 1024


def test_the_mark_is_a_picture_of_our_own(stranger: Browser) -> None:
    assert stranger.get("/-/mark.svg").headers["content-type"].startswith("image/svg+xml")


@pytest.mark.slow
def test_a_page_of_a_thousand_products_costs_little(exchange: FakeExchange, stranger: Browser) -> None:
    template = exchange.products["environment/airport_weather"]
    exchange.products |= {f"environment/w{n}": {**template, "name": f"environment/w{n}"} for n in range(990)}
    listed = FakeSession(exchange, None).products()
    exchange_answer = FakeSession.products
    FakeSession.products = lambda _session: listed  # type: ignore[method-assign]  # what the portal itself costs
    try:
        stranger.read("/")
        begun = time.process_time()
        for _ in range(20):
            stranger.get("/")
        cost = (time.process_time() - begun) / 20
    finally:
        FakeSession.products = exchange_answer  # type: ignore[method-assign]
    assert cost <= 0.045, f"{cost * 1000:.1f} ms, of which the test's own browser takes some"
