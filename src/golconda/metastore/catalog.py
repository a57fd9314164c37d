"""What is published: products, their versions, and the snapshot of each table that a version consists of.

A product's `current` is the pointer: what is read is the file lists of that version's snapshots alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from golconda.kernel.canonical import digest_bytes
from golconda.kernel.clock import moment, stamp
from golconda.kernel.errors import NotFound, near, nearest
from golconda.kernel.logical_types import Column, LogicalType
from golconda.kernel.names import ProductName
from golconda.lake.files import DataFile
from golconda.metastore import epoch, schema

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

File = DataFile


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the catalogue shows it. `current` None = nothing is published yet."""

    name: ProductName
    titles: Mapping[str, str]
    description: str
    domain: str | None
    grade: str | None
    synthetic: bool
    current: int | None
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable state of a product. `contract` and `manifest` are hashes of documents."""

    product: ProductName
    number: int
    major: int
    publish_id: str
    contract: str
    manifest: str
    certificate: str | None
    published: datetime
    by: str
    dropped: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An immutable state of one table. `rejected` counts the rows that were set aside."""

    table: str
    ordinal: int
    title: Mapping[str, str]
    delta_version: int
    columns: tuple[Column, ...]
    files: tuple[File, ...]
    rows: int
    bytes: int
    rejected: int


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────


def product(connection: Connection, name: ProductName | str) -> Product:
    """Return a product, or raise ``product-unknown``."""
    row = connection.execute(select(schema.product).where(schema.product.c.name == str(name))).one_or_none()
    if row is None:
        known = connection.scalars(select(schema.product.c.name)).all()
        raise NotFound(
            "product-unknown",
            f"There is no product {name}.",
            hint=f"Check the name: {nearest(str(name), known)}.",
            product=str(name),
            near=near(str(name), known),
        )
    return _product(row)


def find(connection: Connection, name: ProductName | str) -> Product | None:
    """Return a product, or None where there is none."""
    row = connection.execute(select(schema.product).where(schema.product.c.name == str(name))).one_or_none()
    return None if row is None else _product(row)


def products(connection: Connection) -> tuple[Product, ...]:
    """List all products that have a version, by name."""
    published = select(schema.product).where(schema.product.c.current.is_not(None)).order_by(schema.product.c.name)
    return tuple(_product(row) for row in connection.execute(published))


def published(connection: Connection) -> dict[ProductName, Version]:
    """Return the published version of every product, in one query."""
    product_, table = schema.product, schema.version
    pointed = (table.c.product == product_.c.name) & (table.c.number == product_.c.current)
    rows = connection.execute(select(table).join(product_, pointed))
    return {made.product: made for made in map(_version, rows)}


def versions(connection: Connection, name: ProductName | str) -> tuple[Version, ...]:
    """List a product's versions, newest first."""
    table = schema.version
    newest = select(table).where(table.c.product == str(name)).order_by(table.c.number.desc())
    return tuple(_version(row) for row in connection.execute(newest))


def version(connection: Connection, name: ProductName | str, number: int | None = None) -> Version:
    """Return a version, without a number the published one, or raise ``version-unknown``."""
    wanted = product(connection, name).current if number is None else number
    table = schema.version
    row = connection.execute(select(table).where(table.c.product == str(name), table.c.number == wanted)).one_or_none()
    if row is None:
        known = [str(found.number) for found in versions(connection, name)]
        raise NotFound(
            "version-unknown",
            f"There is no version {wanted} of {name}.",
            hint=f"Name one that was published: {', '.join(known) or 'there is none yet'}.",
            product=str(name),
            version=wanted,
        )
    return _version(row)


def current_of_major(connection: Connection, name: ProductName | str, major: int) -> Version:
    """Return the newest version of a major: what an agreement that is pinned to it reads."""
    for found in versions(connection, name):
        if found.major == major:
            return found
    raise NotFound("version-unknown", f"There is no version {major}.x of {name}.", hint="Name one that was published.")


def snapshots(connection: Connection, name: ProductName | str, number: int) -> tuple[Snapshot, ...]:
    """List the tables of a version, in their order."""
    table = schema.snapshot
    of_version = select(table).where(table.c.product == str(name), table.c.number == number)
    return tuple(_snapshot(row) for row in connection.execute(of_version.order_by(table.c.ordinal)))


def last_snapshot(connection: Connection, name: ProductName | str, table: str) -> tuple[Version, Snapshot] | None:
    """Return the newest version that has a table, and the table in it, or None where none ever had."""
    own = (schema.snapshot.c.product == str(name)) & (schema.snapshot.c.table == table)
    row = connection.execute(
        select(schema.snapshot).where(own).order_by(schema.snapshot.c.number.desc()).limit(1)
    ).one_or_none()
    return None if row is None else (version(connection, name, row.number), _snapshot(row))


def findings(connection: Connection, name: ProductName | str, number: int) -> tuple[dict[str, Any], ...]:
    """List a version's findings as JSON, in the order they were made; the owner's view, released or not."""
    table = schema.finding
    of_version = select(table).where(table.c.product == str(name), table.c.number == number)
    return tuple(_finding(row) for row in connection.execute(of_version.order_by(table.c.id)))


def rejections(connection: Connection, publish_id: str, *, most: int | None = None) -> tuple[dict[str, Any], ...]:
    """List the rows a publish set aside, as JSON with their raw text: for the owner alone; the first `most`."""
    table = schema.rejection
    of_publish = select(table).where(table.c.publish_id == publish_id).order_by(table.c.id).limit(most)
    names = ("table", "row", "column", "reason", "raw")
    return tuple({name: found[name] for name in names} for found in connection.execute(of_publish).mappings())


def oldest_running_read(connection: Connection) -> datetime | None:
    """Return when the oldest read that still runs began, or None where none does."""
    table = schema.reading
    began = connection.scalar(select(func.min(table.c.started)).where(table.c.state == "running"))
    return moment(began) if began else None


def document(connection: Connection, hash_: str) -> str:
    """Return the text of a stored document: a contract, a manifest, terms."""
    found = connection.scalar(select(schema.document.c.content).where(schema.document.c.hash == hash_))
    if found is None:
        raise NotFound("document-unknown", f"There is no document {hash_}.", hint="Check the hash.")
    return str(found)


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────


def store_document(connection: Connection, kind: str, content: str) -> str:
    """Keep a document under the hash of its bytes, once, and return the hash."""
    hash_ = digest_bytes(content.encode())
    known = connection.scalar(select(schema.document.c.hash).where(schema.document.c.hash == hash_))
    if known is None:
        connection.execute(insert(schema.document).values(hash=hash_, kind=kind, content=content))
    return hash_


def put_product(connection: Connection, made: Product) -> None:
    """Write a product's row, new or as it is from now on."""
    values = {
        "organisation": made.name.organisation,
        "title": text(made.titles),
        "description": made.description,
        "domain": made.domain,
        "grade": made.grade,
        "synthetic": made.synthetic,
        "current": made.current,
        "updated": stamp(made.updated),
    }
    table = schema.product
    done = connection.execute(update(table).where(table.c.name == str(made.name)).values(values))
    if done.rowcount == 0:
        connection.execute(insert(table).values(name=str(made.name), created=stamp(made.created), **values))


def put_version(connection: Connection, made: Version, tables: Collection[Snapshot]) -> None:
    """Write a version and the snapshots it consists of."""
    connection.execute(insert(schema.version).values(_version_values(made)))
    connection.execute(insert(schema.snapshot), [_snapshot_values(made, snapshot) for snapshot in tables])
    epoch.bump(connection)


def put_findings(connection: Connection, name: ProductName, number: int, found: Collection[Mapping[str, Any]]) -> None:
    """Write a version's findings; each is JSON as `findings` gives it."""
    rows = [{**finding, "value": text(finding["value"]), "product": str(name), "number": number} for finding in found]
    if rows:
        connection.execute(insert(schema.finding), rows)


def put_rejections(
    connection: Connection, name: ProductName, publish_id: str, rows: Collection[Mapping[str, Any]]
) -> None:
    """Write the rows a publish set aside; each is JSON as `rejections` gives it."""
    if rows:
        whose = {"product": str(name), "publish_id": publish_id}
        connection.execute(insert(schema.rejection), [{**whose, **row} for row in rows])


def drop_version(connection: Connection, name: ProductName | str, number: int, time: datetime) -> None:
    """Note that a version's files were given to garbage collection."""
    table = schema.version
    mine = (table.c.product == str(name)) & (table.c.number == number)
    connection.execute(update(table).where(mine).values(dropped=stamp(time)))
    epoch.bump(connection)


# ── rows and values ─────────────────────────────────────────────────────────────────────────────────────────


def text(value: Any) -> str:  # any JSON value
    """Return JSON as this schema keeps it: readable, any script as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def snapshot_document(made: Snapshot) -> dict[str, Any]:
    """Return a snapshot as JSON, whole."""
    return {
        "table": made.table,
        "ordinal": made.ordinal,
        "title": dict(made.title),
        "delta_version": made.delta_version,
        "columns": [column_document(column) for column in made.columns],
        "files": [file.document() for file in made.files],
        "rows": made.rows,
        "bytes": made.bytes,
        "rejected": made.rejected,
    }


def snapshot_of(found: Mapping[str, Any]) -> Snapshot:
    """Read what `snapshot_document` wrote."""
    return Snapshot(
        **{
            **found,
            "columns": tuple(_column(column) for column in found["columns"]),
            "files": tuple(File(**file) for file in found["files"]),
        }
    )


def column_document(column: Column) -> dict[str, Any]:
    """Return a column as JSON."""
    return {"name": column.name, "type": str(column.type), "nullable": column.nullable}


def _column(found: Mapping[str, Any]) -> Column:
    return Column(found["name"], LogicalType.parse(found["type"]), found["nullable"])


def _product(row: Row[Any]) -> Product:  # a row of `product`
    return Product(
        name=ProductName.parse(row.name),
        titles=json.loads(row.title),
        description=row.description,
        domain=row.domain,
        grade=row.grade,
        synthetic=row.synthetic,
        current=row.current,
        created=moment(row.created),
        updated=moment(row.updated),
    )


def _version(row: Row[Any]) -> Version:  # a row of `version`
    return Version(
        product=ProductName.parse(row.product),
        number=row.number,
        major=row.major,
        publish_id=row.publish_id,
        contract=row.contract,
        manifest=row.manifest,
        certificate=row.certificate,
        published=moment(row.published),
        by=row.by,
        dropped=moment(row.dropped) if row.dropped else None,
    )


def _version_values(made: Version) -> dict[str, Any]:
    return {
        "product": str(made.product),
        "number": made.number,
        "major": made.major,
        "publish_id": made.publish_id,
        "contract": made.contract,
        "manifest": made.manifest,
        "certificate": made.certificate,
        "published": stamp(made.published),
        "by": made.by,
    }


_JSON = ("title", "columns", "files")


def _snapshot(row: Row[Any]) -> Snapshot:  # a row of `snapshot`
    found = {name: value for name, value in row._asdict().items() if name not in ("product", "number")}
    return snapshot_of({name: json.loads(v) if name in _JSON else v for name, v in found.items()})


def _snapshot_values(made: Version, snapshot: Snapshot) -> dict[str, Any]:
    whole = snapshot_document(snapshot)
    own = {name: text(value) if name in _JSON else value for name, value in whole.items()}
    return {"product": str(made.product), "number": made.number, **own}


def _finding(row: Row[Any]) -> dict[str, Any]:  # a row of `finding`
    names = ("table", "column", "name", "value", "exactness", "released")
    found = {name: getattr(row, name) for name in names}
    return {**found, "value": json.loads(found["value"])}
