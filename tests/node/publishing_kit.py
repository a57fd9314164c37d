"""What the publishing suites share: a small node, its steward, and what a reader would find there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from golconda.lake import delta
from golconda.lake.files import hash_of
from golconda.metastore import catalog, publishing
from golconda.metastore.identity import Principal
from golconda.node.open import init_node

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.metastore.catalog import Snapshot
    from golconda.node.node import Node

STEWARD = Principal("city/steward", "city", "person", ("steward",))


def new_node(directory: Path, **settings: object) -> Node:
    """Make the node of ``city``."""
    return init_node(
        directory, organisation="city", titles={"en": "City"}, settings={"memory_megabytes": 500, **settings}
    )


def write(folder: Path, **texts: str) -> list[str]:
    """Write a CSV file for each name and return their paths."""
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return [str(folder / f"{name}.csv") for name in texts]


def marked(mark: int) -> dict[str, str]:
    """Return two tables whose every row has the mark; each has a row that must be rejected, marked 99999."""
    rows = "".join(f"{number},{mark}\n" for number in range(200))
    return {"visits": f"id,mark\n{rows}998,99999,ragged\n", "people": f"id,mark\n999,99999,ragged\n{rows}"}


def current(node: Node, product: str) -> tuple[Snapshot, ...]:
    """Return what the pointer names; nothing where there is no product."""
    with node.metastore.read() as connection:
        found = catalog.find(connection, product)
        return () if found is None or not found.current else catalog.snapshots(connection, product, found.current)


def rows(node: Node, product: str) -> dict[str, list[dict[str, object]]]:
    """Read what a reader of everything would: the files of the published snapshots."""
    return {
        snapshot.table: [
            row for file in snapshot.files for row in pq.read_table(node.lake.resolve(file.path)).to_pylist()
        ]
        for snapshot in current(node, product)
    }


def problems(node: Node, product: str) -> list[str]:
    """Say what is not as it must be once everything is settled."""
    found = [f"{f.path} differs" for s in current(node, product) for f in s.files if not _is_whole(node, f)]
    with node.metastore.read() as connection:
        found += [f"{left.publish_id} is left" for left in publishing.stagings(connection)]
        versions = catalog.versions(connection, product)
    found += [f"staging folder {name}" for name in node.lake.stagings()]
    publish_id = versions[0].publish_id if versions else None
    for snapshot in current(node, product):
        head = delta.head(node.lake.product(versions[0].product) / snapshot.table)
        if head is None or head.publish_id != publish_id:
            found.append(f"the head of {snapshot.table} is {head}")
    return found


def _is_whole(node: Node, file: catalog.File) -> bool:
    path = node.lake.resolve(file.path)
    return path.is_file() and path.stat().st_size == file.size and hash_of(path) == file.sha256
