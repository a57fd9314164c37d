"""The portal over a real node: publish, find, ask, counter, approve, end, prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.doors.serving.site import site
from golconda.node.open import init_node

from .browser import Browser
from .page_reader import read_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from golconda.node.node import Node

TERMS = """
purposes: [epidemic-statistics]
columns: [region, age, phone]
where: region <> 'R3'
masks: {phone: partial}
limits: {queries: 200, per: day}
period: P30D
duties: {attribute: City data office}
"""
COUNTER = TERMS.replace("queries: 200", "queries: 20")
CARE = "/products/city/care"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Give a node of the city with one product on offer."""
    rows = "\n".join(f"R{n % 4},{20 + n % 50},138-{n:08d},secret{n}" for n in range(400))
    (tmp_path / "care.csv").write_text(f"region,age,phone,note\n{rows}\n")
    with init_node(tmp_path / "city", organisation="city", titles={"en": "City data office", "zh": "市数据局"}) as made:
        owner = made.owner_session("cli")
        owner.publish([str(tmp_path / "care.csv")], name="care", titles={"en": "Care", "zh": "就医"}, domain="health")
        owner.offer("care", TERMS, title={"en": "For statistics"})
        owner.add_organisation("acme", titles={"en": "Acme Analytics"})
        yield made


def signed_in(node: Node, principal: str, role: str | None = None) -> Browser:
    """Return the browser of a principal who signed in with a new token."""
    token = node.owner_session("cli").new_token(principal, role=role)["token"]
    browser = Browser(site(node))
    answer = browser.send("/login", {"token": token})
    assert answer.status_code == 303, answer.text
    return browser


def asked(reader: Browser) -> str:
    """Send a request for care and return its page."""
    page = reader.read(f"{CARE}/request")
    (offer,) = [radio.attributes["value"] for radio in page.all("input", type="radio")]
    answer = reader.send(f"{CARE}/request", {"purpose": "epidemic-statistics", "offer": offer})
    return moved(answer)


def moved(answer: httpx.Response) -> str:
    """Return where an act led, without what was said there."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def test_a_stranger_finds_the_product_and_nothing_that_is_not_offered(node: Node) -> None:
    browser = Browser(site(node))
    assert "Care" in browser.read("/?q=就医").classed("row")[0].text
    page = browser.read(CARE)
    assert "phone" in page.text
    assert "note" not in [code.text for code in page.all("code")]
    assert "secret" not in page.text
    assert "note" not in browser.get(f"{CARE}/contract").text


def test_a_negotiation_from_request_to_revocation(node: Node) -> None:
    reader, steward = signed_in(node, "acme/li"), signed_in(node, "city/wang", "steward")
    request = asked(reader)
    assert "Waits for City data office" in reader.read(request).text
    steward.send(f"{request}/counter", {"terms": COUNTER}, shown_on=request)
    page = reader.read(request)
    assert [found.text for found in page.all("ins")] == ["20"]
    agreement = moved(reader.send(f"{request}/approve", {}, shown_on=request))
    page = reader.read(agreement)
    for words in ("In force", "Enforced", "0 of 20 used", "Valid"):
        assert words in page.text
    assert "Not valid" not in page.text
    profile = reader.send(f"{agreement}/profile", {}, shown_on=agreement).json()
    assert profile["endpoint"] == "http://testserver/delta-sharing"
    steward.send(f"{agreement}/suspend", {"why": "Audit."}, shown_on=agreement)
    steward.send(f"{agreement}/resume", {}, shown_on=agreement)
    steward.send(f"{agreement}/revoke", {"why": "Misuse."}, shown_on=agreement)
    assert "Misuse." in reader.read(agreement).text
    assert reader.read(CARE).classed("primary")[0].text == "Request access"


def test_wrong_terms_are_refused_by_the_node_and_kept_on_the_page(node: Node) -> None:
    reader, steward = signed_in(node, "acme/li"), signed_in(node, "city/wang", "steward")
    request = asked(reader)
    answer = steward.send(f"{request}/counter", {"terms": "colums: [region]"}, shown_on=request)
    assert answer.status_code == 400
    assert "colums: [region]" in answer.text
    assert len(read_page(answer.text).classed("timeline")) == 1


def test_a_rejection_reaches_the_reader(node: Node) -> None:
    reader, steward = signed_in(node, "acme/li"), signed_in(node, "city/wang", "steward")
    request = asked(reader)
    steward.send(f"{request}/reject", {"why": "Not this year."}, shown_on=request)
    assert "Not this year." in reader.read(request).text
    assert "Rejected" in reader.read("/requests").text


def test_the_log_is_shown_and_verified(node: Node) -> None:
    steward = signed_in(node, "city/wang", "steward")
    page = steward.read("/log")
    assert "product.published" in page.text
    assert "The log holds" in steward.send("/log", {}).text
    assert signed_in(node, "acme/li").get("/log").status_code in (200, 403)


def test_every_page_of_every_side_is_whole(node: Node) -> None:
    reader, steward = signed_in(node, "acme/li"), signed_in(node, "city/wang", "steward")
    request = asked(reader)
    agreement = moved(steward.send(f"{request}/approve", {}, shown_on=request))
    for browser in (
        reader,
        steward,
        signed_in(node, "city/zhou", "regulator"),
        signed_in(node, "city/ops", "administrator"),
    ):
        for path in (
            "/",
            "/?q=care",
            CARE,
            f"{CARE}?version=1",
            "/requests",
            request,
            "/agreements",
            agreement,
            "/log",
        ):
            for language in ("en", "zh"):
                answer = browser.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
                assert answer.status_code in (200, 403, 404), (path, answer.text)
                read_page(answer.text)


def test_a_revoked_token_signs_out(node: Node) -> None:
    reader = signed_in(node, "acme/li")
    for token in node.owner_session("cli").tokens()["tokens"]:
        if token["principal"] == "acme/li":
            node.owner_session("cli").revoke_token(token["prefix"])
    assert reader.get("/agreements").headers["location"].startswith("/login")


def test_an_address_that_is_nowhere_is_a_page_in_the_same_look(node: Node) -> None:
    answer = Browser(site(node)).get("/nowhere", Accept="text/html")
    assert answer.status_code == 404
    assert read_page(answer.text).classed("problem")


def test_findings_are_drawn_for_whom_they_were_released_and_no_others(node: Node) -> None:
    stranger, steward = Browser(site(node)).read(CARE), signed_in(node, "city/wang", "steward").read(CARE)
    drawn = {
        found.text.split("How ")[1].split(" is")[0] for found in steward.all("svg", role="img") if "How" in found.text
    }
    assert "age" in drawn
    assert "yours alone" in steward.text
    assert "median" in steward.text
    assert "median" not in stranger.text
    assert "yours alone" not in stranger.text
