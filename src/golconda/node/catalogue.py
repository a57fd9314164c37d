"""The catalogue as one reader sees it: listed products, the columns any offer or agreement of theirs would show,
and findings that were released. What is hidden from the reader is as if it were not there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from golconda import contract
from golconda.agreement import terms_file
from golconda.agreement.describe import describe
from golconda.agreement.obligate import obligations
from golconda.kernel.clock import stamp
from golconda.kernel.errors import NotFound, nearest
from golconda.kernel.names import ProductName, split_version
from golconda.metastore import catalog, identity, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from golconda.agreement.terms import Terms
    from golconda.contract import Contract
    from golconda.metastore.catalog import Product, Snapshot, Version
    from golconda.metastore.identity import Principal

Document = dict[str, Any]  # plain JSON
_DETAIL = ("findings", "versions", "contract")


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer as the catalogue needs it."""

    id: str
    product: str
    title: str
    automatic: bool
    terms: Terms


@dataclass(slots=True)
class Catalogue:
    """All products of a node for one reader, read in one transaction. `reader` None = a stranger."""

    connection: Connection
    reader: Principal | None
    _offers: dict[str, list[Offered]] = field(default_factory=dict)
    _standing: dict[str, list[Any]] = field(default_factory=dict)  # rows of `agreement`
    _asked: dict[str, list[Any]] = field(default_factory=dict)  # rows of `negotiation`

    def __post_init__(self) -> None:
        """Read the offers, and the reader's own agreements and requests."""
        for row in self.connection.execute(_open_offers()):
            self._offers.setdefault(row.product, []).append(
                Offered(row.id, row.product, row.title, row.automatic, terms_file.read(row.content))
            )
        if self.reader is not None:
            for row in self.connection.execute(_agreements(self.reader.organisation)):
                self._standing.setdefault(row.product, []).append(row)
            for row in self.connection.execute(_requests(self.reader.organisation)):
                self._asked.setdefault(row.product, []).append(row)

    def products(self) -> list[Document]:
        """List what the reader may know of, by name, in short."""
        titles = {found.name: found.titles for found in identity.organisations(self.connection)}
        return [
            self._short(found, titles) for found in catalog.products(self.connection) if self._is_known(found)
        ]

    def product(self, name: str, *, home: str | None) -> Document:
        """Return one product whole, at ``@version`` or as published now, or raise ``product-unknown``."""
        found, number = self.find(name, home=home)
        version = catalog.version(self.connection, found.name, number)
        titles = {found.organisation: identity.organisation(self.connection, found.name.organisation).titles
                  for found in (found.name,)}
        document = self._short(found, titles, version)
        document["versions"] = [
            _version(made, self._visible_rows(made)) for made in catalog.versions(self.connection, found.name)
        ]
        document["findings"] = self._findings(found, version)
        document["contract"] = version.contract
        document["certificate"] = json.loads(version.certificate) if version.certificate else None
        return document

    def contract(self, name: str, *, home: str | None) -> str:
        """Return a product's contract as YAML; strangers get it without the columns they may not know of."""
        found, number = self.find(name, home=home)
        version = catalog.version(self.connection, found.name, number)
        promised = contract.read(catalog.document(self.connection, version.contract))
        if self._owns(found.name):
            return promised.text()
        return _without_hidden(promised, self._tables(found.name, version)).text()

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
        )

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
        return (
            self.reader is not None
            and self.reader.organisation == name.organisation
            and "steward" in self.reader.roles
        )

    def _is_known(self, found: Product) -> bool:
        name = str(found.name)
        return name in self._offers or name in self._standing or self._owns(found.name)

    def _short(
        self, found: Product, titles: Mapping[str, Mapping[str, str]], version: Version | None = None
    ) -> Document:
        made = version or catalog.version(self.connection, found.name)
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
            "offers": [_offer(offered) for offered in self._offers.get(str(found.name), ())],
            "state_for_reader": self._state(found.name),
        }

    def _tables(self, name: ProductName, version: Version) -> list[Document]:
        expected = {
            table.name: table
            for table in contract.read(catalog.document(self.connection, version.contract)).tables
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
        terms = [offered.terms for offered in self._offers.get(str(name), ())]
        terms += [terms_file.read(row.content) for row in self._standing.get(str(name), ())]
        shown = (
            obligations(each, snapshot.table, snapshot.columns, unit=None, agreement_id="", assignee="")
            for each in terms
        )
        return frozenset(column for demanded in shown if demanded for column in demanded.columns)

    def _visible_rows(self, version: Version) -> int:
        return sum(
            snapshot.rows
            for snapshot in catalog.snapshots(self.connection, version.product, version.number)
            if self._visible(version.product, snapshot)
        )

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
        standing = self._standing.get(str(name), ())
        in_force = [row for row in standing if row.state == "active"]
        if in_force:
            return {"state": "active", "agreement": in_force[-1].id, "agreements": [row.id for row in in_force]}
        open_ = [row for row in self._asked.get(str(name), ()) if row.state in ("requested", "countered")]
        if open_:
            return {"state": open_[-1].state, "request": open_[-1].id}
        if standing:
            return {"state": standing[-1].state, "agreement": standing[-1].id}
        return {"state": "none"}


def _open_offers() -> Any:  # a select of offers with their terms
    offer, document = schema.offer, schema.document
    return (
        select(offer.c.id, offer.c.product, offer.c.title, offer.c.automatic, document.c.content)
        .join(document, document.c.hash == offer.c.terms)
        .where(offer.c.withdrawn.is_(None))
        .order_by(offer.c.created)
    )


def _agreements(organisation: str) -> Any:  # a select of agreements with their terms
    agreement, document = schema.agreement, schema.document
    return (
        select(agreement.c.id, agreement.c.product, agreement.c.state, document.c.content)
        .join(document, document.c.hash == agreement.c.terms)
        .where(agreement.c.assignee == organisation)
        .order_by(agreement.c.created)
    )


def _requests(organisation: str) -> Any:  # a select of negotiations
    negotiation = schema.negotiation
    return (
        select(negotiation.c.id, negotiation.c.product, negotiation.c.state)
        .where(negotiation.c.assignee == organisation)
        .order_by(negotiation.c.created)
    )


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


def _offer(offered: Offered) -> Document:
    return {
        "id": offered.id,
        "title": offered.title,
        "automatic": offered.automatic,
        "terms": terms_file.write(offered.terms),
        "clauses": clause_documents(offered.terms),
    }


def clause_documents(terms: Terms) -> list[Document]:
    """Return each clause in words with its class."""
    return [
        {"clause": clause.clause, "text": dict(clause.text), "class": clause.enforcement.value}
        for clause in describe(terms)
    ]


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


def _without_hidden(promised: Contract, tables: Sequence[Document]) -> Contract:
    """Return the contract without the tables and columns that are not shown."""
    shown = {table["name"]: {column["name"] for column in table["columns"]} for table in tables}
    document = json.loads(json.dumps(promised.document))
    document["schema"] = [
        {**table, "properties": [each for each in table.get("properties", ()) if each["name"] in shown[table["name"]]]}
        for table in document.get("schema", ())
        if table["name"] in shown
    ]
    return contract.Contract(document)
