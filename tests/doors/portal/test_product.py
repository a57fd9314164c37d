"""A product's page: facts, findings, terms, the one button, lines to paste."""

from __future__ import annotations

import ast
import json
import shlex
from typing import TYPE_CHECKING

import pytest

from golconda.doors.portal import snippets
from golconda.doors.portal.column_facts import ColumnFacts, tables

from .browser import Browser
from .fake_exchange import AGGREGATE_TERMS, MASKED_TERMS, PEOPLE, FakeExchange, FakeSession

if TYPE_CHECKING:
    from starlette.applications import Starlette

FLIGHTS = "/products/aviation/flight_operations"


def button(page_of: Browser, path: str) -> tuple[str, str]:
    """Return what the page's only primary button says and where it leads."""
    (found,) = page_of.read(path).classed("primary")
    return found.text, found.attributes.get("href", "")


def test_a_product_says_what_it_is(stranger: Browser) -> None:
    page = stranger.read(FLIGHTS)
    assert page.all("h1")[0].text == "Flight operations 2013"
    for fact in (
        "2013年航班运行",
        "aviation/flight_operations@2",
        "L2 Shared",
        "341,572",
        "Civil Aviation Data Centre",
    ):
        assert fact in page.text
    assert "dep_delay" in page.text
    assert "TIMESTAMPTZ" in page.text


def test_a_synthetic_product_says_so_plainly(stranger: Browser) -> None:
    page = stranger.read("/products/health/patient_index")
    assert "made by a program, about nobody" in page.text
    assert "made by a program" not in stranger.read(FLIGHTS).text


def test_terms_show_the_class_of_each_clause(stranger: Browser) -> None:
    page = stranger.read("/products/health/care_use")
    assert {"Enforced", "Monitored", "Attested"} <= {found.text for found in page.classed("class")}


@pytest.mark.parametrize("version", ["3", "0x", "-1", "99999999999", "2 "])
def test_a_version_that_is_not_there_is_not_found(stranger: Browser, version: str) -> None:
    assert stranger.get(f"{FLIGHTS}?version={version}").status_code == (200 if version == "2 " else 404)


def test_an_older_version_can_be_seen(stranger: Browser) -> None:
    assert "aviation/flight_operations@1" in stranger.read(f"{FLIGHTS}?version=1").text


def test_the_contract_is_a_file(stranger: Browser) -> None:
    answer = stranger.get(f"{FLIGHTS}/contract")
    assert answer.headers["content-disposition"] == 'attachment; filename="flight_operations.odcs.yaml"'
    assert "aviation/flight_operations" in answer.text


def test_a_stranger_is_asked_to_sign_in(stranger: Browser) -> None:
    assert button(stranger, FLIGHTS) == ("Sign in", f"/login?next={FLIGHTS}")


def test_a_reader_without_agreement_may_request(reader: Browser) -> None:
    assert button(reader, FLIGHTS) == ("Request access", f"{FLIGHTS}/request")


def test_a_reader_who_waits_sees_the_request(reader: Browser, exchange: FakeExchange) -> None:
    FakeSession(exchange, PEOPLE["token-li"]).request("aviation/flight_operations", purpose="delay-research")
    assert button(reader, FLIGHTS) == ("Open the request", "/requests/req-0000000000")


def test_a_reader_with_an_agreement_opens_it_and_has_lines_to_paste(reader: Browser, exchange: FakeExchange) -> None:
    FakeSession(exchange, PEOPLE["token-li"]).add_agreement("aviation/flight_operations", MASKED_TERMS, "research")
    assert button(reader, FLIGHTS) == ("Open the agreement", "/agreements/agr-0000000000")
    lines = [found.text for found in reader.read(FLIGHTS).all("pre")]
    assert any("agreements=" in text and "http://testserver" in text for text in lines)


def test_the_owner_sees_what_was_asked(steward: Browser) -> None:
    assert button(steward, FLIGHTS) == ("See its requests", "/requests?product=aviation/flight_operations")


def test_what_is_not_offered_has_no_button(reader: Browser) -> None:
    page = reader.read("/products/health/hiv_trial")
    assert not page.classed("primary")
    assert "no offer" in page.text


def lines(**terms: object) -> dict[str, str | None]:
    """Return the snippets under an agreement on flights and airports by key."""
    tables = ["flights", "airports"]
    agreement = {"id": "agr-1", "product": "aviation/flight_operations", "tables": tables, "terms": terms}
    made = snippets.under(agreement, address="http://127.0.0.1:8321")
    return {snippet.key: snippet.text for snippet in made}


def test_the_python_lines_are_python() -> None:
    text = lines()["python"]
    assert text
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    (query,) = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "query"]
    assert ast.literal_eval(query.args[0]) == "SELECT * FROM aviation.flight_operations.flights LIMIT 10"
    assert ast.literal_eval(query.keywords[0].value) == ["agr-1"]


def test_the_command_line_is_one_command() -> None:
    text = lines()["sql"]
    assert text
    assert shlex.split(text.replace("\\\n", " ")) == [
        "golconda",
        "query",
        "SELECT * FROM aviation.flight_operations.flights LIMIT 10",
        "--url",
        "http://127.0.0.1:8321",
        "--agreement",
        "agr-1",
    ]


def test_curl_sends_json() -> None:
    text = lines()["curl"]
    assert text
    words = shlex.split(text.replace("\\\n", " "))
    assert words[1] == "http://127.0.0.1:8321/api/v1/query"
    assert json.loads(words[-1]) == {
        "sql": "SELECT * FROM aviation.flight_operations.flights LIMIT 10",
        "agreement": "agr-1",
    }


def test_delta_sharing_names_the_three_names() -> None:
    assert "agr-1.share#aviation.flight_operations.flights" in (lines()["sharing"] or "")


def test_an_aggregate_only_agreement_counts_and_says_why_sharing_is_closed() -> None:
    made = lines(aggregate={"min_group": 10})
    assert "COUNT(*)" in (made["sql"] or "")
    assert made["sharing_closed"] is None
    assert "sharing" not in made


def test_only_the_tables_under_aggregate_are_closed_to_sharing() -> None:
    made = lines(tables={"flights": {"aggregate": {"min_group": 10}}, "airports": {}})
    assert "COUNT(*)" in (made["python"] or "")
    assert "flight_operations.airports" in (made["sharing"] or "")


def test_aggregate_only_is_said_on_the_page(reader: Browser, exchange: FakeExchange) -> None:
    FakeSession(exchange, PEOPLE["token-li"]).add_agreement("health/care_use", AGGREGATE_TERMS, "research")
    assert "allows aggregates only" in reader.read("/products/health/care_use").text


def product_with(*findings: dict[str, object], rows: int = 100) -> dict[str, object]:
    """Return a product of one column with findings about it."""
    about = {"table": "t", "column": "c", "exactness": "exact"}
    column = {"name": "c", "type": "BIGINT", "nullable": True}
    listed = [{"name": "t", "title": {}, "rows": rows, "columns": [column]}]
    return {"tables": listed, "findings": [{**about, **finding} for finding in findings]}


def test_numbers_that_cover_nearly_all_rows_become_bars_in_order() -> None:
    top = [{"value": 3, "rows": 40}, {"value": 1, "rows": 30}, {"value": 2, "rows": 20}, {"value": 4, "rows": 10}]
    (table,) = tables(product_with({"name": "top_values", "value": top}))
    assert table.columns[0].bars == ((1, 30), (2, 20), (3, 40), (4, 10))


def test_numbers_that_cover_a_part_are_named_instead() -> None:
    top = [{"value": 3, "rows": 30}, {"value": 1, "rows": 20}, {"value": 2, "rows": 10}, {"value": 4, "rows": 10}]
    (table,) = tables(product_with({"name": "top_values", "value": top}))
    assert table.columns[0].bars == ()
    assert table.columns[0].values == (("3", 0.3), ("1", 0.2), ("2", 0.1))


def test_a_table_without_rows_has_no_shares() -> None:
    (table,) = tables(product_with({"name": "missing", "value": 0}, rows=0))
    assert table.columns[0].missing is None


def test_without_findings_a_column_has_its_type_alone() -> None:
    (table,) = tables(product_with())
    assert table.columns[0].distinct is None
    assert table.columns[0].low is None


QUANTILES = {"0.05": -10.0, "0.25": -5.0, "0.5": -2.0, "0.75": 11.0, "0.95": 88.0}


def facts_of(*findings: dict[str, object]) -> ColumnFacts:
    """Return the facts of the one column these findings are about."""
    (table,) = tables(product_with(*findings))
    return table.columns[0]


def test_quantiles_become_a_box_on_an_axis_from_the_least_to_the_largest() -> None:
    spread = facts_of({"name": "quantiles", "value": QUANTILES}).spread
    assert spread
    assert (spread.kind, spread.low, spread.high) == ("quantiles", -10, 88)
    assert spread.place(spread.low) == 0
    assert 0 < spread.place(spread.start) < spread.place(spread.centre) < spread.place(spread.end) < 1


def test_without_quantiles_extremes_and_moments_make_the_picture() -> None:
    moments = {"minimum": 0, "maximum": 100, "mean": 10.0, "deviation": 20.0}
    spread = facts_of(*({"name": name, "value": value} for name, value in moments.items())).spread
    assert spread
    assert (spread.kind, spread.start, spread.end) == ("moments", 0, 30)


@pytest.mark.parametrize(
    "findings",
    [
        {},
        {"mean": 10.0, "deviation": 2.0},
        {"minimum": 5, "maximum": 5, "mean": 5.0, "deviation": 0.0},
        {"minimum": "2013-01-01", "maximum": "2014-01-01", "mean": None, "deviation": None},
        {"minimum": 0, "maximum": "Infinity", "mean": 1.0, "deviation": 1.0},
        {"quantiles": {"0.05": 1.0, "0.25": 1.0, "0.5": 1.0, "0.75": 1.0, "0.95": 1.0}},
        {"quantiles": {"0.5": 1.0}},
    ],
)
def test_what_was_not_released_or_says_nothing_is_not_drawn(findings: dict[str, object]) -> None:
    assert facts_of(*({"name": name, "value": value} for name, value in findings.items())).spread is None


def test_rows_with_none_of_the_values_shown_are_counted_together() -> None:
    top = [{"value": "a", "rows": 40}, {"value": "b", "rows": 20}]
    facts = facts_of({"name": "top_values", "value": top}, {"name": "missing", "value": 10})
    assert facts.rest == pytest.approx(0.3)


def test_what_only_the_owner_sees_says_so() -> None:
    assert facts_of({"name": "quantiles", "value": QUANTILES, "released": False}).own
    assert not facts_of({"name": "quantiles", "value": QUANTILES, "released": True}).own
    assert not facts_of({"name": "shapes", "value": {"phone": 1.0}, "released": False}).own


def test_pictures_are_named_and_described(stranger: Browser, exchange: FakeExchange) -> None:
    about = {"table": "flights", "column": "distance", "exactness": "tolerance"}
    findings = exchange.products["aviation/flight_operations"]["findings"]
    findings.append({**about, "name": "quantiles", "value": QUANTILES})
    page = stranger.read(FLIGHTS)
    drawn = [picture for picture in page.all("svg", role="img") if "ring" not in picture.attributes["class"]]
    assert len(drawn) >= 2
    assert "median -2, half from -5 to 11, 90 % from -10 to 88" in page.text
    assert all(picture.text.startswith("How ") for picture in drawn)
    assert len(page.all("desc")) == len(drawn)


DERIVED = {
    "suspended": True,
    "ended": ["agr-1"],
    "failure": {
        "code": "agreement-not-in-force",
        "detail": "Agreement agr-1 on city/care is suspended.",
        "hint": "Ask for a new one.",
        "details": {"agreement": "agr-1", "state": "suspended"},
        "time": "2026-03-01T09:00:00Z",
        "tries": 1,
        "again": None,
    },
    "sources": [{"product": "city/care", "number": 3, "agreement": "agr-1", "terms": "sha256:1"}],
    "sql": "SELECT region FROM city.care.visits WHERE cost < 9",
    "by": "aviation/li",
    "purpose": None,
    "terms": {},
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("so nobody reads it", "Not made anew since", "Made of", "once something it depends on changes")),
        ("zh-CN", ("暂不可读取", "起未能更新", "来源", "变动后将重试", "协议 agr-1")),
    ],
)
def test_a_derived_product_says_what_it_is_made_of_and_what_keeps_it(
    exchange: FakeExchange, app: Starlette, language: str, words: tuple[str, ...]
) -> None:
    exchange.products["aviation/flight_operations"]["derived"] = DERIVED
    page = Browser(app, accept_language=language).read(FLIGHTS)
    assert all(word in page.text for word in words)
    assert "agreement-not-in-force" in page.text
    assert {"/products/city/care?version=3", "/agreements/agr-1"} <= {a.attributes.get("href") for a in page.all("a")}
    assert "WHERE cost < 9" in page.text


def test_to_others_a_derived_product_says_only_that_it_is_suspended(stranger: Browser, exchange: FakeExchange) -> None:
    exchange.products["aviation/flight_operations"]["derived"] = {"suspended": True}
    page = stranger.read(FLIGHTS)
    assert "so nobody reads it" in page.text
    assert not page.all("section", id="made")
    assert "Suspended" in stranger.read("/").text
