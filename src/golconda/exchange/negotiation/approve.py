"""Approve a request: accept the proposal on the table, or counter it with other terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from golconda.exchange.negotiation.agree import agree
from golconda.exchange.negotiation.desk import subject
from golconda.exchange.negotiation.machine import Answer, Table, Talk, answer
from golconda.exchange.negotiation.propose import demand_sound, principal_signs, propose
from golconda.metastore import agreements
from golconda.metastore.log import record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.agreement.proposal import Proposal
    from golconda.agreement.terms import Terms
    from golconda.exchange.negotiation.desk import Desk
    from golconda.metastore.agreements import Agreement, Negotiation
    from golconda.metastore.identity import Principal


@dataclass(frozen=True, slots=True)
class Answered:
    """The request as it stands now, and the agreement if the proposal was accepted."""

    negotiation: Negotiation
    agreement: Agreement | None = None


def approve(
    connection: Connection,
    desk: Desk,
    *,
    actor: Principal,
    request: str,
    now: datetime,
    terms: Terms | None = None,
) -> Answered:
    """Accept what is on the table, or counter with `terms` if they differ from it.

    Raise ``request-unknown``, ``request-ended``, ``not-your-turn``, and for terms what `offer` raises.
    """
    found = agreements.negotiation(connection, request, changing=True)
    proposal = agreements.proposal(connection, found.proposal)
    if terms is None or terms == proposal.terms:
        return _accept(connection, desk, found, actor=actor, now=now)
    return _counter(connection, desk, found, replace(proposal, terms=terms), actor=actor, now=now)


def _accept(connection: Connection, desk: Desk, found: Negotiation, *, actor: Principal, now: datetime) -> Answered:
    answer(table(found), actor.organisation, Answer.ACCEPT)
    principal_signs(connection, desk, request=found.id, proposal=found.proposal, actor=actor, now=now)
    made = agree(connection, found, by=actor.name, now=now)
    return Answered(agreements.negotiation(connection, found.id), made)


def _counter(
    connection: Connection,
    desk: Desk,
    found: Negotiation,
    changed: Proposal,
    *,
    actor: Principal,
    now: datetime,
) -> Answered:
    state = answer(table(found), actor.organisation, Answer.COUNTER)
    demand_sound(desk, changed.terms, subject(connection, found.product, major=changed.major), purpose=found.purpose)
    proposal = replace(changed, by=actor.name, created=now, previous=found.proposal)
    put = replace(found, state=state.value, proposal=propose(connection, proposal), updated=now)
    countered = replace(put, turn=table(put).turn or "")
    agreements.change_negotiation(connection, countered)
    payload = {"proposal": countered.proposal, "previous": found.proposal}
    record(
        connection,
        kind="agreement.countered",
        actor=actor.name,
        subject=found.id,
        payload=payload,
        time=now,
        concerns=(found.owner, found.assignee),
    )
    principal_signs(connection, desk, request=found.id, proposal=countered.proposal, actor=actor, now=now)
    return Answered(countered)


def table(found: Negotiation) -> Table:
    """Return a negotiation as deciding needs it."""
    return Table(found.id, Talk(found.state), found.owner, found.assignee)
