"""Finish or undo what a crash left half done. Readers saw none of it: they follow the pointer alone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from golconda.kernel.errors import TryAgain
from golconda.kernel.names import ProductName, TableName
from golconda.lake import recovery
from golconda.lake.recovery import Pointed
from golconda.metastore import catalog, leases, publishing

if TYPE_CHECKING:
    from golconda.metastore.leases import Lease
    from golconda.metastore.publishing import Plan, Staging
    from golconda.node.publisher import Publisher


def recover(node: Publisher) -> None:
    """Settle every publish that no living process is at."""
    with node.metastore.read() as connection:
        names = {staging.product for staging in publishing.stagings(connection)}
    for name in sorted(names):
        product = ProductName.parse(name)
        with suppress(TryAgain), leases.holding(node.metastore, f"publish:{name}", node.clock) as lease:
            settle(node, product, lease)


def settle(node: Publisher, name: ProductName, lease: Lease) -> None:
    """Under the product's lease: roll forward what was judged good and is committed, undo the rest."""
    with node.metastore.read() as connection:
        left = publishing.stagings(connection, name)
    for staging in left:
        versions = _committed(node, staging)
        if staging.plan is not None and versions is not None:
            move(node, staging.plan, lease, versions)
        else:
            undo(node, staging, lease)


def move(node: Publisher, plan: Plan, lease: Lease, versions: dict[str, int]) -> None:
    """Move the pointer to a plan whose every table is committed, and clear its staging folder."""
    time = node.clock.now()
    signed = publishing.certificate(plan, node.keys.signing(plan.name.organisation), time)
    with node.metastore.transaction() as connection:
        publishing.move_pointer(connection, plan, lease, delta_versions=versions, certificate=signed, time=time)
    node.lake.close_staging(plan.publish_id)


def undo(node: Publisher, staging: Staging, lease: Lease) -> None:
    """Put every table back to what the pointer names, and remove what the publish had written."""
    with node.metastore.transaction() as connection:
        leases.confirm(connection, lease)
    if staging.plan is not None:
        for table in _tables(staging.plan):
            recovery.restore(node.lake, table, _pointed(node, table))
        recovery.discard(node.lake, list(staging.plan.staged))
    node.lake.close_staging(staging.publish_id)
    with node.metastore.transaction() as connection:
        publishing.end(connection, staging.publish_id)


def _committed(node: Publisher, staging: Staging) -> dict[str, int] | None:
    if staging.plan is None or staging.verdict != publishing.ACCEPTED:
        return None
    return recovery.committed(node.lake, _tables(staging.plan), staging.publish_id)


def _tables(plan: Plan) -> list[TableName]:
    return [TableName(plan.name, snapshot.table) for snapshot in plan.snapshots]


def _pointed(node: Publisher, table: TableName) -> Pointed | None:
    with node.metastore.read() as connection:
        last = catalog.last_snapshot(connection, table.product, table.table)
    if last is None:
        return None
    version, snapshot = last
    return Pointed(version.publish_id, snapshot.columns, () if version.dropped else snapshot.files)
