"""What each role reaches: every use case, for everyone, and no row for those who oversee or keep the node."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest

from golconda.kernel.errors import GolcondaError
from golconda.node.session import Session
from golconda.testing.nodes import TERMS, VISITS, agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from golconda.node.node import Node

ROLES = ("steward", "reader", "guest", "regulator", "administrator", "stranger")
QUERY = "SELECT * FROM city.care.visits"
# Values that stand in rows: of the published ones, and of one that was set aside. What a reader writes into a query
# is another thing: the log keeps it as it was asked.
VALUES = ("138-1234-5678", "A1001", "120.5", "136-1234-5678", "10.25", "CANARY")

REFUSED = {"not-allowed", "not-signed-in", "agreement-missing", "request-unknown", "product-unknown"}

# For each use case, whom it is not refused as such. What it needs besides is another question.
ALLOWED: dict[str, str] = {
    "products": "steward reader guest regulator administrator stranger",
    "search": "steward reader guest regulator administrator stranger",
    "product": "steward reader guest regulator administrator stranger",
    "contract": "steward reader guest regulator administrator stranger",
    "purposes": "steward reader guest regulator administrator stranger",
    "organisations": "steward reader guest regulator administrator stranger",
    "tables": "steward reader guest",
    "parameter_names": "steward reader guest regulator administrator",
    "lineage": "steward reader guest regulator administrator stranger",
    "services": "steward reader guest regulator administrator stranger",
    "show_service": "steward reader guest regulator administrator stranger",
    "publish": "steward",
    "derive": "steward reader guest",
    "refresh": "reader guest",  # whose organisation made it; others do not know of it
    "add_service": "steward",
    "remove_service": "steward",
    "offer": "steward",
    "withdraw": "steward",
    "request": "steward reader guest",
    "requests": "steward reader guest regulator",
    "request_document": "steward reader guest regulator",
    "approve": "steward reader guest",
    "reject": "steward reader guest",
    "agreements": "steward reader guest regulator",
    "agreement": "steward reader guest regulator",
    "revoke": "steward",
    "suspend": "steward",
    "resume": "steward",
    "terminate": "steward reader guest",
    "query": "steward reader guest",
    "schema": "steward reader guest",
    "paged": "steward reader guest",
    "page": "steward reader guest",
    "service": "steward reader guest",
    "paged_service": "steward reader guest",
    "explain": "steward reader guest",
    "profile": "steward reader guest",
    "add_organisation": "steward administrator",
    "new_token": "steward guest",
    "tokens": "steward reader guest regulator administrator",
    "revoke_token": "steward guest administrator",
    "log": "steward guest regulator",
    "verify_log": "steward regulator administrator",
    "export_log": "steward regulator administrator",
}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Node]:
    with care_node(tmp_path) as node:
        (tmp_path / "visits.csv").write_text(f"{VISITS}R1,CANARY,ragged\n", encoding="utf-8")
        node.owner_session("test").publish([str(tmp_path / "visits.csv")], name="care")
        yield node


@pytest.fixture
def given(city: Node, tmp_path: Path) -> dict[str, Any]:
    """Give what the use cases are about: an offer, an agreement that was read under, a request that waits."""
    owner, li = city.owner_session("test"), reader(city)
    agreement = agreed(city, li)
    li.query(QUERY).document()
    owner.query(QUERY).document()
    offer = owner.offer("care", TERMS)["id"]
    by = "SELECT region, cost FROM care WHERE {0} = :{0}"
    owner.add_service("by_region", by.format("region"), product="care")
    owner.add_service("by_cost", by.format("cost"), product="care")
    session(city, "guest").derive("spending", "SELECT region, cost FROM city.care.visits")
    return {
        "agreement": agreement,
        "offer": offer,
        "request": li.request("city/care", purpose="epidemic-statistics", offer=offer)["id"],
        "prefix": owner.new_token("acme/chen")["prefix"],
        "source": str(tmp_path / "visits.csv"),
        "out": tmp_path / "out",
    }


def session(node: Node, role: str) -> Session:
    if role == "stranger":
        return node.public_session("test")
    name = {"steward": "city/boss", "guest": "acme/boss", "reader": "acme/wang"}.get(role, f"city/{role}")
    token = node.owner_session("test").new_token(name, role="steward" if role == "guest" else role)["token"]
    return node.authenticate(token, "test")


CALLS: dict[str, Callable[[Session, dict[str, Any]], Any]] = {
    "products": lambda s, _: s.products(),
    "search": lambda s, _: s.search("care"),
    "product": lambda s, _: s.product("city/care"),
    "contract": lambda s, _: s.contract("city/care"),
    "purposes": lambda s, _: s.purposes(),
    "organisations": lambda s, _: s.organisations(),
    "tables": lambda s, _: [str(each) for each in s.tables()],
    "parameter_names": lambda s, _: s.parameter_names(QUERY),
    "lineage": lambda s, _: s.lineage("city/care"),
    "services": lambda s, _: s.services(),
    "show_service": lambda s, _: s.show_service("by_region"),
    "publish": lambda s, g: s.publish(g["source"], name="city/care"),
    "derive": lambda s, _: s.derive("own", QUERY),
    "refresh": lambda s, _: s.refresh("acme/spending"),
    "add_service": lambda s, _: s.add_service("all_visits", QUERY, product="city/care"),
    "remove_service": lambda s, _: s.remove_service("by_cost"),
    "offer": lambda s, _: s.offer("city/care", TERMS),
    "withdraw": lambda s, g: s.withdraw(g["offer"]),
    "request": lambda s, g: s.request("city/care", purpose="epidemic-statistics", offer=g["offer"]),
    "requests": lambda s, _: s.requests(),
    "request_document": lambda s, g: s.request_document(g["request"]),
    "approve": lambda s, g: s.approve(g["request"]),
    "reject": lambda s, g: s.reject(g["request"], why="no"),
    "agreements": lambda s, _: s.agreements(),
    "agreement": lambda s, g: s.agreement(g["agreement"]),
    "revoke": lambda s, g: s.revoke(g["agreement"], why="done"),
    "suspend": lambda s, g: s.suspend(g["agreement"], why="wait"),
    "resume": lambda s, g: s.resume(g["agreement"]),
    "terminate": lambda s, g: s.terminate(g["agreement"], why="done"),
    "query": lambda s, _: s.query(QUERY).document(),
    "schema": lambda s, _: s.schema(QUERY).names,
    "paged": lambda s, _: json.loads(s.paged(QUERY, 1, at="")),
    "page": lambda s, _: json.loads(s.page(json.loads(s.paged(QUERY, 1, at=""))["next"])),
    "service": lambda s, _: s.service("by_region", region="R1").document(),
    "paged_service": lambda s, _: json.loads(s.paged_service("by_region", 1, at="", region="R1")),
    "explain": lambda s, _: s.explain(QUERY),
    "profile": lambda s, g: s.profile(g["agreement"]),
    "add_organisation": lambda s, _: s.add_organisation("other", titles={"en": "Other"}),
    "new_token": lambda s, _: s.new_token("acme/li"),
    "tokens": lambda s, _: s.tokens(),
    "revoke_token": lambda s, g: s.revoke_token(g["prefix"]),
    "log": lambda s, _: s.log(limit=1000),
    "verify_log": lambda s, _: s.verify_log(),
    "export_log": lambda s, g: s.export_log(g["out"]),
}


def test_the_table_holds_every_use_case() -> None:
    names = {name for name, _ in inspect.getmembers(Session, inspect.isfunction) if not name.startswith("_")}
    assert names - {"known", "demand"} == ALLOWED.keys() == CALLS.keys()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_what_the_table_says(city: Node, given: dict[str, Any], role: str) -> None:
    reached, shown = set(), []
    for name, call in CALLS.items():
        found = outcome(session(city, role), call, given)
        shown.append(found)
        if found.get("code") not in {
            "not-allowed",
            "not-signed-in",
            "agreement-missing",
            "request-unknown",
            "product-unknown",
        }:
            reached.add(name)
    assert reached == {name for name, roles in ALLOWED.items() if role in roles.split()}
    if role in {"regulator", "administrator", "stranger"}:
        exported = [file.read_text("utf-8") for file in given["out"].rglob("*") if file.is_file()]
        whole = json.dumps(shown) + "".join(exported)
        assert [value for value in VALUES if value in whole] == []


def outcome(asker: Session, call: Callable[[Session, dict[str, Any]], Any], given: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": call(asker, given)}
    except GolcondaError as error:
        return error.document()
