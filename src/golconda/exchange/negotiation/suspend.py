"""Suspend an agreement: nothing is read under it until it is resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.exchange.negotiation.machine import Change
from golconda.exchange.negotiation.transition import owner_moves

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.metastore.agreements import Agreement
    from golconda.metastore.identity import Principal


def suspend(connection: Connection, *, actor: Principal, agreement: str, why: str, now: datetime) -> Agreement:
    """Suspend an agreement with the reason that the reader is told, or raise ``agreement-state``."""
    return owner_moves(connection, agreement, Change.SUSPEND, actor=actor, why=why, now=now)
