"""Ask for a product under an offer, for one purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.agreement.proposal import Proposal
from golconda.exchange.negotiation.agree import agree
from golconda.exchange.negotiation.desk import subject
from golconda.exchange.negotiation.machine import Change, State, Talk, follow
from golconda.exchange.negotiation.propose import demand_sound, principal_signs, propose, sign
from golconda.exchange.negotiation.transition import standing
from golconda.exchange.negotiation.withdraw import withdrawn
from golconda.kernel.errors import InvalidInput, NotFound
from golconda.metastore import agreements
from golconda.metastore.agreements import Negotiation
from golconda.metastore.ids import new_id
from golconda.metastore.log import record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.exchange.negotiation.desk import Desk
    from golconda.metastore.agreements import Agreement, Offer
    from golconda.metastore.identity import Principal


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the agreement if the offer was approved by itself."""

    negotiation: Negotiation
    agreement: Agreement | None = None


def request(
    connection: Connection,
    desk: Desk,
    *,
    actor: Principal,
    product: str,
    purpose: str,
    now: datetime,
    offer: str | None = None,
    amends: str | None = None,
) -> Asked:
    """Ask for a product; without `offer` its only one that covers the purpose.

    `amends`: an agreement in force of the same organisation, product and purpose that the new one supersedes,
    keeping its meters. Raise ``offer-unknown``, ``offer-ambiguous``, ``purpose-unknown``,
    ``purpose-not-covered``, ``request-open``, ``request-own-product`` or ``amendment-invalid``.
    """
    agreements.one_at_a_time(connection, actor.organisation)
    about = subject(connection, product)
    desk.purposes.purpose(purpose)
    _demand_other(actor, about.owner)
    amended = _amended(connection, amends, actor=actor, product=product, purpose=purpose, now=now)
    chosen = _offer(connection, desk, product=product, purpose=purpose, offer=offer)
    _demand_none_open(connection, actor.organisation, product=product, purpose=purpose)
    terms = agreements.terms(connection, chosen.terms)
    demand_sound(desk, terms, about, purpose=purpose)
    proposal = Proposal(
        product=product,
        major=about.major,
        contract=about.contract,
        owner=about.owner,
        assignee=actor.organisation,
        purpose=purpose,
        terms=terms,
        by=actor.name,
        created=now,
        previous=amended.proposal if amended else None,
        amends=amends,
        request=new_id("req"),
    )
    asked = _store(connection, desk, proposal, offer=chosen, actor=actor, now=now)
    if chosen.automatic and _is_new(connection, asked, limited=bool(terms.limits)):
        return _approved(connection, desk, asked, offer=chosen, now=now)
    return Asked(asked)


def _store(
    connection: Connection, desk: Desk, proposal: Proposal, *, offer: Offer, actor: Principal, now: datetime
) -> Negotiation:
    made = Negotiation(
        id=proposal.request,
        product=proposal.product,
        offer=offer.id,
        assignee=proposal.assignee,
        purpose=proposal.purpose,
        state=Talk.REQUESTED.value,
        proposal=propose(connection, proposal),
        turn=proposal.owner,
        requested_by=actor.name,
        reason=None,
        created=now,
        updated=now,
    )
    agreements.add_negotiation(connection, made)
    payload = {
        "product": made.product,
        "purpose": made.purpose,
        "offer": made.offer,
        "proposal": made.proposal,
    }
    record(
        connection,
        kind="agreement.requested",
        actor=actor.name,
        subject=made.id,
        payload=payload,
        time=now,
        concerns=(proposal.owner, proposal.assignee),
    )
    principal_signs(connection, desk, request=made.id, proposal=made.proposal, actor=actor, now=now)
    return made


def _approved(connection: Connection, desk: Desk, asked: Negotiation, *, offer: Offer, now: datetime) -> Asked:
    """Sign for the owner by the right of whoever made the automatic offer."""
    sign(connection, desk, request=asked.id, proposal=asked.proposal, party=asked.owner, by=offer.by, now=now)
    made = agree(connection, asked, by=offer.by, now=now)
    return Asked(agreements.negotiation(connection, asked.id), made)


def _is_new(connection: Connection, asked: Negotiation, *, limited: bool) -> bool:
    """Say whether nothing stands in the way of approving by itself.

    Otherwise whoever was suspended or revoked would let himself in again; and whoever has used up his limits would
    get new ones by asking again, for the same purpose or, where the terms set limits, for another one or after
    ending the agreement himself.
    """
    earlier = agreements.agreements(connection, party=asked.assignee, product=asked.product)
    barred = {State.SUSPENDED, State.REVOKED} | ({State.ACTIVE, State.TERMINATED} if limited else set())
    return not any(
        one.state in barred or (one.state == State.ACTIVE and one.purpose == asked.purpose) for one in earlier
    )


def _demand_other(actor: Principal, owner: str) -> None:
    if actor.organisation == owner:
        raise InvalidInput(
            "request-own-product",
            f"The product is {owner}'s own.",
            hint="Its stewards read it without an agreement.",
            organisation=owner,
        )


def _demand_none_open(connection: Connection, assignee: str, *, product: str, purpose: str) -> None:
    waiting = (Talk.REQUESTED.value, Talk.COUNTERED.value)
    for one in agreements.negotiations(connection, party=assignee, product=product, states=waiting):
        if one.assignee == assignee and one.purpose == purpose:
            raise InvalidInput(
                "request-open",
                f"{assignee} has asked for {product} for {purpose} already: {one.id}.",
                hint=f"It waits for {one.turn}; answer or reject that request first.",
                request=one.id,
                product=product,
                purpose=purpose,
                turn=one.turn,
            )


def _offer(connection: Connection, desk: Desk, *, product: str, purpose: str, offer: str | None) -> Offer:
    if offer is not None:
        return _named(connection, offer, product=product)
    standing = agreements.offers(connection, product)
    fitting = [
        one for one in standing if desk.purposes.covers(agreements.terms(connection, one.terms).purposes, purpose)
    ]
    if len(fitting) > 1:
        raise InvalidInput(
            "offer-ambiguous",
            f"{len(fitting)} offers of {product} cover {purpose}: {', '.join(one.id for one in fitting)}.",
            hint="Name one with --offer.",
            offers=[one.id for one in fitting],
            product=product,
            purpose=purpose,
        )
    # A single offer that does not cover the purpose is refused with its clause, like one that was named.
    if not fitting and len(standing) != 1:
        raise NotFound(
            "offer-unknown",
            f"No offer of {product} covers {purpose}." if standing else f"{product} is not offered to anyone.",
            hint="The product's page lists its offers.",
            product=product,
            **({"purpose": purpose} if standing else {}),
        )
    return (fitting or standing)[0]


def _named(connection: Connection, offer: str, *, product: str) -> Offer:
    found = agreements.offer(connection, offer)
    if found.product != product:
        raise NotFound(
            "offer-unknown",
            f"{product} has no offer {offer}.",
            hint="The product's page lists its offers.",
            product=product,
            offer=offer,
        )
    if found.withdrawn is not None:
        raise withdrawn(found)
    return found


def _amended(
    connection: Connection, amends: str | None, *, actor: Principal, product: str, purpose: str, now: datetime
) -> Agreement | None:
    if amends is None:
        return None
    found = agreements.get(connection, amends, changing=True)
    if found.assignee != actor.organisation:
        raise agreements.agreement_unknown(amends)
    if (found.product, found.purpose) != (product, purpose):
        raise InvalidInput(
            "amendment-invalid",
            f"The agreement {amends} is on {found.product} for {found.purpose}.",
            hint="An amendment keeps product and purpose; ask anew for another.",
        )
    follow(standing(found, Change.SUPERSEDE, now), Change.SUPERSEDE, agreement=amends)
    return found
