"""Put a proposal on the table: stored under its hash and signed by whoever makes it."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from golconda.kernel.errors import AccessRefused
from golconda.metastore import agreements
from golconda.metastore.log import record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.agreement.proposal import Proposal
    from golconda.agreement.purposes import PurposeList
    from golconda.agreement.terms import Terms
    from golconda.exchange.negotiation.desk import Desk, Subject
    from golconda.metastore.identity import Principal


def demand_sound(desk: Desk, terms: Terms, subject: Subject, *, purpose: str) -> None:
    """Raise InvalidInput for terms that mean nothing here, and ``purpose-not-covered``."""
    desk.check(terms, subject)
    demand_covered(terms, desk.purposes, product=subject.product, purpose=purpose)


def demand_covered(terms: Terms, purposes: PurposeList, *, product: str, purpose: str) -> None:
    """Raise ``purpose-not-covered``, or ``purpose-unknown`` for one that is on no list."""
    if not purposes.covers(terms.purposes, purpose):
        allowed = ", ".join(terms.purposes or ()) or "none"
        raise AccessRefused(
            "purpose-not-covered",
            f"The terms on {product} do not cover the purpose {purpose}.",
            hint=f"They cover {allowed} and what these include; ask the owner for other terms.",
            clause="purposes",
            product=product,
            purpose=purpose,
            purposes=list(terms.purposes or ()),
        )


def propose(connection: Connection, proposal: Proposal) -> str:
    """Store a proposal and the terms in it, and return its hash."""
    agreements.keep_terms(connection, proposal.terms)
    return agreements.keep(connection, "proposal", proposal.text)


def sign(
    connection: Connection, desk: Desk, *, request: str, proposal: str, party: str, by: str, now: datetime
) -> None:
    """Sign a proposal for a party; the event carries all that is needed to verify the signature."""
    signature, owner = desk.sign(proposal, party=party, by=by, time=now)
    agreements.add_signature(connection, proposal, signature, owner=owner)
    payload = {
        "statement": signature.statement,
        "signature": b64encode(signature.value).decode(),
        "key": b64encode(signature.public).decode(),
    }
    signed = agreements.proposal(connection, proposal)
    record(
        connection,
        kind="agreement.signed",
        actor=by,
        subject=request,
        payload=payload,
        time=now,
        concerns=(signed.owner, signed.assignee),
    )


def principal_signs(
    connection: Connection, desk: Desk, *, request: str, proposal: str, actor: Principal, now: datetime
) -> None:
    """Sign for the actor's organisation."""
    sign(connection, desk, request=request, proposal=proposal, party=actor.organisation, by=actor.name, now=now)
