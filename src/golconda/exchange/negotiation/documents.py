"""Requests, agreements and offers as the JSON documents that every door gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.agreement import terms_file
from golconda.agreement.describe import describe
from golconda.agreement.obligate import Withheld, share
from golconda.agreement.signing import holds
from golconda.exchange.negotiation.desk import subject
from golconda.kernel.clock import stamp
from golconda.metastore import agreements, catalog
from golconda.metastore.meters import meters

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.agreement.purposes import PurposeList
    from golconda.agreement.terms import Terms
    from golconda.metastore.agreements import Agreement, Negotiation, Offer

    Document = dict[str, Any]  # JSON values


def offer_document(connection: Connection, offer: Offer, *, purposes: PurposeList) -> Document:
    """Return an offer with its clauses in words."""
    terms = agreements.terms(connection, offer.terms)
    return {
        "id": offer.id,
        "product": offer.product,
        "title": dict(offer.titles),
        "automatic": offer.automatic,
        "terms": terms_file.write(terms),
        "clauses": [clause.document() for clause in describe(terms, purposes)],
        "created": stamp(offer.created),
        "by": offer.by,
    }


def request_document(connection: Connection, negotiation: Negotiation, *, purposes: PurposeList) -> Document:
    """Return a request with its chain of proposals, the first first; `turn` is None once it has ended."""
    agreement = agreements.of_negotiation(connection, negotiation.id)
    document = {
        "id": negotiation.id,
        "product": negotiation.product,
        "offer": negotiation.offer,
        "assignee": negotiation.assignee,
        "purpose": negotiation.purpose,
        "state": negotiation.state,
        "turn": negotiation.turn or None,
        "by": negotiation.requested_by,
        "created": stamp(negotiation.created),
        "updated": stamp(negotiation.updated),
        "proposals": _proposals(connection, negotiation, purposes),
        "signatures": signature_documents(connection, negotiation.proposal),
    }
    known = {"reason": negotiation.reason, "agreement": agreement.id if agreement else None}
    return {**document, **{name: value for name, value in known.items() if value is not None}}


def agreement_document(
    connection: Connection, agreement: Agreement, *, purposes: PurposeList, now: datetime
) -> Document:
    """Return an agreement as both sides see it; its signatures are verified anew."""
    terms = agreements.terms(connection, agreement.terms)
    document = {
        "id": agreement.id,
        "request": agreement.negotiation,
        "product": agreement.product,
        "version": catalog.current_of_major(connection, agreement.product, agreement.major).number,
        "major": agreement.major,
        "owner": agreement.owner,
        "assignee": agreement.assignee,
        "purpose": agreement.purpose,
        "state": agreement.stands(now),
        "starts": stamp(agreement.starts),
        "ends": stamp(agreement.ends) if agreement.ends else None,
        "clauses": [clause.document() for clause in describe(terms, purposes)],
        "terms": terms_file.write(terms),
        "signatures": signature_documents(connection, agreement.proposal),
        "meters": _meters(connection, agreement, terms, now),
        "tables": list(shared_tables(connection, agreement, terms)),
        "proposal": agreement.proposal,
        "root": agreement.root,
    }
    known = {"reason": agreement.reason, "supersedes": agreement.supersedes}
    return {**document, **{name: value for name, value in known.items() if value is not None}}


def signature_documents(connection: Connection, proposal: str) -> list[Document]:
    """Return the signatures on a proposal, each verified anew."""
    return [
        {
            "party": one.content.party,
            "by": one.content.by,
            "custody": one.content.custody.value,
            "key": one.key,
            "valid": holds(one, proposal=proposal, party=one.content.party),
            "time": stamp(one.content.time),
        }
        for one in agreements.signatures(connection, proposal)
    ]


def shared_tables(connection: Connection, agreement: Agreement, terms: Terms) -> tuple[str, ...]:
    """Return the names of the tables an agreement shares, in the product's order."""
    about = subject(connection, agreement.product, major=agreement.major)
    return tuple(
        name
        for name, columns in about.tables.items()
        if not isinstance(share(terms, name, columns, unit=about.units.get(name)), Withheld)
    )


def _proposals(connection: Connection, negotiation: Negotiation, purposes: PurposeList) -> list[Document]:
    """Return the proposals of this negotiation; an amendment's chain goes on before it."""
    found: list[Document] = []
    at: str | None = negotiation.proposal
    while at is not None:
        proposal = agreements.proposal(connection, at)
        if proposal.request != negotiation.id:
            break
        document = {
            "hash": at,
            "by": proposal.by,
            "organisation": proposal.by.partition("/")[0],
            "terms": terms_file.write(proposal.terms),
            "clauses": [clause.document() for clause in describe(proposal.terms, purposes)],
            "created": stamp(proposal.created),
            "previous": proposal.previous,
        }
        found.insert(0, document)
        at = proposal.previous
    return found


def _meters(connection: Connection, agreement: Agreement, terms: Terms, now: datetime) -> list[Document]:
    return [
        {
            "what": meter.limit.what,
            "per": meter.limit.per.value,
            "limit": meter.limit.most,
            "used": meter.used,
            "reserved": meter.reserved,
            "left": meter.left,
            "window": meter.window,
        }
        for meter in meters(connection, agreement.root, terms.limits, now)
    ]
