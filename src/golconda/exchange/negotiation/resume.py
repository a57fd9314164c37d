"""Resume an agreement that was suspended; its time has gone on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.exchange.negotiation.machine import Change
from golconda.exchange.negotiation.transition import owner_moves

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.metastore.agreements import Agreement
    from golconda.metastore.identity import Principal


def resume(connection: Connection, *, actor: Principal, agreement: str, now: datetime) -> Agreement:
    """Resume a suspended agreement, or raise ``agreement-state``."""
    return owner_moves(connection, agreement, Change.RESUME, actor=actor, why=None, now=now)
