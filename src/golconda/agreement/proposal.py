"""A proposal: everything two parties agree on, as one immutable document with one hash.

Proposals of a negotiation, and of the amendments after it, are chained by the hash of the one before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.agreement import terms_file
from golconda.agreement.describe import describe
from golconda.kernel.canonical import canonical, digest
from golconda.kernel.clock import moment, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from golconda.agreement.terms import Terms


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed: a product under a contract, from its owner to an assignee, for a purpose, on terms.

    `contract`: hash of the contract in force when it was made. `previous`: hash of the proposal before, None
    for the first. `major`: the product's major version the agreement is pinned to. `request`: the negotiation
    it belongs to. `amends`: the agreement it would supersede.
    """

    product: str
    major: int
    contract: str
    owner: str
    assignee: str
    purpose: str
    terms: Terms
    by: str
    created: datetime
    request: str
    previous: str | None = None
    amends: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the document that is hashed and signed, with the class of each clause."""
        return {
            "kind": "golconda.proposal/1",
            "product": self.product,
            "major": self.major,
            "contract": self.contract,
            "owner": self.owner,
            "assignee": self.assignee,
            "purpose": self.purpose,
            "terms": terms_file.write(self.terms),
            "classes": [[clause.clause, clause.enforcement.value] for clause in describe(self.terms)],
            "by": self.by,
            "created": stamp(self.created),
            "request": self.request,
            "previous": self.previous,
            "amends": self.amends,
        }

    @property
    def text(self) -> str:
        """Return the canonical text, of which `hash` is the hash."""
        return canonical(self.document()).decode()

    @property
    def hash(self) -> str:
        """Return ``sha256:…`` of the canonical text."""
        return digest(self.document())


def read(text: str) -> Proposal:
    """Read the canonical text back."""
    document = json.loads(text)
    return Proposal(
        product=document["product"],
        major=document["major"],
        contract=document["contract"],
        owner=document["owner"],
        assignee=document["assignee"],
        purpose=document["purpose"],
        terms=terms_file.from_document(document["terms"]),
        by=document["by"],
        created=moment(document["created"]),
        request=document["request"],
        previous=document["previous"],
        amends=document["amends"],
    )
