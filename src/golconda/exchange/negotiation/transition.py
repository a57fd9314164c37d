"""Move an agreement from one state to the next: row and event in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from golconda.exchange.negotiation.machine import Change, State, follow
from golconda.metastore import agreements
from golconda.metastore.log import record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.metastore.agreements import Agreement
    from golconda.metastore.identity import Principal

_KINDS = {
    Change.SUSPEND: "agreement.suspended",
    Change.RESUME: "agreement.resumed",
    Change.REVOKE: "agreement.revoked",
    Change.EXPIRE: "agreement.expired",
    Change.SUPERSEDE: "agreement.superseded",
    Change.TERMINATE: "agreement.terminated",
}


def move(
    connection: Connection, agreement: str, change: Change, *, by: str, why: str | None, now: datetime
) -> Agreement:
    """Change an agreement's state, or raise ``agreement-state``; the epoch tells every process."""
    found = agreements.get(connection, agreement, changing=True)
    state = follow(standing(found, change, now), change, agreement=agreement)
    agreements.change(connection, agreement, state=state.value, reason=why, time=now)
    payload = {"product": found.product, "assignee": found.assignee, **({"reason": why} if why else {})}
    record(
        connection,
        kind=_KINDS[change],
        actor=by,
        subject=agreement,
        payload=payload,
        time=now,
        concerns=(found.owner, found.assignee),
    )
    return replace(found, state=state.value, reason=why, changed=now)


def owner_moves(
    connection: Connection,
    agreement: str,
    change: Change,
    *,
    actor: Principal,
    why: str | None,
    now: datetime,
) -> Agreement:
    """Change an agreement's state as its owner; whoever is no party to it learns nothing."""
    from golconda.exchange.negotiation.offer import demand_owner

    found = agreements.get(connection, agreement)
    if actor.organisation not in (found.owner, found.assignee):
        raise agreements.agreement_unknown(agreement)
    demand_owner(actor, found.product)
    return move(connection, agreement, change, by=actor.name, why=why, now=now)


def standing(found: Agreement, change: Change, now: datetime) -> State:
    """Return the state by the calendar: what has expired by now can only be marked so."""
    if change is not Change.EXPIRE and found.stands(now) == State.EXPIRED:
        return State.EXPIRED
    return State(found.state)
