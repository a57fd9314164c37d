"""Remove the files of versions that nobody keeps, reads or publishes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from golconda.kernel.errors import TryAgain
from golconda.lake import garbage
from golconda.metastore import catalog, leases, publishing

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from golconda.kernel.names import ProductName
    from golconda.metastore.leases import Lease
    from golconda.node.publisher import Publisher


def collect(node: Publisher) -> None:
    """Collect garbage of every product that nobody is publishing."""
    with node.metastore.read() as connection:
        names = [product.name for product in catalog.products(connection)]
    for name in names:
        with suppress(TryAgain), leases.holding(node.metastore, f"publish:{name}", node.clock) as lease:
            collect_product(node, name, lease)


def collect_product(node: Publisher, name: ProductName, lease: Lease) -> None:
    """Under the product's lease: give up versions beyond those kept, then remove files that nothing names.

    A version is given up first, so that no new read begins on it; its files go once no read that began before
    that is running.
    """
    folders = node.lake.stagings()
    with node.metastore.transaction() as connection:
        leases.confirm(connection, lease)
        _give_up(connection, name, node)
        named = _named(connection, name)
        live = {staging.publish_id for staging in publishing.stagings(connection)}
    garbage.sweep(node.lake, name, named)
    garbage.sweep_stagings(node.lake, [folder for folder in folders if folder not in live])


def _give_up(connection: Connection, name: ProductName, node: Publisher) -> None:
    versions = catalog.versions(connection, name)
    numbers = [(version.number, version.major) for version in versions]
    current = catalog.product(connection, name).current
    kept = garbage.kept(numbers, current=current, newest=node.config.versions_kept)
    for version in versions:
        if version.number not in kept and version.dropped is None:
            catalog.drop_version(connection, name, version.number, node.clock.now())


def _named(connection: Connection, name: ProductName) -> frozenset[str]:
    """Return the files of kept versions, of those a running read may use, and of live stagings."""
    since = catalog.oldest_running_read(connection)
    kept = [
        version
        for version in catalog.versions(connection, name)
        if version.dropped is None or (since is not None and since <= version.dropped)
    ]
    files = {
        file.path
        for version in kept
        for snapshot in catalog.snapshots(connection, name, version.number)
        for file in snapshot.files
    }
    plans = [staging.plan for staging in publishing.stagings(connection, name) if staging.plan]
    return frozenset(files.union(*[plan.staged for plan in plans]))
