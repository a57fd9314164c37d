"""Reject a request, or take it back: either party may, with a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from golconda.exchange.negotiation.approve import table
from golconda.exchange.negotiation.machine import Answer, answer
from golconda.metastore import agreements
from golconda.metastore.log import record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.metastore.agreements import Negotiation
    from golconda.metastore.identity import Principal


def reject(connection: Connection, *, actor: Principal, request: str, why: str, now: datetime) -> Negotiation:
    """End a negotiation without agreement, or raise ``request-unknown`` or ``request-ended``."""
    found = agreements.negotiation(connection, request, changing=True)
    state = answer(table(found), actor.organisation, Answer.REJECT)
    ended = replace(found, state=state.value, turn="", reason=why, updated=now)
    agreements.change_negotiation(connection, ended)
    payload = {"product": found.product, "reason": why}
    record(
        connection,
        kind="agreement.rejected",
        actor=actor.name,
        subject=request,
        payload=payload,
        time=now,
        concerns=(found.owner, found.assignee),
    )
    return ended
