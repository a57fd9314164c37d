"""Invariants 5, 19 and 20: joined terms are never looser, on data; both parties signed the same bytes."""

from __future__ import annotations

from functools import reduce
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sqlalchemy import update

from golconda.agreement import signing, terms_file
from golconda.agreement.join import join
from golconda.agreement.keys import verifies
from golconda.agreement.purposes import standard
from golconda.kernel.canonical import digest_bytes
from golconda.kernel.errors import GolcondaError
from golconda.metastore import agreements, schema
from golconda.testing.nodes import agreed

if TYPE_CHECKING:
    from golconda.agreement.terms import Terms
    from golconda.node.node import Node
    from golconda.node.session import Session

SOURCES = (
    "columns: [region, age, phone, cost, visit_date]\nwhere: \"region <> 'R9'\"\nmasks: {phone: partial}",
    "columns: [age, region, phone, sex, visit_date]\nwhere: consent\nmasks: {visit_date: {generalise: month}}",
    "where: age > 30\nmasks: {phone: redact, visit_date: {generalise: year}}\nlimits: {rows: 100, per: day}",
    "columns: [region, cost, phone, age]\nlimits: {rows: 7, queries: 50, per: day}\nprohibit: [combine]",
)


def written(*terms: str) -> str:
    """Return what some terms come to together, as a steward would write it."""
    read: list[Terms] = [terms_file.read(text) for text in terms]
    together = reduce(lambda first, second: join(first, second, purposes=standard()), read)
    return yaml.safe_dump(terms_file.write(together), allow_unicode=True)


def view(node: Node, li: Session, terms: str) -> tuple[dict[str, list[Any]], list[tuple[str, str, int]]]:
    """Return what a reader sees of the product under some terms, by column, and the limits."""
    agreement = agreed(node, li, terms, purpose="linkage")
    answer = li.query("SELECT * FROM care", agreements=[agreement]).document()
    names = [column["name"] for column in answer["columns"]]
    shown = {name: [row[at] for row in answer["rows"]] for at, name in enumerate(names)}
    meters = li.agreement(agreement)["meters"]
    return shown, [(meter["what"], meter["per"], meter["limit"]) for meter in meters]


def demand_no_looser(node: Node, li: Session, joined: str, single: str) -> None:
    """Hold joined terms to one of those they come from: no more columns, rows or room, and each mask holds."""
    (shown, limits), (wider, others) = view(node, li, joined), view(node, li, single)
    assert shown.keys() <= wider.keys()
    assert set(shown["age"]) <= set(wider["age"])  # which is another in each row
    for name in (yaml.safe_load(single).get("masks") or {}).keys() & shown.keys():
        assert set(shown[name]) <= {*wider[name], None}
    for what, per, most in others:
        assert min(limit for kind, window, limit in limits if (kind, window) == (what, per)) <= most


@pytest.mark.parametrize("pair", list(combinations(SOURCES, 2)))
def test_05_joining_obligations_is_never_looser(node: Node, li: Session, pair: tuple[str, str]) -> None:
    for terms in pair:
        demand_no_looser(node, li, written(*pair), terms)


def test_19_what_is_derived_of_many_sources_is_never_looser_than_any(node: Node, li: Session) -> None:
    """Nothing can be derived inside a node yet; this holds what it will carry: the join, in whatever order."""
    assert len({written(*order) for order in permutations(SOURCES)}) == 1
    for terms in SOURCES:
        demand_no_looser(node, li, written(*SOURCES), terms)


def test_20_both_signatures_verify_over_the_same_bytes(node: Node, owner: Session, li: Session) -> None:
    offer = owner.offer("care", SOURCES[0])["id"]
    asked = li.request("city/care", purpose="linkage", offer=offer)["id"]
    owner.approve(asked, terms=SOURCES[1])
    agreement = owner.agreement(li.approve(asked)["agreement"])
    with node.metastore.read() as connection:
        signed = agreements.signatures(connection, agreement["proposal"])
        proposal = agreements.content(connection, agreement["proposal"])
    assert {one.content.party for one in signed} == {"city", "acme"}
    assert {one.content.proposal for one in signed} == {digest_bytes(proposal.encode())} == {agreement["proposal"]}
    assert all(verifies(one.public, one.statement.encode(), one.value) for one in signed)
    assert all(signing.holds(one, proposal=agreement["proposal"], party=one.content.party) for one in signed)
    assert [one["valid"] for one in agreement["signatures"]] == [True, True]
    assert len({one.public for one in signed}) == 2


def test_20_a_signature_over_other_bytes_makes_no_agreement(node: Node, owner: Session, li: Session) -> None:
    offer = owner.offer("care", SOURCES[0])["id"]
    asked = li.request("city/care", purpose="linkage", offer=offer)["id"]
    table = schema.signature
    with node.metastore.transaction() as connection:
        (mine,) = agreements.signatures(connection, owner.request_document(asked)["proposals"][-1]["hash"])
        altered = mine.statement.replace("acme/li", "acme/xi")
        connection.execute(update(table).where(table.c.value == mine.value).values(statement=altered))
    with pytest.raises(GolcondaError) as caught:
        owner.approve(asked)
    assert caught.value.code == "signature-invalid"
    assert owner.agreements()["agreements"] == []
