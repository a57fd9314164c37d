"""Derived products: bound by what bound their sources, made anew when these move, suspended while these may not be
read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from golconda.kernel.errors import GolcondaError
from golconda.node.refreshing import refresh_moved
from golconda.testing.nodes import VISITS, agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from golconda.node.node import Node
    from golconda.node.session import Session

TERMS = """
purposes: [epidemic-statistics, capacity-planning]
columns: [region, cost, visit_date, phone]
masks: {phone: hide}
where: "consent"
limits: {queries: 50, per: day}
duties: {attribute: "City Hospital Group"}
"""
MONTHLY = "SELECT region, date_trunc('month', visit_date) AS month, sum(cost) AS cost FROM care GROUP BY ALL"
SELECTED = "SELECT region, cost AS total FROM care"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with care_node(tmp_path) as made:
        yield made


@pytest.fixture
def li(node: Node) -> Session:
    return reader(node)


def code(act: Callable[[], Any]) -> str:
    with pytest.raises(GolcondaError) as told:
        act()
    return told.value.code


def rows(
    session: Session, sql: str = "SELECT * FROM acme.spending.spending ORDER BY ALL", **how: Any
) -> list[list[Any]]:
    found: list[list[Any]] = session.query(sql, **how).document()["rows"]
    return found


def derived(node: Node, li: Session, terms: str = TERMS, sql: str = SELECTED) -> str:
    agreement = agreed(node, li, terms)
    li.derive("spending", sql)
    return agreement


def steward(node: Node) -> Session:
    token = node.owner_session("test").new_token("acme/chief", role="steward")["token"]
    return node.authenticate(token, "test")


def test_a_reader_makes_a_product_of_what_he_may_read(node: Node, li: Session) -> None:
    derived(node, li)
    assert rows(li) == [["R1", 80.0], ["R1", 120.5], ["R2", 310.0], ["R9", 99.0]]
    shown = li.product("acme/spending")
    assert [column["name"] for column in shown["tables"][0]["columns"]] == ["region", "total"]


def test_it_is_metered_and_logged_as_a_read_of_its_sources(node: Node, li: Session) -> None:
    agreement = derived(node, li)
    (meter,) = li.agreement(agreement)["meters"]
    assert meter["used"] == 1


def test_lineage_goes_across_it(node: Node, li: Session) -> None:
    derived(node, li)
    (cost,) = li.lineage("care.visits.cost")["columns"]
    assert [(down["name"], down["how"]) for down in cost["down"]] == [("acme/spending.spending.total", "copied")]
    (total,) = li.lineage("spending.total")["columns"]
    assert [up["name"] for up in total["up"]] == ["city/care.visits.cost"]
    assert node.owner_session("test").lineage("care.visits.cost")["columns"][0]["down"] == []


def test_deriving_is_refused_where_a_source_prohibits_it(node: Node, li: Session) -> None:
    agreed(node, li, "purposes: [epidemic-statistics]\nprohibit: [derive]")
    with pytest.raises(GolcondaError, match="prohibit") as told:
        li.derive("spending", SELECTED)
    assert told.value.code == "derive-prohibited"
    assert told.value.details["clause"] == "prohibit"


def test_rows_that_depend_on_who_reads_keep_their_condition(node: Node, li: Session) -> None:
    agreed(node, li, 'purposes: [epidemic-statistics]\nwhere: "region = :region"')
    assert code(lambda: li.derive("spending", "SELECT sum(cost) AS total FROM care")) == "derive-filter-lost"
    li.derive("spending", "SELECT region AS place, cost FROM care")
    made = li.explain("SELECT * FROM acme.spending.spending")
    assert made["tables"][0]["filters"] == ['"place" = :region']


@pytest.mark.parametrize(
    ("name", "sql", "expected"),
    [
        ("spending", "SELECT nothing FROM care", "column-unknown"),
        ("Spending", SELECTED, "name-invalid"),
        ("city/spending", SELECTED, "not-allowed"),
        ("spending", "SELECT secret FROM treasury", "table-unknown"),
        ("spending", "SELECT id_number FROM care", "column-unknown"),
    ],
)
def test_what_cannot_be_derived_is_told(node: Node, li: Session, name: str, sql: str, expected: str) -> None:
    agreed(node, li, TERMS)
    assert code(lambda: li.derive(name, sql)) == expected


def test_a_name_is_taken_once_and_no_source_is_published_as_it(node: Node, li: Session, tmp_path: Path) -> None:
    derived(node, li)
    assert code(lambda: li.derive("spending", SELECTED)) == "derive-exists"
    chief = steward(node)
    assert code(lambda: chief.publish([str(tmp_path / "visits.csv")], name="spending")) == "product-derived"
    assert code(lambda: node.owner_session("test").refresh("care")) == "refresh-not-derived"


def test_its_owner_is_bound_by_purpose_and_limits_of_the_sources(node: Node, li: Session) -> None:
    derived(node, li, TERMS.replace("queries: 50", "queries: 2"))
    assert code(lambda: rows(li, purpose="capacity-planning")) == "purpose-not-covered"
    rows(li)
    rows(li)
    assert code(lambda: rows(li)) == "limit-reached"


def test_an_offer_is_made_as_strict_as_the_sources(node: Node, li: Session) -> None:
    derived(node, li)
    chief = steward(node)
    made = chief.offer("spending", "purposes: [epidemic-statistics]\nlimits: {queries: 900, per: day}")
    assert made["tightened"] == ["duties", "from", "limits"]
    assert made["terms"]["limits"] == [{"queries": 50, "per": "day"}]
    assert code(lambda: chief.offer("spending", "purposes: [capacity-planning]")) == "offer-looser"


def test_what_may_not_be_given_on_is_not_offered(node: Node, li: Session) -> None:
    derived(node, li, f"{TERMS}prohibit: [distribute]\n")
    assert rows(li)
    assert code(lambda: steward(node).offer("spending", "purposes: [epidemic-statistics]")) == "distribute-prohibited"


def test_a_group_stays_the_least_that_may_be_asked_for(node: Node, li: Session) -> None:
    agreed(node, li, "purposes: [epidemic-statistics]\naggregate: {min_group: 2}")
    li.derive("spending", "SELECT region, count(*) AS n FROM care GROUP BY region")
    made = steward(node).offer("spending", "purposes: [epidemic-statistics]\naggregate: {min_group: 2}")
    assert made["terms"]["aggregate"] == {"min_group": 2}


def test_months_of_a_source_that_answers_aggregates_only_are_derived(node: Node, li: Session) -> None:
    agreed(node, li, "purposes: [epidemic-statistics]\naggregate: {min_group: 2}")
    li.derive("spending", MONTHLY.replace("region, ", ""))
    assert [row[1] for row in rows(li)] == [200.5, 320.25]


@pytest.fixture
def chain(node: Node, li: Session) -> tuple[str, Session]:
    """City's care, acme's product of it, and bolt's product of that: return the first agreement and bolt's reader."""
    agreement = derived(node, li)
    steward(node)
    wu = reader(node, "bolt/wu")
    owner = node.local_session("acme/chief", "test")
    offer = owner.offer("spending", "purposes: [epidemic-statistics]")["id"]
    asked = wu.request("acme/spending", purpose="epidemic-statistics", offer=offer)
    owner.approve(asked["id"])
    wu.derive("regions", "SELECT region, sum(total) AS total FROM acme.spending.spending GROUP BY region")
    return agreement, wu


def test_a_chain_is_suspended_and_resumes_with_its_first_agreement(node: Node, chain: tuple[str, Session]) -> None:
    agreement, wu = chain
    asks = (lambda: rows(wu, "SELECT * FROM bolt.regions.regions"), lambda: rows(wu))
    assert all(ask() for ask in asks)
    owner = node.owner_session("test")
    owner.suspend(agreement, why="Test.")
    assert [code(ask) for ask in asks] == ["source-not-in-force"] * 2
    owner.resume(agreement)
    assert all(ask() for ask in asks)
    owner.revoke(agreement, why="Test.")
    assert [code(ask) for ask in asks] == ["source-not-in-force"] * 2


def test_a_refusal_names_no_agreement_of_others(node: Node, chain: tuple[str, Session]) -> None:
    agreement, wu = chain
    node.owner_session("test").revoke(agreement, why="Test.")
    with pytest.raises(GolcondaError) as told:
        rows(wu)
    assert agreement not in str(told.value.document())


def test_it_expires_with_its_source(node: Node, li: Session) -> None:
    derived(node, li, f"{TERMS}period: P30D\n")
    assert rows(li)
    node.clock.move(days=31)  # type: ignore[attr-defined] # the tests' clock
    assert code(lambda: rows(li)) == "source-not-in-force"


def test_a_running_read_of_it_stops_within_two_seconds_of_revocation(node: Node, chain: tuple[str, Session]) -> None:
    agreement, wu = chain
    endless = "SELECT s.region FROM acme.spending.spending s, range(1000000) a, range(1000) b"
    batches = iter(wu.node.gate.ask(_question(endless), wu.known(), "test"))
    next(batches)
    node.owner_session("test").revoke(agreement, why="Test.")
    began = time.monotonic()
    with pytest.raises(GolcondaError) as told:
        for _ in batches:
            pass
    assert told.value.code == "source-not-in-force"
    assert time.monotonic() - began < 2


def _question(sql: str) -> Any:
    from golconda.gate.query import Question

    return Question(sql)


def test_it_is_made_anew_when_a_source_publishes(node: Node, chain: tuple[str, Session], tmp_path: Path) -> None:
    _, wu = chain
    (tmp_path / "visits.csv").write_text(f"{VISITS}R7,61,F,135-1234-5678,A1006,5,2013-03-02,true\n", encoding="utf-8")
    node.owner_session("test").publish([str(tmp_path / "visits.csv")], name="care")
    while refresh_moved(node):
        pass
    assert ["R7", 5.0] in rows(wu, "SELECT * FROM bolt.regions.regions")
    assert not refresh_moved(node)


def test_new_terms_of_a_source_are_taken_over(node: Node, li: Session) -> None:
    agreement = derived(node, li)
    owner = node.owner_session("test")
    asked = li.request("city/care", purpose="epidemic-statistics", amends=agreement)
    counter = TERMS.replace('"consent"', "\"consent AND region <> 'R9'\"").replace("queries: 50", "queries: 9")
    owner.approve(asked["id"], terms=counter)
    li.approve(asked["id"])
    assert code(lambda: rows(li)) == "source-not-in-force"
    assert refresh_moved(node) == 1
    assert "R9" not in {row[0] for row in rows(li)}
    limits = li.explain("SELECT * FROM acme.spending.spending")["limits"]
    assert [limit["limit"] for limit in limits] == [9]


def test_no_value_of_it_is_among_the_findings(node: Node, li: Session) -> None:
    derived(node, li)
    names = {finding["name"] for finding in steward(node).product("acme/spending")["findings"]}
    assert {name for name in names if not name.startswith("check:")} <= {"rows", "missing", "distinct"}
