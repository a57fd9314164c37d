"""Nobody makes himself more than he was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.kernel.errors import AccessRefused
from golconda.testing.nodes import care_node, reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from golconda.node.node import Node
    from golconda.node.session import Session


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Node]:
    """Give the node of city, where acme is a guest."""
    with care_node(tmp_path) as node:
        reader(node)
        yield node


def session(node: Node, name: str, role: str) -> Session:
    return node.authenticate(node.owner_session("test").new_token(name, role=role)["token"], "test")


@pytest.mark.parametrize("roles", [["regulator"], ["administrator"], ["steward", "regulator"]])
def test_a_guests_steward_makes_no_one_who_reaches_beyond_the_guest(city: Node, roles: list[str]) -> None:
    boss = session(city, "acme/boss", "steward")
    for name in ("acme/new", "acme/li", "acme/boss"):
        with pytest.raises(AccessRefused, match="may not new token"):
            boss.new_token(name, roles=roles)


def test_a_guests_steward_gives_its_own_people_tokens(city: Node) -> None:
    boss = session(city, "acme/boss", "steward")
    assert boss.new_token("acme/new")["roles"] == ["reader"]
    assert boss.new_token("acme/li", role="steward")["roles"] == ["steward"]


def test_a_guests_steward_gets_no_token_of_a_regulator_it_houses(city: Node) -> None:
    boss = session(city, "acme/boss", "steward")
    session(city, "acme/audit", "regulator")
    for roles in ([], ["reader"]):  # it would be the regulator's again once the role is given back
        with pytest.raises(AccessRefused):
            boss.new_token("acme/audit", roles=roles)


@pytest.mark.parametrize("name", ["city/steward", "acme/li"])
def test_an_administrator_gets_no_token_of_somebody_who_reads_rows(city: Node, name: str) -> None:
    keeper = session(city, "city/keeper", "administrator")
    with pytest.raises(AccessRefused, match="may not new token"):
        keeper.new_token(name, role="administrator")
    assert keeper.new_token("acme/audit", role="regulator")["roles"] == ["regulator"]
    assert keeper.new_token("acme/audit", role="regulator")["roles"] == ["regulator"]
