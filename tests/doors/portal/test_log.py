"""The log's page: entries, paging, verification; only for those the node allows."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from golconda.doors.portal.language import Phrases
from golconda.kernel.errors import TryAgain

from .fake_exchange import FakeExchange, FakeSession
from .reachable_codes import modules

if TYPE_CHECKING:
    import pytest

    from .browser import Browser

KIND = re.compile(r"(agreement|event|offer|organisation|principal|product|read|token)\.(?!html|name|id)[a-z]+")


def positions(browser: Browser, path: str) -> list[int]:
    """Return the positions a page shows, from the top."""
    rows = [found for found in browser.read(path).all("th", scope="row") if found.text.isdigit()]
    return [int(found.text) for found in rows]


def test_the_latest_entries_come_first(steward: Browser) -> None:
    assert positions(steward, "/log") == list(range(119, 69, -1))


def test_earlier_and_later_pages_touch_without_overlap(steward: Browser) -> None:
    page = steward.read("/log")
    (earlier,) = [link for link in page.links() if "after=" in link]
    assert positions(steward, earlier) == list(range(69, 19, -1))
    later = [link for link in steward.read(earlier).links() if "after=69" in link]
    assert positions(steward, later[0]) == list(range(119, 69, -1))


def test_the_first_page_has_nothing_earlier(steward: Browser) -> None:
    assert positions(steward, "/log?after=-1") == list(range(49, -1, -1))
    assert [
        link for link in steward.read("/log?after=-1").links() if link.startswith("/log?after=") and "&" not in link
    ] == ["/log?after=49"]


def test_entries_of_one_kind(steward: Browser) -> None:
    page = steward.read("/log?kind=read.intent")
    (chosen,) = [found.attributes["value"] for found in page.all("option") if "selected" in found.attributes]
    assert chosen == "read.intent"
    assert positions(steward, "/log?kind=read.intent") == [place for place in range(119, -1, -1) if place % 4 == 1]


def test_an_erased_payload_says_so(steward: Browser) -> None:
    assert "erased" in steward.read("/log").text


def test_verification_runs_when_asked(steward: Browser) -> None:
    answer = steward.send("/log", {})
    assert "The log holds: 120 entries checked." in answer.text


def test_a_log_that_does_not_hold_says_where(steward: Browser, exchange: FakeExchange) -> None:
    exchange.log_holds = False
    answer = steward.send("/log", {})
    assert "does not hold" in answer.text
    assert "entry 17" in answer.text


def test_the_log_is_only_for_those_allowed(reader: Browser, steward: Browser) -> None:
    answer = reader.get("/log")
    assert answer.status_code == 403
    assert "not-allowed" in answer.text
    assert "/log" not in reader.read("/").links()
    assert "/log" in steward.read("/").links()


def test_the_kinds_have_names_in_the_pages_language(steward: Browser) -> None:
    page = steward.read("/log?lang=zh")
    assert "发布版本" in page.text
    assert "协议撤销" in page.text


def test_every_kind_the_node_logs_has_a_name() -> None:
    logged = {
        node.value
        for module in modules().values()
        for node in ast.walk(ast.parse(module.text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KIND.fullmatch(node.value)
    }
    assert logged - {"log.html", "node.created"} - set(Phrases("zh").named("event")) == set()
    assert len(logged) > 20


def test_a_kind_that_has_no_name_can_be_asked_for(steward: Browser) -> None:
    assert "No entries" in steward.read("/log?kind=other.thing").text


def test_a_node_that_may_only_be_read_says_so(steward: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = TryAgain("log-behind-witness", "The node is read-only.", hint="Restore.").document()
    answered = FakeSession.log

    def log(session: FakeSession, **asked: Any) -> dict[str, Any]:  # as the node answers
        return {**answered(session, **asked), "read_only": frozen}

    monkeypatch.setattr(FakeSession, "log", log)
    assert "节点仅可读取" in steward.read("/log?lang=zh").text
