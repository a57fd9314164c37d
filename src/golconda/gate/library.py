"""What the gate looks up in the metastore: agreements as they are now, editions and terms kept since immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from golconda import contract
from golconda.gate.standing import Covenant, Edition, Standing
from golconda.kernel.clock import moment
from golconda.kernel.errors import AccessRefused, NotFound
from golconda.kernel.names import ProductName
from golconda.kernel.shelf import Shelf
from golconda.metastore import agreements, catalog, heritage, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from golconda.agreement.terms import Terms

_AGREEMENT = schema.agreement
_VERSION = schema.version
_OFFER = schema.offer


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read once and never changes: editions by product and number, terms by proposal and hash."""

    editions: Shelf[tuple[str, int], Edition] = field(default_factory=lambda: Shelf(1024))
    terms: Shelf[tuple[str, str], Terms] = field(default_factory=lambda: Shelf(1024))


class Library:
    """The metastore as one read sees it."""

    def __init__(self, connection: Connection, kept: Kept) -> None:
        self._connection = connection
        self._kept = kept

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

    def held(self, assignee: str) -> tuple[Covenant, ...]:
        """Return every agreement of an assignee, ended ones too."""
        query = select(_AGREEMENT).where(_AGREEMENT.c.assignee == assignee).order_by(_AGREEMENT.c.id)
        return tuple(self._covenant(row) for row in self._connection.execute(query))

    def owned(self, organisation: str) -> tuple[Edition, ...]:
        """Return the published products of an organisation, each in its current version."""
        product = schema.product
        query = select(product.c.name, product.c.current).where(
            product.c.organisation == organisation, product.c.current.is_not(None)
        )
        return tuple(self._edition(row.name, row.current) for row in self._connection.execute(query))

    def stand(self, edition: Edition, covenant: Covenant | None) -> Standing:
        """Return how a product stands to the asker, with what it leans on where it is derived."""
        if edition.heritage is None or not edition.heritage.agreements:
            return Standing(edition, covenant)
        query = select(_AGREEMENT).where(_AGREEMENT.c.id.in_(edition.heritage.agreements))
        return Standing(edition, covenant, tuple(self._covenant(row) for row in self._connection.execute(query)))

    def current(self, product: str) -> Edition | None:
        """Return the version that a product's pointer names, None where there is no such product."""
        query = select(schema.product.c.current).where(schema.product.c.name == product)
        number = self._connection.execute(query).scalar_one_or_none()
        return None if number is None else self._edition(product, number)

    def newest(self, product: str, major: int) -> Edition | None:
        """Return the newest published version of a product within a major one: what an agreement is pinned to."""
        query = select(func.max(_VERSION.c.number)).where(
            _VERSION.c.product == product, _VERSION.c.major == major, _VERSION.c.dropped.is_(None)
        )
        number = self._connection.execute(query).scalar_one()
        return None if number is None else self._edition(product, number)

    def listed(self, organisation: str | None, product: str) -> str | None:
        """Return the full name of a product that is offered to everyone, None where there is none."""
        query = select(_OFFER.c.product).where(_OFFER.c.withdrawn.is_(None)).order_by(_OFFER.c.product)
        if organisation is None:
            query = query.where(_OFFER.c.product.endswith(f"/{product}", autoescape=True))
        else:
            query = query.where(_OFFER.c.product == f"{organisation}/{product}")
        return self._connection.execute(query.limit(1)).scalar_one_or_none()

    def _edition(self, product: str, number: int) -> Edition:
        return self._kept.editions.kept((product, number), lambda: _edition(self._connection, product, number))

    def _terms(self, row: Row[Any]) -> Terms:
        return self._kept.terms.kept((row.proposal, row.terms), lambda: self._signed(row))

    def _signed(self, row: Row[Any]) -> Terms:
        """Return an agreement's terms if they are those of the proposal that was signed, else refuse."""
        terms = agreements.terms(self._connection, row.terms)
        if agreements.proposal(self._connection, row.proposal).terms != terms:
            raise AccessRefused(
                "agreement-unusable",
                f"The terms stored for agreement {row.id} are not those that were signed.",
                hint="Ask the owner to look into it: the metastore was altered.",
                agreement=row.id,
            )
        return terms

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
            terms=self._terms(row),
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
        heritage=heritage.heritage(connection, product, number),
    )
