"""An answer in pages: one read, charged once, open to who asked it and for as long as its agreement is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from golconda.kernel.errors import NotFound

if TYPE_CHECKING:
    from served import Served

    from golconda.doors.client import Client

SQL = "SELECT region, age FROM care ORDER BY phone"
LIMITED = "purposes: [epidemic-statistics]\nlimits: {queries: 100, rows: 100000, per: total}\n"


def first(http: httpx.Client, agreement: str, rows: int = 300, sql: str = SQL) -> dict[str, Any]:
    response = http.post("query", json={"sql": sql, "agreement": agreement, "page_size": rows})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def following(http: httpx.Client, address: str) -> httpx.Response:
    return http.get(f"{http.base_url.scheme}://{http.base_url.netloc.decode()}{address}")


def meters(city: Served, agreement: str) -> dict[str, int]:
    return {meter["what"]: meter["used"] for meter in city.owner.agreement(agreement)["meters"]}


def test_pages_together_are_the_answer_and_are_charged_once(city: Served, http: httpx.Client) -> None:
    agreement = city.agree("city/care", LIMITED)
    page = first(http, agreement)
    rows = list(page["rows"])
    while page["next"] is not None:
        page = following(http, page["next"]).json()
        rows += page["rows"]
    whole = http.post("query", json={"sql": SQL, "agreement": agreement}).json()
    assert rows == whole["rows"]
    assert page["columns"] == whole["columns"]
    assert page["receipt"]["charged"]["rows"] == len(rows)
    assert meters(city, agreement) == {"queries": 2, "rows": 2 * len(rows)}


def test_a_page_can_be_asked_for_again(http: httpx.Client, care: str) -> None:
    address = first(http, care)["next"]
    assert following(http, address).json() == following(http, address).json()


def test_what_fits_on_a_page_has_no_next(http: httpx.Client, care: str) -> None:
    assert first(http, care, sql="SELECT count(*) FROM care")["next"] is None
    nothing = first(http, care, sql="SELECT region FROM care WHERE age < 0")
    assert (nothing["rows"], nothing["next"]) == ([], None)


def test_a_page_is_not_there_for_another_or_under_a_forged_address(city: Served, http: httpx.Client, care: str) -> None:
    address = first(http, care)["next"]
    other = city.owner.new_token("acme/wang")["token"]
    asked = httpx.get(f"{city.address}{address}", headers={"authorization": f"Bearer {other}"})
    assert (asked.status_code, asked.json()["code"]) == (404, "page-unknown")
    for forged in (f"{address}9", f"{address[:-1]}x", f"{address}.1", "/api/v1/pages/x"):
        assert following(http, forged).json()["code"] == "page-unknown"
    assert httpx.get(f"{city.address}{address}").status_code == 401


def test_revocation_reaches_the_pages_that_are_held(city: Served, http: httpx.Client) -> None:
    agreement = city.agree("city/care")
    address = first(http, agreement)["next"]
    city.owner.revoke(agreement, why="Test.")
    assert following(http, address).json()["code"] == "agreement-not-in-force"
    assert following(http, address).json()["code"] == "page-unknown"


def test_an_organisation_may_have_only_so_many_answers_held(city: Served, http: httpx.Client, care: str) -> None:
    city.node.pages.close()
    for _ in range(16):
        first(http, care)
    full = http.post("query", json={"sql": SQL, "agreement": care, "page_size": 300})
    assert (full.status_code, full.json()["code"]) == (503, "pages-full")
    city.node.pages.close()
    assert first(http, care)["next"]


@pytest.mark.parametrize(("rows", "accept"), [(0, "application/json"), (10_001, "application/json"), (10, "text/csv")])
def test_a_size_that_is_none_and_a_format_without_pages_are_refused(
    http: httpx.Client, care: str, rows: int, accept: str
) -> None:
    body = {"sql": SQL, "agreement": care, "page_size": rows}
    assert http.post("query", json=body, headers={"accept": accept}).status_code == 400


def test_a_query_runs_no_longer_than_it_was_given(city: Served, http: httpx.Client) -> None:
    sql = "SELECT count(*) FROM wide AS a CROSS JOIN wide AS b WHERE a.c0 + b.c0 <> -1"
    body = {"sql": sql, "agreement": city.agree("city/wide"), "timeout_seconds": 0.5}
    assert http.post("query", json=body).json()["code"] == "query-timeout"
    assert http.post("query", json={**body, "timeout_seconds": 0}).json()["code"] == "request-invalid"


def test_the_client_goes_from_page_to_page(client: Client, city: Served, care: str) -> None:
    answer = client.query(SQL, agreements=[care], page_size=500)
    pages = list(answer.pages())
    assert answer.columns == ["region", "age"]
    assert [len(page) for page in pages] == [500, 500, 200]
    assert answer.receipt["charged"]["rows"] == 1200
    again = client.query(SQL, agreements=[care], page_size=500).pages()
    next(again)
    city.node.pages.close()
    with pytest.raises(NotFound):
        next(again)
