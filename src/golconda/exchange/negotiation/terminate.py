"""Terminate an agreement: the reader's organisation needs it no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.exchange.negotiation.machine import Change
from golconda.exchange.negotiation.transition import move
from golconda.metastore import agreements

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.metastore.agreements import Agreement
    from golconda.metastore.identity import Principal


def terminate(connection: Connection, *, actor: Principal, agreement: str, why: str, now: datetime) -> Agreement:
    """End an agreement as its assignee, or raise ``agreement-state``; the owner revokes instead."""
    found = agreements.get(connection, agreement)
    if actor.organisation != found.assignee:
        raise agreements.agreement_unknown(agreement)
    return move(connection, agreement, Change.TERMINATE, by=actor.name, why=why, now=now)
