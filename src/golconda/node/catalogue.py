"""The catalogue as one reader sees it: listed products, the columns any offer or agreement of theirs would show,
and findings that were released. What is hidden from the reader is as if it were not there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from golconda import contract
from golconda.agreement.obligate import obligations
from golconda.exchange.negotiation import documents
from golconda.kernel.clock import stamp
from golconda.kernel.errors import NotFound, near, nearest
from golconda.kernel.names import ProductName, split_version
from golconda.kernel.shelf import Shelf
from golconda.metastore import agreements, catalog, heritage, identity, services

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from golconda.agreement.purposes import PurposeList
    from golconda.metastore.agreements import Agreement, Negotiation, Offer
    from golconda.metastore.catalog import Product, Snapshot, Version
    from golconda.metastore.identity import Principal
    from golconda.metastore.services import Service

Document = dict[str, Any]  # plain JSON
_SHOWN_REJECTIONS = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """What never changes, described once: tables by what they are shown under, offers by id."""

    tables: Shelf[tuple[Any, ...], list[Document]] = field(default_factory=lambda: Shelf(20_000))
    offers: Shelf[str, Document] = field(default_factory=lambda: Shelf(20_000))


@dataclass(slots=True)
class Catalogue:
    """All products of a node for one reader, read in one transaction. `reader` None = a stranger."""

    connection: Connection
    reader: Principal | None
    purposes: PurposeList
    kept: Kept
    _offers: dict[str, list[Offer]] = field(default_factory=dict)
    _held: dict[str, list[Agreement]] = field(default_factory=dict)
    _asked: dict[str, list[Negotiation]] = field(default_factory=dict)
    _services: dict[str, list[Service]] = field(default_factory=dict)
    _readable: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Read the offers, and the reader's own agreements and requests."""
        for offer in agreements.offers(self.connection):
            self._offers.setdefault(offer.product, []).append(offer)
        for service in services.services(self.connection):
            self._services.setdefault(service.product, []).append(service)
        if self.reader is not None:
            mine = self.reader.organisation
            for agreement in agreements.agreements(self.connection, party=mine):
                if agreement.assignee == mine:
                    self._held.setdefault(agreement.product, []).append(agreement)
            for negotiation in agreements.negotiations(self.connection, party=mine):
                if negotiation.assignee == mine:
                    self._asked.setdefault(negotiation.product, []).append(negotiation)

    def products(self) -> list[Document]:
        """List what the reader may know of, by name, in short."""
        titles = {found.name: found.titles for found in identity.organisations(self.connection)}
        published = catalog.published(self.connection)
        return [
            self._short(found, titles, published[found.name])
            for found in catalog.products(self.connection)
            if self._is_known(found)
        ]

    def product(self, name: str, *, home: str | None) -> Document:
        """Return one product whole, at ``@version`` or as published now, or raise ``product-unknown``."""
        found, number = self.find(name, home=home)
        version = catalog.version(self.connection, found.name, number)
        owner = identity.organisation(self.connection, found.name.organisation)
        document = self._short(found, {owner.name: owner.titles}, version)
        document["versions"] = [
            _version(made, self._visible_rows(made)) for made in catalog.versions(self.connection, found.name)
        ]
        document["findings"] = self._findings(found, version)
        if self._owns(found.name):
            document |= self._set_aside(version)
        document["services"] = [service_document(each) for each in self._services.get(str(found.name), ())]
        document["contract"] = version.contract
        document["certificate"] = json.loads(version.certificate) if version.certificate else None
        return document

    def _set_aside(self, version: Version) -> Document:
        """Return the first rows that were set aside, as they came, and how many there are in all: the owner's own."""
        tables = catalog.snapshots(self.connection, version.product, version.number)
        return {
            "rejections": list(catalog.rejections(self.connection, version.publish_id, most=_SHOWN_REJECTIONS)),
            "rejected": sum(table.rejected for table in tables),
        }

    def contract(self, name: str, *, home: str | None) -> str:
        """Return a product's contract as YAML; strangers get it without the columns they may not know of."""
        found, number = self.find(name, home=home)
        version = catalog.version(self.connection, found.name, number)
        promised = contract.read(catalog.document(self.connection, version.contract))
        if self._owns(found.name):
            return promised.text()
        shown = {
            table["name"]: [column["name"] for column in table["columns"]]
            for table in self._tables(found.name, version)
        }
        return contract.restricted(promised, shown).text()

    def find(self, name: str, *, home: str | None) -> tuple[Product, int | None]:
        """Return the product a name means and the version it asks for."""
        plain, number = split_version(name)
        for candidate in self._candidates(plain, home):
            found = catalog.find(self.connection, candidate)
            if found is not None and found.current is not None and self._is_known(found):
                return found, number
        known = [str(found.name) for found in catalog.products(self.connection) if self._is_known(found)]
        short = [full.partition("/")[2] for full in known]
        raise NotFound(
            "product-unknown",
            f"There is no product {plain}.",
            hint=f"Check the name: {nearest(plain, known if '/' in plain else short)}.",
            product=plain,
            near=near(plain, known if "/" in plain else short),
        )

    def knows(self, name: str) -> bool:
        """Say whether the reader may know of a product."""
        found = catalog.find(self.connection, name)
        return found is not None and found.current is not None and self._is_known(found)

    def owns(self, name: str) -> bool:
        """Say whether a product is the reader's own."""
        return self._owns(ProductName.parse(name))

    def columns(self, name: str, number: int) -> tuple[tuple[str, str], ...]:
        """List the columns of a version that the reader may know of, with their tables; none of a hidden product."""
        if not self.knows(name):
            return ()
        version = catalog.version(self.connection, name, number)
        tables = self._tables(ProductName.parse(name), version)
        return tuple((table["name"], column["name"]) for table in tables for column in table["columns"])

    def _candidates(self, plain: str, home: str | None) -> Iterable[str]:
        """Yield full names: as written; else of the home organisation; else the only one so called."""
        if "/" in plain:
            yield plain
            return
        if home is not None:
            yield f"{home}/{plain}"
        named = [found for found in catalog.products(self.connection) if found.name.product == plain]
        known = [str(found.name) for found in named if self._is_known(found)]
        if len(known) == 1:
            yield known[0]

    def _owns(self, name: ProductName) -> bool:
        if self.reader is None or self.reader.organisation != name.organisation:
            return False
        return "steward" in self.reader.roles or ("reader" in self.reader.roles and str(name) in self._derived())

    def _derived(self) -> frozenset[str]:
        """Return the products that readers of their own organisation may read: see `Heritage.readable`."""
        if self._readable is None:
            self._readable = heritage.readable(self.connection)
        return self._readable

    def _is_known(self, found: Product) -> bool:
        name = str(found.name)
        return name in self._offers or name in self._held or self._owns(found.name)

    def _short(self, found: Product, titles: Mapping[str, Mapping[str, str]], made: Version) -> Document:
        return {
            "name": str(found.name),
            "organisation": {
                "name": found.name.organisation,
                "title": dict(titles.get(found.name.organisation, {})),
            },
            "title": dict(found.titles),
            "description": _texts(found.description),
            "domain": found.domain,
            "grade": found.grade,
            "synthetic": found.synthetic,
            "version": made.number,
            "published": stamp(made.published),
            "updated": stamp(found.updated),
            "tables": self._tables(found.name, made),
            "offers": [self._offer(offer) for offer in self._offers.get(str(found.name), ())],
            "services": [
                {"name": each.name, "title": dict(each.titles)} for each in self._services.get(str(found.name), ())
            ],
            "state_for_reader": self._state(found.name),
        }

    def _offer(self, offer: Offer) -> Document:
        return self.kept.offers.kept(
            offer.id, lambda: documents.offer_document(self.connection, offer, purposes=self.purposes)
        )

    def _tables(self, name: ProductName, version: Version) -> list[Document]:
        """Return the tables with the columns that are shown; the same for all who see them under the same terms."""
        under = ("owner",) if self._owns(name) else tuple(sorted(self._terms(name)))
        key = (name, version.number, under)
        return self.kept.tables.kept(key, lambda: self._described(name, version))

    def _described(self, name: ProductName, version: Version) -> list[Document]:
        expected = {
            table.name: table for table in contract.read(catalog.document(self.connection, version.contract)).tables
        }
        return [
            _table(snapshot, visible, expected.get(snapshot.table))
            for snapshot in catalog.snapshots(self.connection, name, version.number)
            if (visible := self._visible(name, snapshot))
        ]

    def _visible(self, name: ProductName, snapshot: Snapshot) -> frozenset[str]:
        """Return the columns that an offer or an agreement of the reader's shows; the owner sees all."""
        if self._owns(name):
            return frozenset(column.name for column in snapshot.columns)
        shown = (
            obligations(
                agreements.terms(self.connection, each),
                snapshot.table,
                snapshot.columns,
                unit=None,
                agreement_id="",
                assignee="",
            )
            for each in self._terms(name)
        )
        return frozenset(column for demanded in shown if demanded for column in demanded.columns)

    def _terms(self, name: ProductName) -> set[str]:
        """Return the hashes of all terms that show the reader something of a product."""
        return {source.terms for source in (*self._offers.get(str(name), ()), *self._held.get(str(name), ()))}

    def _visible_rows(self, version: Version) -> int:
        return sum(table["rows"] for table in self._tables(version.product, version))

    def _findings(self, found: Product, version: Version) -> list[Document]:
        all_of_them = catalog.findings(self.connection, found.name, version.number)
        if self._owns(found.name):
            return [dict(finding) for finding in all_of_them]
        shown = {
            (table["name"], column["name"])
            for table in self._tables(found.name, version)
            for column in [*table["columns"], {"name": None}]
        }
        return [
            {key: value for key, value in finding.items() if key != "released"}
            for finding in all_of_them
            if finding["released"] and (finding["table"], finding["column"]) in shown
        ]

    def _state(self, name: ProductName) -> Document:
        """Return how the reader stands to a product: what the one button of its page depends on."""
        if self._owns(name):
            return {"state": "owner"}
        held = self._held.get(str(name), ())
        in_force = [each.id for each in held if each.state == "active"]
        if in_force:
            return {"state": "active", "agreement": in_force[-1], "agreements": in_force}
        open_ = [each for each in self._asked.get(str(name), ()) if each.state in ("requested", "countered")]
        if open_:
            return {"state": open_[-1].state, "request": open_[-1].id}
        if held:
            return {"state": held[-1].state, "agreement": held[-1].id}
        return {"state": "none"}


def service_document(made: Service) -> Document:
    """Return a service as JSON."""
    return {
        "name": made.name,
        "product": made.product,
        "title": dict(made.titles),
        "sql": made.sql,
        "parameters": [parameter.document() for parameter in made.parameters],
        "by": made.by,
        "created": stamp(made.created),
    }


def _texts(description: str) -> Document:
    """Return a description as texts by language."""
    try:
        found = json.loads(description)
    except ValueError:
        found = None
    return dict(found) if isinstance(found, dict) else {"en": description}


def _version(made: Version, rows: int) -> Document:
    return {
        "number": made.number,
        "major": made.major,
        "published": stamp(made.published),
        "by": made.by,
        "rows": rows,
        "dropped": stamp(made.dropped) if made.dropped else None,
    }


def _table(snapshot: Snapshot, visible: frozenset[str], expected: contract.TableExpectation | None) -> Document:
    promised = {column.name: column for column in expected.columns} if expected else {}
    return {
        "name": snapshot.table,
        "title": dict(snapshot.title),
        "rows": snapshot.rows,
        "bytes": snapshot.bytes,
        "columns": [
            {
                "name": column.name,
                "type": str(column.type),
                "nullable": column.nullable,
                "description": promised[column.name].description if column.name in promised else "",
                "sensitive": column.name in promised and promised[column.name].sensitive,
            }
            for column in snapshot.columns
            if column.name in visible
        ],
    }
