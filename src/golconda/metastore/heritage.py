"""Derived products as rows: how each is made, and what each of its versions inherits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from golconda.agreement.heritage import Heritage
from golconda.kernel.clock import moment, stamp
from golconda.metastore import catalog, schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from golconda.kernel.names import ProductName

_MADE, _HERITAGE = schema.derivation, schema.heritage


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a product is made: its query, the agreements and purpose that were named, and who made it."""

    product: str
    sql: str
    purpose: str | None
    agreements: tuple[str, ...]
    by: str
    created: datetime
    failure: Mapping[str, Any] | None = None  # code, detail, hint, time; again: when it is tried next, tries: how often
    tried: str | None = None


def derivation(connection: Connection, product: ProductName | str) -> Derivation | None:
    """Return how a product is made, None where it is not derived."""
    row = connection.execute(select(_MADE).where(_MADE.c.product == str(product))).one_or_none()
    return None if row is None else _derivation(row)


def derivations(connection: Connection) -> tuple[Derivation, ...]:
    """List all derived products, the oldest first."""
    rows = connection.execute(select(_MADE).order_by(_MADE.c.created, _MADE.c.product))
    return tuple(map(_derivation, rows))


def heritage(connection: Connection, product: ProductName | str, number: int) -> Heritage | None:
    """Return what a version inherits, None where it is not derived."""
    row = _row(connection, product, number)
    return None if row is None else Heritage.read(json.loads(row.terms), json.loads(row.agreements))


def sources(connection: Connection, product: ProductName | str, number: int) -> list[dict[str, Any]]:
    """List what a version was made of: product, number and agreement of each."""
    row = _row(connection, product, number)
    found: list[dict[str, Any]] = [] if row is None else json.loads(row.sources)
    return found


def current(connection: Connection, product: ProductName | str) -> Heritage | None:
    """Return what a product's published version inherits."""
    found = catalog.find(connection, product)
    return None if found is None or found.current is None else heritage(connection, product, found.current)


def readable(connection: Connection) -> frozenset[str]:
    """Return the derived products whose organisation's readers may read them, by their published versions."""
    product = schema.product
    pointed = (product.c.name == _HERITAGE.c.product) & (product.c.current == _HERITAGE.c.number)
    rows = connection.execute(select(_HERITAGE.c.product, _HERITAGE.c.terms).join(product, pointed))
    return frozenset(row.product for row in rows if json.loads(row.terms)["readable"])


def published(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the agreements that each derived product leans on, by its published version."""
    product = schema.product
    pointed = (product.c.name == _HERITAGE.c.product) & (product.c.current == _HERITAGE.c.number)
    rows = connection.execute(select(_HERITAGE.c.product, _HERITAGE.c.agreements).join(product, pointed))
    return {row.product: tuple(json.loads(row.agreements)) for row in rows}


def put(connection: Connection, product: ProductName, number: int, made: Mapping[str, Any]) -> None:
    """Write how a version was made, as `made_document` gives it."""
    values = {"product": str(product), "number": number}
    connection.execute(
        insert(_HERITAGE).values(
            **values,
            terms=catalog.text(made["heritage"]),
            agreements=catalog.text(made["agreements"]),
            sources=catalog.text(made["sources"]),
        )
    )
    connection.execute(delete(_MADE).where(_MADE.c.product == str(product)))
    connection.execute(
        insert(_MADE).values(
            product=str(product),
            sql=made["sql"],
            purpose=made["purpose"],
            agreements=catalog.text(made["named"]),
            by=made["by"],
            created=made["created"],
        )
    )


def made_document(derivation: Derivation, inherited: Heritage, sources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how a version is made, as JSON that a publish carries to its end."""
    return {
        "sql": derivation.sql,
        "purpose": derivation.purpose,
        "named": list(derivation.agreements),
        "by": derivation.by,
        "created": stamp(derivation.created),
        "heritage": inherited.document(),
        "agreements": list(inherited.agreements),
        "sources": sources,
    }


def note_failure(connection: Connection, product: str, *, tried: str, failure: Mapping[str, Any]) -> None:
    """Remember why a refresh failed, and at which state of the sources."""
    values = {"tried": tried, "failure": catalog.text(dict(failure))}
    connection.execute(update(_MADE).where(_MADE.c.product == product).values(values))


def forget_failure(connection: Connection, product: str) -> None:
    """Forget why a refresh failed: nothing is left to be refreshed."""
    connection.execute(update(_MADE).where(_MADE.c.product == product).values(tried=None, failure=None))


def _row(connection: Connection, product: ProductName | str, number: int) -> Row[Any] | None:  # of `heritage`
    mine = (_HERITAGE.c.product == str(product)) & (_HERITAGE.c.number == number)
    return connection.execute(select(_HERITAGE).where(mine)).one_or_none()


def _derivation(row: Row[Any]) -> Derivation:  # a row of `derivation`
    return Derivation(
        product=row.product,
        sql=row.sql,
        purpose=row.purpose,
        agreements=tuple(json.loads(row.agreements)),
        by=row.by,
        created=moment(row.created),
        failure=json.loads(row.failure) if row.failure else None,
        tried=row.tried,
    )
