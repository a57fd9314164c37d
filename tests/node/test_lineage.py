"""Lineage as a reader sees it: his own trees, up and down, with nothing in them that he may not know of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.kernel.errors import NotFound
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from golconda.node.node import Node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with care_node(tmp_path) as made:
        yield made


def test_a_published_column_leads_to_the_file_it_was_read_from(node: Node) -> None:
    (cost,) = node.owner_session("test").lineage("care.visits.cost")["columns"]
    assert cost["name"] == "city/care.visits.cost"
    assert [(up["name"], up["how"]) for up in cost["up"]] == [("visits.csv.cost", "copied")]


@pytest.mark.parametrize("name", ["care.visits", "city.care.visits", "city/care", "care", "city/care.visits"])
def test_a_table_and_a_product_stand_for_all_their_columns(node: Node, name: str) -> None:
    assert len(node.owner_session("test").lineage(name)["columns"]) == 8


@pytest.mark.parametrize(
    ("name", "code"),
    [("nowhere", "product-unknown"), ("care.visit.cost", "column-unknown"), ("care.visits.cots", "column-unknown")],
)
def test_a_wrong_name_is_told_with_the_nearest(node: Node, name: str, code: str) -> None:
    with pytest.raises(NotFound) as told:
        node.owner_session("test").lineage(name)
    assert told.value.code == code


def test_a_reader_sees_no_file_and_no_hidden_column(node: Node) -> None:
    li = reader(node)
    agreed(node, li)
    assert li.lineage("care.visits.cost")["columns"][0]["up"] == []
    with pytest.raises(NotFound):
        li.lineage("care.visits.consent")


def test_a_stranger_to_a_product_hears_that_it_is_not_there(node: Node) -> None:
    with pytest.raises(NotFound) as told:
        reader(node).lineage("city/care.visits.cost")
    assert told.value.code == "product-unknown"


def test_explain_names_what_each_column_is_made_of(node: Node) -> None:
    explained = node.owner_session("test").explain("SELECT region, avg(cost) AS mean FROM care.visits GROUP BY region")
    origin = {"product": "city/care", "table": "visits"}
    assert explained["columns"] == [
        {"name": "region", "origins": [{**origin, "column": "region", "how": "copied"}]},
        {"name": "mean", "origins": [{**origin, "column": "cost", "how": "aggregated"}]},
    ]
