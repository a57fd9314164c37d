"""Errors as pages, and text from outside that stays text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from golconda.kernel.errors import TryAgain

from .fake_exchange import PEOPLE, FakeExchange, FakeSession
from .page_reader import read_page

if TYPE_CHECKING:
    from .browser import Browser

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>"


def test_an_error_is_a_page_with_code_and_next_step(stranger: Browser) -> None:
    answer = stranger.get("/products/nobody/nothing")
    assert answer.status_code == 404
    page = read_page(answer.text)
    assert "product-unknown" in page.text
    assert "See golconda products." in page.text
    assert "/" in page.links()


def test_a_busy_node_is_said_to_be_busy(stranger: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_session: FakeSession) -> None:
        raise TryAgain("metastore-locked", "The metastore is busy.", hint="Try again in a moment.")

    monkeypatch.setattr(FakeSession, "products", busy)
    answer = stranger.get("/")
    assert answer.status_code == 503
    assert "Try again in a moment." in answer.text


def test_a_busy_node_signs_nobody_out(reader: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_exchange: FakeExchange, _token: str, _door: str) -> FakeSession:
        raise TryAgain("metastore-locked", "The metastore is busy.", hint="Try again in a moment.")

    with monkeypatch.context() as patch:
        patch.setattr(FakeExchange, "authenticate", busy)
        assert reader.get("/agreements").status_code == 503
    assert reader.get("/agreements").status_code == 200


def test_a_failure_tells_a_number_and_nothing_else(stranger: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_session: FakeSession) -> None:
        raise RuntimeError("secret row value: Xanadu")

    monkeypatch.setattr(FakeSession, "products", broken)
    answer = stranger.get("/")
    assert answer.status_code == 500
    assert "portal-failure" in answer.text
    assert "Xanadu" not in answer.text


@pytest.fixture
def evil(exchange: FakeExchange) -> str:
    """Put markup wherever a publisher may write."""
    product = exchange.products["environment/airport_weather"]
    product["title"] = {"en": EVIL, "zh": EVIL + "2"}
    product["description"] = {"en": EVIL}
    product["domain"] = EVIL
    product["organisation"] = {"name": "environment", "title": {"en": EVIL}}
    product["tables"][0]["columns"][0] |= {"name": EVIL, "description": EVIL}
    product["tables"][0]["title"] = {"en": EVIL}
    product["offers"][0] |= {"title": {"en": EVIL}, "clauses": [{"clause": EVIL, "text": {"en": EVIL}, "class": EVIL}]}
    product["versions"][0]["by"] = EVIL
    top = [{"value": EVIL, "rows": 99}]
    product["findings"].append({"table": "weather", "column": EVIL, "name": "top_values", "value": top})
    return "/products/environment/airport_weather"


@pytest.mark.parametrize("path", ["/", "{product}", "{product}/request", "/?q=<script>alert(1)</script>&domain=<b>"])
def test_markup_from_outside_stays_text(reader: Browser, evil: str, path: str) -> None:
    page = reader.read(path.format(product=evil))
    assert not page.all("script")
    assert not page.all("img")
    assert page.classed("main-nav")


def test_markup_in_reasons_and_terms_stays_text(steward: Browser, reader: Browser) -> None:
    reader.send(
        "/products/aviation/flight_operations/request", {"purpose": "delay-research", "offer": "off-0000000002"}
    )
    path = "/requests/req-0000000000"
    answer = steward.send(f"{path}/counter", {"terms": f'where: "{EVIL}'}, shown_on=path)
    assert "<script>" not in answer.text
    steward.send(f"{path}/reject", {"why": EVIL}, shown_on=path)
    assert not reader.read(path).all("script")


def test_a_hostile_host_name_stays_text(stranger: Browser) -> None:
    answer = stranger.get("/-/design", Host='x"><script>alert(1)</script>')
    assert "<script>" not in answer.text


def test_a_hostile_path_stays_text(stranger: Browser) -> None:
    answer = stranger.get("/products/a/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert "<script>" not in answer.text


def test_a_name_of_any_length_or_direction_breaks_no_page(reader: Browser, exchange: FakeExchange) -> None:
    product = exchange.products["environment/airport_weather"]
    override, long = "\u202e\u2066", "х" * 5_000
    product["title"] = {"en": f"بيانات {override}gnp.exe {long}", "zh": long}
    product["tables"][0]["columns"][0]["name"] = f"{override}{long}"
    for path in ("/", "/products/environment/airport_weather", "/products/environment/airport_weather/request"):
        page = reader.read(path)
        assert page.classed("main-nav")
        assert any(found.attributes.get("dir") == "auto" for found in page.elements), path


@pytest.mark.parametrize("path", ["/log", "/log?kind=<script>alert(1)</script>"])
def test_markup_in_log_entries_stays_text(steward: Browser, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    answered = FakeSession.log

    def log(session: FakeSession, **asked: Any) -> dict[str, Any]:  # as the node answers
        found = answered(session, **asked)
        entry = {"position": 7, "time": "2026-11-24T08:00:00Z", "kind": EVIL, "actor": EVIL, "subject": EVIL}
        return {**found, "entries": [{**entry, "payload": {"why": EVIL}}], "checkpoint": EVIL}

    monkeypatch.setattr(FakeSession, "log", log)
    page = steward.read(path)
    assert not page.all("script")
    assert not page.all("img")


def test_markup_in_an_agreement_stays_text(steward: Browser, exchange: FakeExchange) -> None:
    reader = FakeSession(exchange, PEOPLE["token-li"])
    made = reader.add_agreement("aviation/flight_operations", {"where": EVIL}, EVIL)
    made |= {"state": "revoked", "reason": EVIL, "tables": [EVIL]}
    made["signatures"][0] |= {"by": EVIL, "key": EVIL, "custody": EVIL}
    page = steward.read(f"/agreements/{made['id']}?lang=zh")
    assert not page.all("script")
    assert not page.all("img")


def test_markup_in_an_errors_values_stays_text(stranger: Browser) -> None:
    answer = stranger.get("/products/a/%3Cscript%3Ealert(1)?lang=zh")
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
