"""Signing in and out: sessions, form tokens, the brake on guessing, where one goes on to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from golconda.doors.portal.sign_in import IDLE, Brake, FormTokens, Sessions, safe_path

from .browser import Browser

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette

    from .fake_exchange import FakeExchange

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_token_signs_in_and_its_cookie_says_nothing(reader: Browser) -> None:
    assert "industry/li" in reader.read("/").text
    assert "token-li" not in reader.cookies["golconda_session"]


def test_the_session_cookie_is_for_this_site_and_not_for_scripts(stranger: Browser) -> None:
    answer = stranger.send("/login", {"token": "token-li"})
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("golconda_session"))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


def test_over_tls_the_session_cookie_is_secure(app: Starlette) -> None:
    answer = Browser(app, address="https://testserver").send("/login", {"token": "token-li"})
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("golconda_session"))
    assert "Secure" in cookie


def test_a_wrong_token_is_told_in_one_way(stranger: Browser) -> None:
    answer = stranger.send("/login", {"token": "guess"})
    assert answer.status_code == 403
    assert "does not sign anybody in" in answer.text
    assert "guess" not in answer.text


def test_too_many_failures_have_to_wait(stranger: Browser, exchange: FakeExchange) -> None:
    for _ in range(10):
        assert stranger.send("/login", {"token": "guess"}).status_code == 403
    answer = stranger.send("/login", {"token": "token-li"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 301
    exchange.clock.time += timedelta(minutes=6)
    assert stranger.send("/login", {"token": "token-li"}).status_code == 303


def test_signing_out_ends_the_session_itself(reader: Browser, app: Starlette) -> None:
    stolen = reader.cookies["golconda_session"]
    assert reader.send("/logout", {}, shown_on="/").status_code == 303
    thief = Browser(app)
    thief.cookies.set("golconda_session", stolen)
    assert "Sign in" in thief.read("/").text


def test_a_revoked_token_ends_the_session_at_the_next_request(reader: Browser, exchange: FakeExchange) -> None:
    exchange.revoked_tokens.add("token-li")
    assert reader.get("/agreements").headers["location"] == "/login?next=%2Fagreements"


def test_who_was_signed_in_is_told_why_to_sign_in_again(
    reader: Browser, stranger: Browser, exchange: FakeExchange
) -> None:
    exchange.revoked_tokens.add("token-li")
    assert "has ended" in reader.read(reader.get("/agreements").headers["location"]).text
    assert "has ended" not in stranger.read("/login").text


def test_an_idle_session_ends(reader: Browser, exchange: FakeExchange) -> None:
    exchange.clock.time += IDLE + timedelta(seconds=1)
    assert "Sign in" in reader.read("/").text


def test_memory_alone_opens_no_session() -> None:
    sessions = Sessions()
    identity = sessions.begin("glc_secret", now=NOON)
    assert sessions.token(identity, now=NOON) == "glc_secret"
    assert all(b"glc_secret" not in kept.sealed for kept in sessions._kept.values())
    assert identity.encode() not in sessions._kept


@pytest.mark.parametrize(
    "path", ["/requests", "/agreements", "/log", "/requests/req-1", "/products/health/births/request"]
)
def test_pages_for_people_lead_strangers_to_sign_in_and_back(stranger: Browser, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 303
    page = stranger.read(answer.headers["location"])
    assert page.all("input", name="next")[0].attributes["value"] == path
    token = page.form_token
    answer = stranger.post("/login", {"form_token": token, "token": "token-li", "next": path})
    assert answer.headers["location"] == path


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%5Cevil.example/..//evil.example\\",
        "/\t/evil.example",
        " //evil.example",
        "",
        "/\n/e",
    ],
)
def test_signing_in_never_leads_to_another_site(stranger: Browser, address: str) -> None:
    token = stranger.read("/login").form_token
    answer = stranger.post("/login", {"form_token": token, "token": "token-li", "next": address})
    assert answer.headers["location"] == "/"


def test_a_path_with_a_query_is_kept() -> None:
    assert safe_path("/agreements/agr-1?done=agreed") == "/agreements/agr-1?done=agreed"


POSTS = (
    "/login",
    "/logout",
    "/log",
    "/products/health/care_use/request",
    "/requests/req-0/approve",
    "/requests/req-0/counter",
    "/requests/req-0/reject",
    "/agreements/agr-0/revoke",
    "/agreements/agr-0/suspend",
    "/agreements/agr-0/resume",
    "/agreements/agr-0/profile",
)


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_its_token_does_nothing(steward: Browser, path: str) -> None:
    answer = steward.post(path, {"why": "forged"})
    assert answer.status_code == 403
    assert "form-stale" in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_sent_from_another_site_is_refused_whatever_it_holds(steward: Browser, site: str) -> None:
    token = steward.read("/").form_token
    foreign = {"Sec-Fetch-Site": site}
    answer = steward.ask("POST", "/logout", data={"form_token": token}, headers=foreign)
    assert answer.status_code == 403
    assert "form-stale" in answer.text
    same = {"Sec-Fetch-Site": "same-origin"}
    assert steward.ask("POST", "/logout", data={"form_token": token}, headers=same).status_code == 303


@pytest.mark.parametrize("path", [*POSTS, "/", "/nowhere"])
def test_no_answer_may_be_framed(steward: Browser, path: str) -> None:
    for answer in (steward.get(path), steward.post(path, {})):
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-frame-options"] == "DENY"


def test_every_cookie_is_for_this_site_and_not_for_scripts(stranger: Browser) -> None:
    given = [stranger.get("/login?lang=zh&theme=dark"), stranger.send("/login", {"token": "token-li"})]
    cookies = [
        cookie for answer in given for cookie in answer.headers.get_list("set-cookie") if "Max-Age=0" not in cookie
    ]
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "golconda_form",
        "golconda_lang",
        "golconda_theme",
        "golconda_session",
    }
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/" in cookie


def test_signing_in_takes_a_new_session_and_never_one_that_was_brought(app: Starlette) -> None:
    victim = Browser(app)
    victim.cookies.set("golconda_session", "planted")
    victim.send("/login", {"token": "token-li"})
    thief = Browser(app)
    thief.cookies.set("golconda_session", "planted")
    assert "Sign in" in thief.read("/").text


def test_every_posted_route_is_in_the_list_above(app: Starlette) -> None:
    posted = [route.path for route in app.routes if "POST" in (getattr(route, "methods", None) or ())]
    assert len(posted) == len(POSTS)


def test_a_form_token_of_another_person_is_refused(reader: Browser, steward: Browser) -> None:
    foreign = reader.read("/").form_token
    assert steward.post("/logout", {"form_token": foreign}).status_code == 403


def test_form_tokens_differ_on_each_page_and_hold_for_their_cookie_alone() -> None:
    tokens = FormTokens()
    first, second = tokens.give("cookie"), tokens.give("cookie")
    assert first != second
    assert tokens.accepts(first, "cookie")
    assert tokens.accepts(second, "cookie")
    for forged in ("", ".", "x", f"{first}0", first.partition(".")[2], "é.é"):
        assert not tokens.accepts(forged, "cookie")
    assert not tokens.accepts(first, "other")
    assert not tokens.accepts(first, "")


def test_nothing_is_done_by_get(steward: Browser) -> None:
    for path in POSTS:
        if path not in ("/login", "/log", "/products/health/care_use/request"):
            assert steward.get(path).status_code == 405


def test_a_body_that_is_no_form_is_refused(reader: Browser) -> None:
    assert reader.ask("POST", "/logout", json={"a": 1}).status_code == 400
    assert reader.post("/logout", {"why": "x" * 300_000}).status_code == 400


def test_the_brake_forgets_the_oldest_address_first() -> None:
    brake = Brake(most=1, addresses=2)
    for address in ("a", "b", "c"):
        brake.failed(address, now=NOON)
    assert brake.wait("c", now=NOON)
    assert brake.wait("a", now=NOON) is None


def test_a_reader_may_sign_in_again_as_somebody_else(sign_in: Callable[[str], Browser]) -> None:
    browser = sign_in("token-li")
    browser.send("/login", {"token": "token-steward"})
    assert "aviation/steward" in browser.read("/").text
