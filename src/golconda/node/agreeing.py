"""Offer, ask, answer and end: both parties' side of an agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.agreement import terms_file
from golconda.exchange import negotiation
from golconda.exchange.negotiation import documents
from golconda.exchange.negotiation.desk import Desk
from golconda.metastore import agreements as stored
from golconda.node.derive import tightened
from golconda.node.discovering import full_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from golconda.metastore.agreements import Agreement, Negotiation
    from golconda.metastore.identity import Principal
    from golconda.node.session import Session

Document = dict[str, Any]  # plain JSON


def desk(session: Session) -> Desk:
    """Return what negotiating needs of the node."""
    return Desk(session.node.home, session.node.keys, session.node.purposes)


def offer(
    session: Session, product: str, terms: str, *, title: str | Mapping[str, str] | None, automatic: bool
) -> Document:
    """Offer a product of one's own organisation."""
    name = full_name(session, product)
    actor = session.demand("offer", name.partition("/")[0])
    written = terms_file.read(terms)
    titles = {"en": title} if isinstance(title, str) else dict(title or {})
    with session.node.metastore.transaction() as connection:
        read, stricter = tightened(session.node, connection, name, written)
        made = negotiation.offer(
            connection,
            desk(session),
            actor=actor,
            product=name,
            terms=read,
            titles=titles,
            automatic=automatic,
            now=session.node.clock.now(),
        )
        document = documents.offer_document(connection, made, purposes=session.node.purposes)
        tables = _shared(connection, session, made.product, read)
        return {**document, "tables": tables, **({"tightened": stricter} if stricter else {})}


def _shared(connection: Connection, session: Session, product: str, terms: Any) -> list[Document]:
    """Say which tables the terms share, and why not the others."""
    from golconda.exchange.negotiation.desk import subject

    report = desk(session).check(terms, subject(connection, product))
    shared = [{"name": table.name, "columns": list(table.columns)} for table in report.shared]
    return shared + [{"name": name, "withheld": reason} for name, reason in report.withheld]


def withdraw(session: Session, offer_id: str) -> Document:
    """Withdraw an offer."""
    with session.node.metastore.transaction() as connection:
        owner = stored.offer(connection, offer_id).product.partition("/")[0]
        actor = session.demand("offer", owner)
        made = negotiation.withdraw(connection, actor=actor, offer=offer_id, now=session.node.clock.now())
        return documents.offer_document(connection, made, purposes=session.node.purposes)


def request(session: Session, product: str, *, purpose: str, offer: str | None, amends: str | None) -> Document:
    """Ask for a product, or for other terms of an agreement that is in force."""
    actor = session.demand("request", session.known().organisation)
    name = full_name(session, product)
    with session.node.metastore.transaction() as connection:
        asked = negotiation.request(
            connection,
            desk(session),
            actor=actor,
            product=name,
            purpose=purpose,
            offer=offer,
            amends=amends,
            now=session.node.clock.now(),
        )
        return _request(connection, session, asked.negotiation)


def requests(session: Session) -> Document:
    """List the requests made and received, all of them for those who oversee."""
    party = _party(session)
    with session.node.metastore.read() as connection:
        found = stored.negotiations(connection, party=party)
        return {"requests": [_request(connection, session, each) for each in found]}


def request_document(session: Session, request_id: str) -> Document:
    """Return one request with its proposals."""
    with session.node.metastore.read() as connection:
        return _request(connection, session, _seen_request(connection, session, request_id))


def approve(session: Session, request_id: str, *, terms: str | None) -> Document:
    """Accept what is on the table, or counter it."""
    read = terms_file.read(terms) if terms is not None else None
    with session.node.metastore.transaction() as connection:
        actor = _answering(connection, session, request_id)
        if read is not None:
            read, _ = tightened(session.node, connection, stored.negotiation(connection, request_id).product, read)
        answered = negotiation.approve(
            connection,
            desk(session),
            actor=actor,
            request=request_id,
            terms=read,
            now=session.node.clock.now(),
        )
        return _request(connection, session, answered.negotiation)


def reject(session: Session, request_id: str, *, why: str) -> Document:
    """End a request without an agreement."""
    with session.node.metastore.transaction() as connection:
        actor = _answering(connection, session, request_id)
        ended = negotiation.reject(connection, actor=actor, request=request_id, why=why, now=session.node.clock.now())
        return _request(connection, session, ended)


def agreements(session: Session) -> Document:
    """List the agreements given and held, all of them for those who oversee."""
    party = _party(session)
    with session.node.metastore.read() as connection:
        found = stored.agreements(connection, party=party)
        return {"agreements": [_agreement(connection, session, each) for each in found]}


def agreement(session: Session, agreement_id: str) -> Document:
    """Return one agreement."""
    with session.node.metastore.read() as connection:
        return _agreement(connection, session, _seen_agreement(connection, session, agreement_id))


def revoke(session: Session, agreement_id: str, *, why: str) -> Document:
    """End an agreement now."""
    return _end(session, agreement_id, negotiation.revoke, why=why)


def suspend(session: Session, agreement_id: str, *, why: str) -> Document:
    """Stop an agreement until it is resumed."""
    return _end(session, agreement_id, negotiation.suspend, why=why)


def resume(session: Session, agreement_id: str) -> Document:
    """Put a suspended agreement back in force."""
    return _end(session, agreement_id, negotiation.resume)


def terminate(session: Session, agreement_id: str, *, why: str) -> Document:
    """End an agreement as the one who holds it."""
    actor = session.demand("answer", session.known().organisation)
    with session.node.metastore.transaction() as connection:
        _seen_agreement(connection, session, agreement_id)
        changed = negotiation.terminate(
            connection, actor=actor, agreement=agreement_id, why=why, now=session.node.clock.now()
        )
        return _agreement(connection, session, changed)


def _end(session: Session, agreement_id: str, verb: Any, **said: str) -> Document:  # one of negotiation's three verbs
    with session.node.metastore.transaction() as connection:
        found = _seen_agreement(connection, session, agreement_id)
        actor = session.demand("end-agreement", found.owner)
        changed = verb(connection, actor=actor, agreement=agreement_id, now=session.node.clock.now(), **said)
        return _agreement(connection, session, changed)


def _party(session: Session) -> str | None:
    """Return whose requests and agreements are shown; None = everyone's, for those whom the policies let oversee."""
    principal = session.known()
    oversees = session.node.policies.allows(principal, "see-agreement", "")
    return None if oversees else session.demand("see-agreement", principal.organisation).organisation


def _seen_request(connection: Connection, session: Session, request_id: str) -> Negotiation:
    """Return a request to its parties and to those who oversee; to others it is not there."""
    found = stored.negotiation(connection, request_id)
    party = _party(session)
    if party is not None and party not in (found.owner, found.assignee):
        raise stored.request_unknown(request_id)
    return found


def _answering(connection: Connection, session: Session, request_id: str) -> Principal:
    """Return who answers a request: for the owner it takes a steward, for the asker whoever may ask."""
    found = _seen_request(connection, session, request_id)
    mine = session.known().organisation
    return session.demand("decide" if mine == found.owner else "answer", mine)


def _seen_agreement(connection: Connection, session: Session, agreement_id: str) -> Agreement:
    found = stored.get(connection, agreement_id)
    party = _party(session)
    if party is not None and party not in (found.owner, found.assignee):
        raise stored.agreement_unknown(agreement_id)
    return found


def _request(connection: Connection, session: Session, found: Negotiation) -> Document:
    return documents.request_document(connection, found, purposes=session.node.purposes)


def _agreement(connection: Connection, session: Session, found: Agreement) -> Document:
    return documents.agreement_document(connection, found, purposes=session.node.purposes, now=session.node.clock.now())
