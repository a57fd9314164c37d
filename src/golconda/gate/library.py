"""What the gate looks up in the metastore: agreements as they are now, editions and terms kept since immutable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from golconda import contract
from golconda.agreement import terms_file
from golconda.gate.standing import Covenant, Edition
from golconda.kernel.clock import moment
from golconda.kernel.errors import NotFound
from golconda.kernel.names import ProductName
from golconda.metastore import catalog, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from golconda.agreement.terms import Terms

_AGREEMENT = schema.agreement
_VERSION = schema.version
_OFFER = schema.offer


class Shelf:
    """Editions and terms that were read once; both are immutable. Bounded by dropping all when full."""

    def __init__(self, most: int = 2048) -> None:
        self._most = most
        self._editions: dict[tuple[str, int], Edition] = {}
        self._terms: dict[str, Terms] = {}

    def edition(self, connection: Connection, product: str, number: int) -> Edition:
        """Return a version of a product."""
        key = (product, number)
        found = self._editions.get(key)
        if found is None:
            self._make_room(self._editions)
            found = self._editions[key] = _edition(connection, product, number)
        return found

    def terms(self, connection: Connection, hash_: str) -> Terms:
        """Return the terms with this hash."""
        found = self._terms.get(hash_)
        if found is None:
            self._make_room(self._terms)
            found = self._terms[hash_] = terms_file.read(catalog.document(connection, hash_))
        return found

    def _make_room(self, shelf: dict[tuple[str, int], Edition] | dict[str, Terms]) -> None:
        if len(shelf) >= self._most:
            shelf.clear()


class Library:
    """The metastore as one read sees it."""

    def __init__(self, connection: Connection, shelf: Shelf) -> None:
        self._connection = connection
        self._shelf = shelf

    def named(self, assignee: str, ids: Sequence[str]) -> tuple[Covenant, ...]:
        """Return agreements by id; one that is not the assignee's is as if it were not there."""
        if not ids:
            return ()
        query = select(_AGREEMENT).where(_AGREEMENT.c.id.in_(tuple(ids)), _AGREEMENT.c.assignee == assignee)
        found = {row.id: self._covenant(row) for row in self._connection.execute(query)}
        for wanted in ids:
            if wanted not in found:
                raise NotFound(
                    "agreement-unknown",
                    f"{assignee} has no agreement {wanted}.",
                    hint="`golconda agreements` lists yours.",
                )
        return tuple(found.values())

    def over(self, assignee: str, organisation: str | None, product: str) -> tuple[Covenant, ...]:
        """Return every agreement of an assignee over the products a name may mean, ended ones too."""
        query = select(_AGREEMENT).where(_AGREEMENT.c.assignee == assignee)
        if organisation is None:
            query = query.where(_AGREEMENT.c.product.endswith(f"/{product}", autoescape=True))
        else:
            query = query.where(_AGREEMENT.c.product == f"{organisation}/{product}")
        return tuple(self._covenant(row) for row in self._connection.execute(query))

    def current(self, product: str) -> Edition | None:
        """Return the version that a product's pointer names, None where there is no such product."""
        query = select(schema.product.c.current).where(schema.product.c.name == product)
        number = self._connection.execute(query).scalar_one_or_none()
        return None if number is None else self._shelf.edition(self._connection, product, number)

    def newest(self, product: str, major: int) -> Edition | None:
        """Return the newest published version of a product within a major one: what an agreement is pinned to."""
        query = select(func.max(_VERSION.c.number)).where(
            _VERSION.c.product == product, _VERSION.c.major == major, _VERSION.c.dropped.is_(None)
        )
        number = self._connection.execute(query).scalar_one()
        return None if number is None else self._shelf.edition(self._connection, product, number)

    def listed(self, organisation: str | None, product: str) -> str | None:
        """Return the full name of a product that is offered to everyone, None where there is none."""
        query = select(_OFFER.c.product).where(_OFFER.c.withdrawn.is_(None)).order_by(_OFFER.c.product)
        if organisation is None:
            query = query.where(_OFFER.c.product.endswith(f"/{product}", autoescape=True))
        else:
            query = query.where(_OFFER.c.product == f"{organisation}/{product}")
        return self._connection.execute(query.limit(1)).scalar_one_or_none()

    def _covenant(self, row: Row[Any]) -> Covenant:
        return Covenant(
            id=row.id,
            product=row.product,
            owner=row.owner,
            assignee=row.assignee,
            purpose=row.purpose,
            state=row.state,
            starts=moment(row.starts),
            ends=moment(row.ends) if row.ends else None,
            root=row.root,
            proposal=row.proposal,
            major=row.major,
            terms=self._shelf.terms(self._connection, row.terms),
        )


def _edition(connection: Connection, product: str, number: int) -> Edition:
    version = catalog.version(connection, product, number)
    promised = contract.read(catalog.document(connection, version.contract))
    return Edition(
        product=ProductName.parse(product),
        number=number,
        contract=version.contract,
        manifest=version.manifest,
        snapshots=catalog.snapshots(connection, product, number),
        expectations={table.name: table for table in promised.tables},
    )
