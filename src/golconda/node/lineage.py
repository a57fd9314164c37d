"""Lineage as one reader sees it: from any column back to where its values came from, and on to where they went.

A product or column that the reader may not know of is not there, and neither is what lies behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import NotFound, near, nearest
from golconda.metastore import lineage as stored
from golconda.metastore import services
from golconda.metastore.lineage import SERVICE, Edge
from golconda.node.catalogue import Catalogue
from golconda.node.discovering import home

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from golconda.gate.query import Explanation
    from golconda.node.session import Session

Document = dict[str, Any]  # plain JSON
ROWS = "*"


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A column of a version, of a service (no table, number 0), or of something outside (no number)."""

    kind: str  # product | service | source
    thing: str
    number: int | None
    table: str
    column: str

    @property
    def name(self) -> str:
        """Return its name as people write it."""
        return ".".join(part for part in (self.thing, self.table, self.column) if part)

    def document(self) -> Document:
        """Return it as JSON, without what it leads to."""
        found = {"name": self.name, "kind": self.kind, self.kind: self.thing, "version": self.number}
        return {**found, "table": self.table or None, "column": self.column}


def edges(kind: str, target: str, table: str, explained: Explanation) -> Iterator[Edge]:
    """Yield what the columns of a query's answer are made of, as lineage of what will be made of the answer.

    It has number 0: a service has no versions, and publishing knows that of a derived product's.
    """
    versions = {standing.edition.product: standing.edition.number for standing in explained.standings}
    for column in explained.columns:
        for origin in column.origins:
            yield Edge(
                kind=kind,
                target=target,
                number=0,
                table=table,
                column=column.name,
                source=str(origin.table.product),
                source_number=versions[origin.table.product],
                source_table=origin.table.table,
                source_column=origin.column,
                how=origin.how.value,
            )


def lineage(session: Session, name: str) -> Document:
    """Return the trees up and down of a column, or of each column of a table, a product or a service.

    Raise ``product-unknown``, ``table-unknown`` or ``column-unknown``.
    """
    with session.node.metastore.read() as connection:
        catalogue = Catalogue(connection, session.principal, session.node.purposes, session.node.catalogue)
        walk = _Walk(catalogue)
        of, points = walk.find(name, home(session))
        columns = [{**point.document(), "up": list(walk.up(point)), "down": list(walk.down(point))} for point in points]
    return {"of": of, "columns": columns}


@dataclass(slots=True)
class _Walk:
    """Walks from column to column over what the reader may see."""

    catalogue: Catalogue
    shown: dict[tuple[str, int], tuple[tuple[str, str], ...]] = field(default_factory=dict)
    edges_into: dict[tuple[str, int], tuple[Edge, ...]] = field(default_factory=dict)
    edges_out_of: dict[str, tuple[Edge, ...]] = field(default_factory=dict)

    # ── where to begin ──────────────────────────────────────────────────────────────────────────────────────

    def find(self, text: str, home: str) -> tuple[str, list[Point]]:
        """Return the name that a text means and the columns it stands for."""
        for product, rest in _readings(text):
            try:
                found, number = self.catalogue.find(product, home=home)
            except NotFound:
                continue
            name = str(found.name)
            return self._within(name, number or found.current or 0, rest)
        if self._knows_service(text.partition(".")[0]):
            return self._of_service(*_split(text))
        self.catalogue.find(next(iter(_readings(text)))[0], home=home)  # raises, with the nearest names
        raise AssertionError(text)

    def _within(self, product: str, number: int, rest: str) -> tuple[str, list[Point]]:
        known = [Point("product", product, number, *one) for one in self._columns(product, number)]
        tables = list(dict.fromkeys(point.table for point in known))
        table, column = _split(rest)
        if table and table not in tables and len(tables) == 1:
            table, column = tables[0], rest
        if table and table not in tables:
            raise _unknown("table", f"{product}.{table}", table, tables)
        chosen = [point for point in known if table in ("", point.table)]
        if column:
            chosen = [point for point in chosen if point.column.casefold() == column.casefold()] or _none(
                f"{product}.{table}", column, (point.column for point in chosen)
            )
        return ".".join(part for part in (product, table, column) if part), chosen

    def _of_service(self, name: str, column: str) -> tuple[str, list[Point]]:
        columns = dict.fromkeys(edge.column for edge in self._into(name, 0))
        known = [Point("service", name, 0, "", one) for one in columns if column in ("", one)]
        return (f"{name}.{column}" if column else name), known or _none(name, column, columns)

    # ── walking ─────────────────────────────────────────────────────────────────────────────────────────────

    def up(self, point: Point) -> Iterator[Document]:
        """Yield what a column's values came from, each with its own."""
        if point.kind == "source" or point.column == ROWS:
            return
        for edge in self._into(point.thing, point.number or 0):
            if (edge.table, edge.column) == (point.table, point.column):
                source = self._source(point, edge)
                if source is not None:
                    yield {**source.document(), "how": edge.how, "up": list(self.up(source))}

    def _source(self, point: Point, edge: Edge) -> Point | None:
        if edge.source_number is None:
            is_ours = self.catalogue.owns(point.thing)
            return Point("source", edge.source, None, "", edge.source_column) if is_ours else None
        source = Point("product", edge.source, edge.source_number, edge.source_table, edge.source_column)
        return source if self._sees(source) else None

    def down(self, point: Point) -> Iterator[Document]:
        """Yield what a column's values went into, each with its own."""
        if point.kind != "product":
            return
        for edge in self._out_of(point.thing):
            if (edge.source_table, edge.source_column) == (point.table, point.column):
                target = Point("service" if edge.kind == SERVICE else "product", *_target(edge))
                if self._sees(target):
                    yield {**target.document(), "how": edge.how, "down": list(self.down(target))}

    # ── what is seen ────────────────────────────────────────────────────────────────────────────────────────

    def _sees(self, point: Point) -> bool:
        if point.kind == "service":
            return self._knows_service(point.thing)
        columns = self._columns(point.thing, point.number or 0)
        return any(table == point.table and point.column in (ROWS, column) for table, column in columns)

    def _knows_service(self, name: str) -> bool:
        found = services.find(self.catalogue.connection, name)
        return found is not None and self.catalogue.knows(found.product)

    def _columns(self, product: str, number: int) -> tuple[tuple[str, str], ...]:
        key = (product, number)
        if key not in self.shown:
            self.shown[key] = self.catalogue.columns(product, number)
        return self.shown[key]

    def _into(self, target: str, number: int) -> tuple[Edge, ...]:
        key = (target, number)
        if key not in self.edges_into:
            self.edges_into[key] = stored.into(self.catalogue.connection, target, number)
        return self.edges_into[key]

    def _out_of(self, source: str) -> tuple[Edge, ...]:
        if source not in self.edges_out_of:
            self.edges_out_of[source] = stored.out_of(self.catalogue.connection, source)
        return self.edges_out_of[source]


def _target(edge: Edge) -> tuple[str, int, str, str]:
    return edge.target, edge.number, edge.table, edge.column


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a text may mean: a product, and what of it. ``a.b`` is product.table before organisation.product."""
    organisation, slash, rest = text.partition("/")
    if slash:
        product, within = _split(rest)
        yield f"{organisation}/{product}", within
        return
    first, within = _split(text)
    yield first, within
    if within:
        product, rest = _split(within)
        yield f"{first}/{product}", rest


def _split(text: str) -> tuple[str, str]:
    first, _, rest = text.partition(".")
    return first, rest


def _none(where: str, column: str, known: Iterable[str]) -> list[Point]:
    raise _unknown("column", f"{column} in {where}", column, list(known))


def _unknown(what: str, shown: str, wrong: str, known: list[str]) -> NotFound:
    hint = f"Check the name: {nearest(wrong, known)}."
    if what == "table":
        return NotFound("table-unknown", f"There is no table {shown}.", hint=hint, near=near(wrong, known))
    return NotFound("column-unknown", f"There is no column {shown}.", hint=hint, near=near(wrong, known))
