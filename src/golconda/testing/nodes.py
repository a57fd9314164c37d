"""Small nodes for tests: real files, real metastore, real engine, and a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from golconda.node.open import init_node

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.node.node import Node
    from golconda.node.session import Session

VISITS = """region,age,sex,phone,id_number,cost,visit_date,consent
R1,34,F,138-1234-5678,A1001,120.5,2013-01-05,true
R1,40,M,139-1234-5678,A1002,80,2013-01-07,true
R9,50,M,137-1234-5678,A1003,99,2013-02-07,true
R2,22,F,136-1234-5678,A1004,10.25,2013-03-01,false
R2,61,F,135-1234-5678,A1005,310,2013-03-02,true
"""

TERMS = """
purposes: [epidemic-statistics]
columns: [region, age, sex, phone, id_number, cost, visit_date]
where: "region <> 'R9' AND consent"
masks: {phone: partial, id_number: pseudonym, visit_date: {generalise: month}}
"""


@dataclass(slots=True)
class SetClock:
    """A clock that stands until it is moved."""

    time: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 9, tzinfo=UTC))

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time

    def move(self, **by: float) -> None:
        """Move by so many days, hours, seconds …"""
        self.time += timedelta(**by)


def care_node(directory: Path, *, clock: SetClock | None = None, metastore: str | None = None) -> Node:
    """Make the node of ``city`` with one product, ``city/care``, of five synthetic visits."""
    settings: dict[str, object] = {"metastore": metastore} if metastore else {}
    node = init_node(
        directory / "city", organisation="city", titles={"en": "City"}, settings=settings, clock=clock or SetClock()
    )
    source = directory / "visits.csv"
    source.write_text(VISITS, encoding="utf-8")
    owner = node.owner_session("test")
    owner.publish([str(source)], name="care", titles={"en": "Care", "zh": "就医"}, domain="health", synthetic=True)
    return node


def reader(node: Node, name: str = "acme/li") -> Session:
    """Return the session of a reader, who is added with the organisation where they are not there yet."""
    owner = node.owner_session("test")
    organisation = name.partition("/")[0]
    if organisation not in {each["name"] for each in owner.organisations()["organisations"]}:
        owner.add_organisation(organisation, titles={"en": organisation})
    token = owner.new_token(name)["token"]
    return node.authenticate(token, "test")


def agreed(
    node: Node,
    session: Session,
    terms: str = TERMS,
    *,
    product: str = "city/care",
    purpose: str = "epidemic-statistics",
) -> str:
    """Offer a product on terms, have the reader ask and the owner approve, and return the agreement's id."""
    owner = node.local_session(f"{product.partition('/')[0]}/steward", "test")
    offer = owner.offer(product, terms)["id"]
    asked = session.request(product, purpose=purpose, offer=offer)
    return str(owner.approve(asked["id"])["agreement"])
