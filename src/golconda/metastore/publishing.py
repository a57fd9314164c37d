"""A publish as the metastore knows it: staged, judged, then one transaction that moves the pointer."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import delete, func, insert, select, update

from golconda.kernel.canonical import canonical, digest, digest_bytes
from golconda.kernel.clock import stamp
from golconda.kernel.names import ProductName
from golconda.metastore import catalog, heritage, leases, lineage, schema
from golconda.metastore.catalog import Product, Snapshot, Version
from golconda.metastore.log import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from golconda.metastore.leases import Lease

ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the pointer move needs, so that another process can finish a publish that was judged good.

    `staged` maps a file's path in the storage to where it is staged. `findings` and
    `rejections` are JSON as the catalogue gives them, `lineage` is as `Edge.document` gives it.
    """

    publish_id: str
    product: str
    number: int
    major: int
    by: str
    titles: Mapping[str, str]
    description: str
    domain: str | None
    grade: str | None
    synthetic: bool
    contract: str
    snapshots: tuple[Snapshot, ...]
    staged: Mapping[str, str]
    findings: tuple[Mapping[str, Any], ...]
    rejections: tuple[Mapping[str, Any], ...]
    lineage: tuple[Mapping[str, Any], ...] = ()  # a plan that an older program staged has none
    made: Mapping[str, Any] | None = None  # of a derived product, as `heritage.made_document` gives it

    @property
    def name(self) -> ProductName:
        """Return the product's name."""
        return ProductName.parse(self.product)

    @property
    def manifest(self) -> str:
        """Return what the version consists of, its tables, columns and files by hash, as canonical JSON."""
        tables = [catalog.snapshot_document(snapshot) for snapshot in self.snapshots]
        # A Delta version is where a snapshot is found, not what it is.
        shown = [{key: value for key, value in table.items() if key != "delta_version"} for table in tables]
        return canonical({"product": self.product, "version": self.number, "tables": shown}).decode()

    @property
    def findings_digest(self) -> str:
        """Return the hash of all findings."""
        return digest(list(self.findings))

    def text(self) -> str:
        """Return the plan as JSON."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return catalog.text({**fields, "snapshots": [catalog.snapshot_document(s) for s in self.snapshots]})

    @classmethod
    def read(cls, text: str) -> Plan:
        """Read what `text` wrote."""
        found = json.loads(text)
        tuples = {name: tuple(found.get(name, ())) for name in ("findings", "rejections", "lineage")}
        return cls(**{**found, **tuples, "snapshots": tuple(map(catalog.snapshot_of, found["snapshots"]))})


@dataclass(frozen=True, slots=True)
class Staging:
    """A publish that has begun and not ended. `plan` is there once its verdict stands."""

    publish_id: str
    product: str
    fence: int
    verdict: str | None
    plan: Plan | None


def begin(connection: Connection, publish_id: str, name: ProductName, lease: Lease, time: datetime) -> None:
    """Note that a publish has begun, before it writes anything."""
    leases.confirm(connection, lease)
    values = {"publish_id": publish_id, "product": str(name), "fence": lease.fence, "started": stamp(time)}
    connection.execute(insert(schema.staging).values(values))


def judge(connection: Connection, plan: Plan, lease: Lease) -> None:
    """Record that the checks have spoken for the plan: from here on the publish may be finished by anyone."""
    leases.confirm(connection, lease)
    mine = schema.staging.c.publish_id == plan.publish_id
    connection.execute(update(schema.staging).where(mine).values(verdict=ACCEPTED, plan=plan.text()))


def end(connection: Connection, publish_id: str) -> None:
    """Forget a publish that was given up."""
    connection.execute(delete(schema.staging).where(schema.staging.c.publish_id == publish_id))


def stagings(connection: Connection, name: ProductName | None = None) -> tuple[Staging, ...]:
    """List the publishes that have begun and not ended, of one product or of all, oldest first."""
    table = schema.staging
    query = select(table).order_by(table.c.started, table.c.publish_id)
    if name is not None:
        query = query.where(table.c.product == str(name))
    return tuple(_staging(row) for row in connection.execute(query))


class Signer(Protocol):
    """A key that signs."""

    @property
    def id(self) -> str:
        """Return the name of the public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature of these bytes."""
        ...


def certificate(plan: Plan, key: Signer, time: datetime) -> str:
    """Return the signed statement of what a version holds and what was found out about it, as JSON.

    The signature is over the canonical bytes of ``statement``.
    """
    statement = {
        "what": "golconda/certificate/1",
        "version": f"{plan.product}@{plan.number}",
        "manifest": digest_bytes(plan.manifest.encode()),
        "contract": digest_bytes(plan.contract.encode()),
        "findings": plan.findings_digest,
        "time": stamp(time),
    }
    signature = key.sign(canonical(statement)).hex()
    return catalog.text({"statement": statement, "key": key.id, "signature": signature})


def next_number(connection: Connection, name: ProductName) -> int:
    """Return the number of the version after the last; it holds as long as the product's lease."""
    last = select(func.max(schema.version.c.number)).where(schema.version.c.product == str(name))
    return (connection.scalar(last) or 0) + 1


def move_pointer(
    connection: Connection,
    plan: Plan,
    lease: Lease,
    *,
    delta_versions: Mapping[str, int],
    certificate: str,
    time: datetime,
) -> Version:
    """Publish all tables of the plan at once, with everything that is said of them, and end the staging.

    The fence is checked here, in the same transaction: a stale writer changes nothing.
    """
    leases.confirm(connection, lease)
    made = _version(connection, plan, certificate, time)
    known = catalog.find(connection, plan.name)
    catalog.put_product(connection, _product(plan, known, time))
    tables = [replace(s, delta_version=delta_versions[s.table]) for s in plan.snapshots]
    catalog.put_version(connection, made, tables)
    catalog.put_findings(connection, plan.name, plan.number, plan.findings)
    catalog.put_rejections(connection, plan.name, plan.publish_id, plan.rejections)
    lineage.put(connection, plan.lineage)
    if plan.made is not None:
        heritage.put(connection, plan.name, plan.number, plan.made)
    end(connection, plan.publish_id)
    _tell(connection, plan, made, time)
    return made


def _version(connection: Connection, plan: Plan, certificate: str, time: datetime) -> Version:
    return Version(
        product=plan.name,
        number=plan.number,
        major=plan.major,
        publish_id=plan.publish_id,
        contract=catalog.store_document(connection, "contract", plan.contract),
        manifest=catalog.store_document(connection, "manifest", plan.manifest),
        certificate=certificate,
        published=time,
        by=plan.by,
        dropped=None,
    )


def _product(plan: Plan, known: Product | None, time: datetime) -> Product:
    return Product(
        name=plan.name,
        titles=plan.titles,
        description=plan.description,
        domain=plan.domain,
        grade=plan.grade,
        synthetic=plan.synthetic,
        current=plan.number,
        created=known.created if known else time,
        updated=time,
    )


def _tell(connection: Connection, plan: Plan, made: Version, time: datetime) -> None:
    payload = {
        "version": plan.number,
        "major": plan.major,
        "publish": plan.publish_id,
        "contract": made.contract,
        "manifest": made.manifest,
        "findings": plan.findings_digest,
        "tables": {s.table: {"rows": s.rows, "rejected": s.rejected} for s in plan.snapshots},
    }
    subject = f"{plan.product}@{plan.number}"
    record(connection, kind="product.published", actor=plan.by, subject=subject, payload=payload, time=time)


def _staging(row: Row[Any]) -> Staging:  # a row of `staging`
    plan = Plan.read(row.plan) if row.plan else None
    return Staging(row.publish_id, row.product, row.fence, row.verdict, plan)
