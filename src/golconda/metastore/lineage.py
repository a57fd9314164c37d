"""Lineage as rows: which column of a version, or of a service, holds values of which other column."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select

from golconda.metastore import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Select

_TABLE = schema.lineage
PUBLISH, DERIVATION, SERVICE = "publish", "derivation", "service"


@dataclass(frozen=True, slots=True)
class Edge:
    """One column that another's values went into. `number` is 0 for a service, which has no table either.

    `source_number` None: the source is no product, but a file or a database's table. `source_column` ``*``: its rows,
    counted. `how`: copied, computed or aggregated.
    """

    kind: str
    target: str
    number: int
    table: str
    column: str
    source: str
    source_number: int | None
    source_table: str
    source_column: str
    how: str

    def document(self) -> dict[str, Any]:
        """Return the edge as JSON."""
        return asdict(self)


def put(connection: Connection, edges: Iterable[Edge | Mapping[str, Any]]) -> None:
    """Write edges; as JSON they are what `Edge.document` gives."""
    rows = [edge.document() if isinstance(edge, Edge) else dict(edge) for edge in edges]
    if rows:
        connection.execute(insert(_TABLE), rows)


def forget_service(connection: Connection, name: str) -> None:
    """Remove a service's edges."""
    connection.execute(delete(_TABLE).where(_TABLE.c.kind == SERVICE, _TABLE.c.target == name))


def into(connection: Connection, target: str, number: int) -> tuple[Edge, ...]:
    """List what the columns of a version hold; 0 asks for a service."""
    return _edges(connection, select(_TABLE).where(_TABLE.c.target == target, _TABLE.c.number == number))


def out_of(connection: Connection, source: str) -> tuple[Edge, ...]:
    """List what holds values of a product now: the published versions of other products, and services."""
    product = schema.product
    pointed = (product.c.name == _TABLE.c.target) & (product.c.current == _TABLE.c.number)
    query = (
        select(_TABLE)
        .outerjoin(product, pointed)
        .where(
            _TABLE.c.source == source,
            _TABLE.c.kind != PUBLISH,
            or_(_TABLE.c.kind == SERVICE, product.c.name.is_not(None)),
        )
    )
    return _edges(connection, query)


def _edges(connection: Connection, query: Select[Any]) -> tuple[Edge, ...]:
    rows = connection.execute(query.order_by(_TABLE.c.id)).mappings()
    return tuple(Edge(**{name: value for name, value in row.items() if name != "id"}) for row in rows)
