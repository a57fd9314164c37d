"""The moment of agreement: both signatures verify over the same bytes, and the agreement comes into being."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from golconda.agreement import period
from golconda.agreement.signing import holds
from golconda.exchange.negotiation.machine import Change, State, Talk
from golconda.exchange.negotiation.transition import move
from golconda.kernel.clock import stamp
from golconda.kernel.errors import Defect, InvalidInput
from golconda.metastore import agreements
from golconda.metastore.agreements import Agreement
from golconda.metastore.ids import new_id
from golconda.metastore.log import record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.agreement.proposal import Proposal
    from golconda.agreement.terms import Terms
    from golconda.metastore.agreements import Negotiation


def agree(connection: Connection, negotiation: Negotiation, *, by: str, now: datetime) -> Agreement:
    """Make the agreement of a proposal that both parties have signed; it supersedes what it amends."""
    proposal = agreements.proposal(connection, negotiation.proposal)
    demand_both(connection, negotiation)
    superseded = _supersede(connection, proposal, by=by, now=now)
    made = _agreement(connection, negotiation, proposal, superseded=superseded, now=now)
    agreements.add(connection, made)
    ended = replace(negotiation, state=Talk.AGREED.value, turn="", updated=now)
    agreements.change_negotiation(connection, ended)
    payload = {
        "request": negotiation.id,
        "product": made.product,
        "assignee": made.assignee,
        "purpose": made.purpose,
        "proposal": made.proposal,
        "starts": stamp(made.starts),
        "ends": stamp(made.ends) if made.ends else None,
        "supersedes": made.supersedes,
    }
    record(
        connection,
        kind="agreement.agreed",
        actor=by,
        subject=made.id,
        payload=payload,
        time=now,
        concerns=(made.owner, made.assignee),
    )
    return made


def demand_both(connection: Connection, negotiation: Negotiation) -> None:
    """Raise a defect unless both parties' signatures verify over the hash of the proposal on the table."""
    signed = {one.content.party: one for one in agreements.signatures(connection, negotiation.proposal)}
    for party in (negotiation.owner, negotiation.assignee):
        if party not in signed or not holds(signed[party], proposal=negotiation.proposal, party=party):
            raise Defect(
                "signature-invalid",
                f"The signature of {party} on {negotiation.proposal} does not verify.",
                hint="Report this: no agreement was made.",
            )


def _agreement(
    connection: Connection,
    negotiation: Negotiation,
    proposal: Proposal,
    *,
    superseded: Agreement | None,
    now: datetime,
) -> Agreement:
    starts, ends = times(proposal.terms, now)
    return Agreement(
        id=new_id("agr"),
        negotiation=negotiation.id,
        product=proposal.product,
        major=proposal.major,
        owner=proposal.owner,
        assignee=proposal.assignee,
        purpose=proposal.purpose,
        proposal=negotiation.proposal,
        terms=agreements.keep_terms(connection, proposal.terms),
        root=superseded.root if superseded else first(connection, negotiation.proposal),
        state=State.ACTIVE.value,
        starts=starts,
        ends=ends,
        supersedes=superseded.id if superseded else None,
        reason=None,
        created=now,
        changed=now,
    )


def times(terms: Terms, agreed: datetime) -> tuple[datetime, datetime | None]:
    """Return when an agreement begins and ends: its period counts from agreement, the first end counts."""
    known = [time for time in (period.ends(terms.period, start=agreed), terms.ends) if time]
    end = min(known, default=None)
    start = max(agreed, terms.starts) if terms.starts else agreed
    if end is not None and end <= start:
        raise InvalidInput(
            "terms-over",
            f"Under these terms the agreement would end at {stamp(end)}, before it begins.",
            hint="Propose terms that end later.",
            end=stamp(end),
        )
    return start, end


def first(connection: Connection, proposal: str) -> str:
    """Return the hash of the first proposal of a chain."""
    while (previous := agreements.proposal(connection, proposal).previous) is not None:
        proposal = previous
    return proposal


def _supersede(connection: Connection, proposal: Proposal, *, by: str, now: datetime) -> Agreement | None:
    if proposal.amends is None:
        return None
    return move(connection, proposal.amends, Change.SUPERSEDE, by=by, why=None, now=now)
