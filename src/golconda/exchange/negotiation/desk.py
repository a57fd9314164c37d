"""What negotiating needs of the node, and of a product: handed in, never looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda import contract
from golconda.agreement.check import check
from golconda.agreement.signing import Custody, Statement, sign
from golconda.metastore import agreements, catalog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.agreement.check import Report
    from golconda.agreement.keys import KeyStore, SigningKey
    from golconda.agreement.purposes import PurposeList
    from golconda.agreement.signing import Signature
    from golconda.agreement.terms import Terms
    from golconda.kernel.logical_types import Column


@dataclass(frozen=True, slots=True)
class Desk:
    """The node's side: whose node it is, its keys and its list of purposes."""

    home: str
    keys: KeyStore
    purposes: PurposeList

    def check(self, terms: Terms, subject: Subject) -> Report:
        """Return what terms share of a product, or raise InvalidInput."""
        return check(terms, subject.tables, self.purposes, units=subject.units)

    def sign(self, proposal: str, *, party: str, by: str, time: datetime) -> tuple[Signature, str]:
        """Sign for a party and return whose key did: the home's own, or the node's, which attests a click."""
        custody = Custody.OWN if party == self.home else Custody.ATTESTED
        key = self._key(custody)
        return sign(Statement(proposal, party, by, custody, time), key), key.owner

    def _key(self, custody: Custody) -> SigningKey:
        return self.keys.signing(self.home if custody is Custody.OWN else "node")


@dataclass(frozen=True, slots=True)
class Subject:
    """A product as it is agreed on: its published version's contract, tables and privacy units."""

    product: str
    owner: str
    major: int
    contract: str
    tables: Mapping[str, tuple[Column, ...]]
    units: Mapping[str, str | None]


def subject(connection: Connection, product: str, *, major: int | None = None) -> Subject:
    """Read a product's published version, or the newest of a major version."""
    version = (
        catalog.version(connection, product) if major is None else catalog.current_of_major(connection, product, major)
    )
    tables = catalog.snapshots(connection, product, version.number)
    promised = contract.read(agreements.content(connection, version.contract))
    return Subject(
        product=product,
        owner=version.product.organisation,
        major=version.major,
        contract=version.contract,
        tables={table.table: table.columns for table in tables},
        units={table.name: table.unit for table in promised.tables},
    )
