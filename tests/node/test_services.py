"""Services: a query under a name runs as whoever calls it, with values that are literals and never text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from golconda.kernel.errors import GolcondaError
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from golconda.node.node import Node

BY_REGION = "SELECT region, phone, cost FROM care WHERE region = :region AND care.cost >= :least ORDER BY cost"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with care_node(tmp_path) as made:
        made.owner_session("test").add_service("by_region", BY_REGION, product="care", title="Visits of a region")
        yield made


def rows(answer: Any) -> list[list[Any]]:
    found: list[list[Any]] = answer.document()["rows"]
    return found


def test_types_are_drawn_from_the_columns(node: Node) -> None:
    made = node.owner_session("test").show_service("by_region")
    assert made["parameters"] == [{"name": "region", "type": "VARCHAR"}, {"name": "least", "type": "DOUBLE"}]
    assert '"city"."care"."visits"' in made["sql"]


def test_the_caller_reads_under_his_own_agreement(node: Node) -> None:
    li = reader(node)
    agreed(node, li)
    assert rows(node.owner_session("test").service("by_region", region="R9", least=0))
    assert rows(li.service("by_region", region="R9", least="0")) == []
    masked = rows(li.service("by_region", region="R1", least="100"))
    assert [row[0] for row in masked] == ["R1"]
    assert "*" in masked[0][1]


def test_what_is_missing_and_what_is_unknown_is_named(node: Node) -> None:
    with pytest.raises(GolcondaError) as told:
        node.owner_session("test").service("by_region", region="R1", most=9)
    assert told.value.message == (
        "The service by_region takes region (VARCHAR), least (DOUBLE); least is missing; it has no most."
    )


def test_the_catalogue_is_searched_for_services_too(node: Node) -> None:
    owner = node.owner_session("test")
    for words in ("by_region", "visits of a region"):
        (found,) = owner.search(words)["products"]
        assert (found["name"], "service by_region" in found["matched"]) == ("city/care", True)
    assert found["services"] == [{"name": "by_region", "title": {"en": "Visits of a region"}}]


def test_a_caller_without_agreement_is_refused_by_the_gate(node: Node) -> None:
    owner = node.owner_session("test")
    owner.offer("care", "purposes: [epidemic-statistics]")
    with pytest.raises(GolcondaError) as told:
        reader(node).service("by_region", region="R1", least=0)
    assert told.value.code == "no-agreement"


def test_a_value_is_a_literal_whatever_it_holds(node: Node) -> None:
    assert rows(node.owner_session("test").service("by_region", region="R1' OR '1'='1", least=0)) == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"region": "R1"}, "parameters-unfit"),
        ({"region": "R1", "least": 0, "most": 9}, "parameters-unfit"),
        ({"region": "R1", "least": "much"}, "parameter-value"),
        ({"region": "R1", "least": "inf"}, "parameter-value"),
    ],
)
def test_wrong_values_are_told(node: Node, values: dict[str, Any], code: str) -> None:
    with pytest.raises(GolcondaError) as told:
        node.owner_session("test").service("by_region", **values)
    assert told.value.code == code


@pytest.mark.parametrize(
    ("name", "sql", "code"),
    [
        ("by_region", "SELECT 1 AS n FROM care", "service-exists"),
        ("By Region", "SELECT 1 AS n FROM care", "name-invalid"),
        ("other", "SELECT $a AS n FROM care", "parameter-untyped"),
        ("other", "SELECT region FROM care WHERE region = :purpose", "parameter-name"),
        ("other", "SELECT region FROM care WHERE region = ?", "parameter-name"),
        ("other", "SELECT nothing FROM care", "column-unknown"),
        ("other", "DROP TABLE care", "sql-not-a-query"),
    ],
)
def test_what_is_no_service_is_refused(node: Node, name: str, sql: str, code: str) -> None:
    with pytest.raises(GolcondaError) as told:
        node.owner_session("test").add_service(name, sql, product="care")
    assert told.value.code == code


def test_a_type_may_be_declared(node: Node) -> None:
    owner = node.owner_session("test")
    owner.add_service("echo", "SELECT $a AS n FROM care LIMIT :most", product="care", parameters={"a": "bigint"})
    assert rows(owner.service("echo", a="7", most=1)) == [[7]]


def test_it_is_on_the_products_page_and_in_its_lineage(node: Node) -> None:
    owner = node.owner_session("test")
    assert [each["name"] for each in owner.product("care")["services"]] == ["by_region"]
    (cost,) = owner.lineage("care.visits.cost")["columns"]
    assert [down["name"] for down in cost["down"]] == ["by_region.cost"]
    owner.remove_service("by_region")
    assert owner.lineage("care.visits.cost")["columns"][0]["down"] == []


def test_whom_the_product_is_hidden_from_hears_of_no_service(node: Node) -> None:
    li = reader(node)
    assert li.services() == {"services": []}
    for call in (lambda: li.service("by_region", region="R1", least=0), lambda: li.lineage("by_region")):
        with pytest.raises(GolcondaError) as told:
            call()
        assert told.value.code in ("service-unknown", "product-unknown")


def test_a_reader_adds_and_removes_none(node: Node) -> None:
    li = reader(node)
    agreed(node, li)
    for act in (
        lambda: li.add_service("mine", "SELECT region FROM care", product="care"),
        lambda: li.remove_service("by_region"),
    ):
        with pytest.raises(GolcondaError) as told:
            act()
        assert told.value.code == "not-allowed"


def test_a_parameter_may_stand_first(node: Node) -> None:
    owner = node.owner_session("test")
    owner.add_service("marked", "SELECT :mark, cost FROM care", product="care", parameters={"mark": "VARCHAR"})
    assert {row[0] for row in rows(owner.service("marked", mark="x"))} == {"x"}
