"""Requests and agreements: asking, answering, what changed, ending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.doors.portal.terms_view import changes, lines, terms_file

from .fake_exchange import AGGREGATE_TERMS, MASKED_TERMS, PEOPLE, FakeExchange, FakeSession

if TYPE_CHECKING:
    from .browser import Browser

FLIGHTS = "/products/aviation/flight_operations"
REQUEST = "/requests/req-0000000000"


@pytest.fixture
def asked(exchange: FakeExchange) -> None:
    """Let industry ask for flights."""
    FakeSession(exchange, PEOPLE["token-li"]).request("aviation/flight_operations", purpose="delay-research")


@pytest.fixture
def agreed(exchange: FakeExchange) -> str:
    """Let industry have an agreement on flights."""
    reader = FakeSession(exchange, PEOPLE["token-li"])
    return str(reader.add_agreement("aviation/flight_operations", MASKED_TERMS, "delay-research")["id"])


def test_asking_offers_the_nodes_purposes_as_a_tree(reader: Browser) -> None:
    options = reader.read(f"{FLIGHTS}/request").all("select", name="purpose")
    assert len(options) == 1
    codes = [option.attributes["value"] for option in reader.read(f"{FLIGHTS}/request").all("option")]
    assert codes == ["", "research", "delay-research", "health-economics", "public-health"]


def test_a_request_is_sent_and_shown(reader: Browser) -> None:
    answer = reader.send(f"{FLIGHTS}/request", {"purpose": "delay-research", "offer": "off-0000000002"})
    assert answer.headers["location"] == f"{REQUEST}?done=sent"
    page = reader.read(answer.headers["location"])
    assert "The request is sent." in page.text
    assert "Waits for Civil Aviation Data Centre" in page.text


def test_an_automatic_offer_leads_to_its_agreement(reader: Browser) -> None:
    path = "/products/environment/airport_weather/request"
    answer = reader.send(path, {"purpose": "research", "offer": "off-0000000001"})
    assert answer.headers["location"] == "/agreements/agr-0000000000?done=agreed"


@pytest.mark.parametrize(("purpose", "code"), [("", "purpose-missing"), ("public-health", "purpose-not-covered")])
def test_a_purpose_that_does_not_fit_comes_back_with_the_form(reader: Browser, purpose: str, code: str) -> None:
    answer = reader.send(f"{FLIGHTS}/request", {"purpose": purpose, "offer": "off-0000000002"})
    assert answer.status_code in (400, 403)
    assert code in answer.text
    assert 'name="purpose"' in answer.text


def test_asking_for_what_is_not_offered_is_refused_as_a_page(reader: Browser) -> None:
    answer = reader.send("/products/health/hiv_trial/request", {"purpose": "", "offer": ""}, shown_on="/")
    assert answer.status_code == 404
    assert "offer-unknown" in answer.text


@pytest.mark.usefixtures("asked")
def test_who_waits_is_not_asked_to_ask_again(reader: Browser) -> None:
    assert reader.get(f"{FLIGHTS}/request").headers["location"] == REQUEST


@pytest.mark.usefixtures("asked")
def test_only_the_side_whose_turn_it_is_sees_the_forms(reader: Browser, steward: Browser) -> None:
    assert reader.read(REQUEST).posts_to() == ["/logout"]
    forms = set(steward.read(REQUEST).posts_to())
    assert forms == {"/logout", f"{REQUEST}/approve", f"{REQUEST}/reject", f"{REQUEST}/counter"}


@pytest.mark.usefixtures("asked")
def test_the_counter_offer_begins_with_the_terms_on_the_table(steward: Browser) -> None:
    (area,) = steward.read(REQUEST).all("textarea", name="terms")
    assert area.text == terms_file(MASKED_TERMS)


@pytest.mark.usefixtures("asked")
def test_a_counter_offer_shows_what_changed(reader: Browser, steward: Browser) -> None:
    terms = terms_file({**MASKED_TERMS, "limits": {"queries": 100, "rows": 1000000, "per": "day"}})
    steward.send(f"{REQUEST}/counter", {"terms": terms}, shown_on=REQUEST)
    page = reader.read(REQUEST)
    (removed,), (added,) = page.all("del"), page.all("ins")
    assert (removed.text, added.text) == ("200", "100")
    assert "Your turn" in page.text


@pytest.mark.usefixtures("asked")
def test_wrong_terms_come_back_with_the_reason_and_nothing_lost(steward: Browser) -> None:
    answer = steward.send(f"{REQUEST}/counter", {"terms": "colums: [mine]"}, shown_on=REQUEST)
    assert answer.status_code == 400
    assert "terms-unknown-clause" in answer.text
    assert "colums: [mine]" in answer.text


@pytest.mark.usefixtures("asked")
def test_approving_leads_to_the_agreement(steward: Browser) -> None:
    answer = steward.send(f"{REQUEST}/approve", {}, shown_on=REQUEST)
    assert answer.headers["location"] == "/agreements/agr-0000000000?done=agreed"


@pytest.mark.usefixtures("asked")
def test_a_rejection_needs_a_reason_and_shows_it(steward: Browser, reader: Browser) -> None:
    assert steward.send(f"{REQUEST}/reject", {"why": "  "}, shown_on=REQUEST).status_code == 400
    steward.send(f"{REQUEST}/reject", {"why": "Not this year."}, shown_on=REQUEST)
    assert "Not this year." in reader.read(REQUEST).text


@pytest.mark.usefixtures("asked")
def test_acting_out_of_turn_is_refused_by_the_node(reader: Browser) -> None:
    token = reader.read(REQUEST).form_token
    answer = reader.post(f"{REQUEST}/approve", {"form_token": token})
    assert answer.status_code == 403
    assert "not-your-turn" in answer.text


@pytest.mark.usefixtures("asked")
def test_the_list_says_whose_turn_it_is(reader: Browser, steward: Browser) -> None:
    assert "Your turn" in steward.read("/requests").text
    assert "Waits for Civil Aviation Data Centre" in reader.read("/requests").text
    assert "No requests" in steward.read("/requests?product=aviation/other").text


def test_an_agreement_shows_clauses_signatures_and_meters(reader: Browser, agreed: str) -> None:
    page = reader.read(f"/agreements/{agreed}")
    for words in ("Enforced", "Attested", "the party's own key", "Valid", "160 of 200 used", "39 left", "sha256:41d7"):
        assert words in page.text
    assert f"/agreements/{agreed}/profile" in page.posts_to()
    assert f"/agreements/{agreed}/revoke" not in page.posts_to()


def test_a_profile_is_a_file_that_no_cache_keeps(reader: Browser, agreed: str) -> None:
    path = f"/agreements/{agreed}"
    answer = reader.send(f"{path}/profile", {}, shown_on=path)
    assert answer.headers["content-disposition"] == f'attachment; filename="{agreed}.share"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["endpoint"] == "http://testserver/delta-sharing"


def test_the_owner_suspends_resumes_and_revokes_with_a_reason(steward: Browser, reader: Browser, agreed: str) -> None:
    path = f"/agreements/{agreed}"
    assert steward.send(f"{path}/revoke", {"why": ""}, shown_on=path).status_code == 400
    for act, why, state in (
        ("suspend", "Audit.", "Suspended"),
        ("resume", "", "In force"),
        ("revoke", "Misuse.", "Revoked"),
    ):
        assert steward.send(f"{path}/{act}", {"why": why}, shown_on=path).status_code == 303
        page = reader.read(path)
        assert state in page.text
        assert why in page.text
    assert steward.read(path).posts_to() == ["/logout"]


def test_an_aggregate_only_agreement_offers_no_profile(reader: Browser, exchange: FakeExchange) -> None:
    made = FakeSession(exchange, PEOPLE["token-li"]).add_agreement("health/care_use", AGGREGATE_TERMS, "research")
    assert f"/agreements/{made['id']}/profile" not in reader.read(f"/agreements/{made['id']}").posts_to()


def test_an_agreement_of_others_is_not_there(steward: Browser, exchange: FakeExchange) -> None:
    made = FakeSession(exchange, PEOPLE["token-li"]).add_agreement("health/care_use", AGGREGATE_TERMS, "research")
    hidden, absent = steward.get(f"/agreements/{made['id']}"), steward.get("/agreements/agr-9999999999")
    assert hidden.status_code == absent.status_code == 404


def test_what_changed_is_told_clause_by_clause() -> None:
    before = {"purposes": ["a"], "limits": {"rows": 5, "per": "day"}, "where": "x = 1"}
    after = {"purposes": ["a"], "limits": {"rows": 9, "per": "day"}, "columns": ["c", "d"]}
    assert [(change.clause, change.kind, change.before, change.after) for change in changes(before, after)] == [
        ("limits.rows", "changed", "5", "9"),
        ("columns", "added", None, "c, d"),
        ("where", "removed", "x = 1", None),
    ]


def test_equal_terms_have_no_changes() -> None:
    assert changes(AGGREGATE_TERMS, dict(AGGREGATE_TERMS)) == ()
    assert lines({}) == {}


def test_what_is_left_stands_only_where_the_agreement_may_be_used_again(
    reader: Browser, exchange: FakeExchange
) -> None:
    made = FakeSession(exchange, PEOPLE["token-li"]).add_agreement("health/care_use", AGGREGATE_TERMS, "research")
    assert "What is left" in reader.read(f"/agreements/{made['id']}").text
    made |= {"state": "terminated", "reason": "Not needed."}
    page = reader.read(f"/agreements/{made['id']}")
    assert "What is left" not in page.text
    assert "Not needed." in page.text
