"""A node's side with two organisations and a product, without any file in the lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from golconda import contract
from golconda.agreement import terms_file
from golconda.agreement.keys import KeyStore
from golconda.agreement.purposes import standard
from golconda.contract import DraftTable
from golconda.exchange import negotiation
from golconda.exchange.negotiation import Desk
from golconda.kernel.logical_types import Column, LogicalType
from golconda.kernel.names import ProductName
from golconda.metastore import catalog, identity
from golconda.metastore.identity import Principal

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.exchange.negotiation import Answered, Asked
    from golconda.metastore.agreements import Agreement, Negotiation, Offer
    from golconda.metastore.database import Metastore

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
CARE = ProductName("city", "care")
VISITS = tuple(
    Column(name, LogicalType.parse(type_))
    for name, type_ in {
        "region": "VARCHAR",
        "phone": "VARCHAR",
        "age": "BIGINT",
        "cost": "DOUBLE",
        "visit_date": "DATE",
        "consent": "BOOLEAN",
    }.items()
)
OWNER = Principal("city/wang", "city", "person", ("steward",))
READER = Principal("acme/li", "acme", "person", ("reader",))
STRANGER = Principal("other/xu", "other", "person", ("reader",))
TERMS = """
purposes: [epidemic-statistics]
where: "region <> 'R9' AND consent"
masks: {phone: partial}
limits: {queries: 200, per: day}
period: P30D
"""


@dataclass
class Scene:
    """The node, and what its people do, at a time that a test moves."""

    metastore: Metastore
    desk: Desk
    now: datetime = NOW
    owner: Principal = OWNER
    reader: Principal = READER
    stranger: Principal = STRANGER

    def pass_time(self, **lapse: int) -> None:
        """Let time pass."""
        self.now += timedelta(**lapse)

    def offer(self, terms: str = TERMS, **how: Any) -> Offer:
        """Offer city/care."""
        with self.metastore.transaction() as connection:
            return negotiation.offer(
                connection,
                self.desk,
                actor=how.pop("actor", self.owner),
                product=str(CARE),
                terms=terms_file.read(terms),
                now=self.now,
                **how,
            )

    def request(self, *, purpose: str = "epidemic-statistics", **how: Any) -> Asked:
        """Ask for city/care."""
        with self.metastore.transaction() as connection:
            return negotiation.request(
                connection,
                self.desk,
                actor=how.pop("actor", self.reader),
                product=str(CARE),
                purpose=purpose,
                now=self.now,
                **how,
            )

    def approve(self, request: str, actor: Principal, terms: str | None = None) -> Answered:
        """Approve or counter a request."""
        written = None if terms is None else terms_file.read(terms)
        with self.metastore.transaction() as connection:
            return negotiation.approve(connection, self.desk, actor=actor, request=request, now=self.now, terms=written)

    def reject(self, request: str, actor: Principal) -> Negotiation:
        """Reject a request."""
        with self.metastore.transaction() as connection:
            return negotiation.reject(connection, actor=actor, request=request, why="no", now=self.now)

    def agreed(self, terms: str = TERMS) -> Agreement:
        """Come to an agreement."""
        self.offer(terms, automatic=True)
        made = self.request().agreement
        assert made is not None
        return made

    def end(self, verb: str, agreement: str, actor: Principal | None = None) -> Agreement:
        """Suspend, resume or revoke."""
        why = {} if verb == "resume" else {"why": "because"}
        with self.metastore.transaction() as connection:
            return getattr(negotiation, verb)(
                connection, actor=actor or self.owner, agreement=agreement, now=self.now, **why
            )


@pytest.fixture
def scene(metastore: Metastore, tmp_path: Path) -> Scene:
    """Give a node of city with the product city/care, and the guests acme and other."""
    with metastore.transaction() as connection:
        for name in ("city", "acme", "other"):
            identity.add_organisation(connection, name, titles={"en": name}, actor="city/wang", time=NOW)
        _publish(connection, tables={"visits": VISITS, "regions": VISITS[:1]})
    return Scene(metastore, Desk("city", KeyStore(tmp_path / "keys"), standard()))


def _publish(connection: Any, *, tables: dict[str, tuple[Column, ...]]) -> None:
    drafted = contract.draft(
        CARE,
        titles={"en": "Care"},
        tables=[DraftTable(name, {}, columns) for name, columns in tables.items()],
    )
    kept = catalog.store_document(connection, "contract", drafted.text())
    manifest = catalog.store_document(connection, "manifest", "{}")
    catalog.put_product(connection, catalog.Product(CARE, {"en": "Care"}, "", None, None, False, 1, NOW, NOW))
    snapshots = [
        catalog.Snapshot(name, ordinal, {}, 0, columns, (), 0, 0, 0)
        for ordinal, (name, columns) in enumerate(tables.items())
    ]
    version = catalog.Version(CARE, 1, 1, "pub-1", kept, manifest, None, NOW, "city/wang", None)
    catalog.put_version(connection, version, snapshots)
