"""What a decision is based on: who asks, and for each product its published version and the agreements over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from golconda.agreement.heritage import Heritage
    from golconda.agreement.purposes import PurposeList
    from golconda.agreement.terms import Terms
    from golconda.contract.expectation import TableExpectation
    from golconda.kernel.names import ProductName
    from golconda.metastore.catalog import Snapshot


@dataclass(frozen=True, slots=True)
class Covenant:
    """An agreement as deciding needs it: whose, for what, on which terms, and how it stands."""

    id: str
    product: str
    owner: str
    assignee: str
    purpose: str
    state: str
    starts: datetime
    ends: datetime | None
    root: str
    proposal: str
    major: int
    terms: Terms

    def stands(self, now: datetime) -> str:
        """Return the state at a time: the stored one, or ``expired`` or ``pending`` by the calendar."""
        if self.state != "active":
            return self.state
        if self.ends is not None and now >= self.ends:
            return "expired"
        return "active" if now >= self.starts else "pending"


@dataclass(frozen=True, slots=True)
class Edition:
    """A published version of a product with all that reading it needs. Immutable, so it may be kept."""

    product: ProductName
    number: int
    contract: str
    manifest: str
    snapshots: tuple[Snapshot, ...]
    expectations: Mapping[str, TableExpectation]
    heritage: Heritage | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One product as the asker may read it: under an agreement, or as its owner where there is none."""

    edition: Edition
    covenant: Covenant | None
    leans: tuple[Covenant, ...] = ()  # what a derived product is made under, as it is now

    def terms(self, purposes: PurposeList) -> Terms | None:
        """Return the terms that bind the reading, a derived product's heritage with them; None = all may be seen."""
        own = self.covenant.terms if self.covenant else None
        return own if self.edition.heritage is None else self.edition.heritage.bind(own, purposes)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, with what a row filter may refer to."""

    name: str
    organisation: str
    region: str | None

    @property
    def attributes(self) -> Mapping[str, str | None]:
        """Return the values of ``:organisation``, ``:person`` and ``:region``."""
        return {"organisation": self.organisation, "person": self.name, "region": self.region}
