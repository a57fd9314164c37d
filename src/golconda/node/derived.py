"""How derived products stand: whether they may be read now, and for their owners how they are made and what fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.gate.revocation import in_force
from golconda.kernel.clock import stamp
from golconda.metastore import catalog
from golconda.metastore import heritage as made

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.metastore.heritage import Derivation

Document = dict[str, Any]  # plain JSON


@dataclass(frozen=True, slots=True)
class DerivedProducts:
    """Those of a node at one time."""

    plans: Mapping[str, Derivation]
    leans: Mapping[str, tuple[str, ...]]
    standing: frozenset[str]

    @classmethod
    def read(cls, connection: Connection, now: datetime) -> DerivedProducts:
        """Read them all. Cost: three queries."""
        plans = {plan.product: plan for plan in made.derivations(connection)}
        leans = made.published(connection) if plans else {}
        wanted = {agreement for each in leans.values() for agreement in each}
        return cls(plans, leans, frozenset(in_force(connection, wanted, now=stamp(now)) if wanted else ()))

    def short(self, product: str, *, is_owner: bool) -> Document | None:
        """Return whether a derived product is suspended, and to its owner why it is not made anew; None: not derived.

        Which agreements it is made under is its owner's business.
        """
        plan = self.plans.get(product)
        if plan is None:
            return None
        suspended = not set(self.leans.get(product, ())) <= self.standing
        return {"suspended": suspended, **({"failure": _failure(plan)} if is_owner else {})}


def whole(connection: Connection, derived: DerivedProducts, product: str) -> Document:
    """Return all that its owner may know of how a derived product is made and bound."""
    plan, found = derived.plans[product], catalog.find(connection, product)
    number = found.current if found is not None and found.current else 0
    inherited = made.heritage(connection, product, number)
    return {
        **(derived.short(product, is_owner=True) or {}),
        "sql": plan.sql,
        "by": plan.by,
        "purpose": plan.purpose,
        "sources": made.sources(connection, product, number),
        "ended": sorted(set(derived.leans.get(product, ())) - derived.standing),
        "terms": inherited.document()["terms"] if inherited else {},
    }


def _failure(plan: Derivation) -> Document | None:
    return None if plan.failure is None else dict(plan.failure)
