"""Services: queries with typed parameters, under a name that is the node's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from golconda.kernel.clock import moment, stamp
from golconda.metastore import catalog, epoch, schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

_TABLE = schema.service


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a caller gives: `type` is the SQL name of a logical type."""

    name: str
    type: str

    def document(self) -> dict[str, str]:
        """Return it as JSON."""
        return {"name": self.name, "type": self.type}


@dataclass(frozen=True, slots=True)
class Service:
    """A query under a name. `product`: whose page lists it."""

    name: str
    product: str
    sql: str
    parameters: tuple[Parameter, ...]
    titles: Mapping[str, str]
    by: str
    created: datetime


def find(connection: Connection, name: str) -> Service | None:
    """Return a service, None where there is none."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.name == name)).one_or_none()
    return None if row is None else _service(row)


def services(connection: Connection, product: str | None = None) -> tuple[Service, ...]:
    """List the services, of one product or of all, by name."""
    query = select(_TABLE).order_by(_TABLE.c.name)
    if product is not None:
        query = query.where(_TABLE.c.product == product)
    return tuple(map(_service, connection.execute(query)))


def add(connection: Connection, made: Service) -> None:
    """Store a service."""
    values = {
        "name": made.name,
        "product": made.product,
        "sql": made.sql,
        "parameters": catalog.text([parameter.document() for parameter in made.parameters]),
        "title": catalog.text(dict(made.titles)),
        "by": made.by,
        "created": stamp(made.created),
    }
    connection.execute(insert(_TABLE).values(values))
    epoch.bump(connection)


def remove(connection: Connection, name: str) -> None:
    """Remove a service."""
    connection.execute(delete(_TABLE).where(_TABLE.c.name == name))
    epoch.bump(connection)


def _service(row: Row[Any]) -> Service:  # a row of `service`
    return Service(
        name=row.name,
        product=row.product,
        sql=row.sql,
        parameters=tuple(Parameter(**found) for found in json.loads(row.parameters)),
        titles=json.loads(row.title),
        by=row.by,
        created=moment(row.created),
    )
