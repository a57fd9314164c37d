"""Mark agreements whose time is over. Deciding looks at the calendar itself: this ends what still runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.exchange.negotiation.machine import Change
from golconda.exchange.negotiation.transition import move
from golconda.metastore import agreements

if TYPE_CHECKING:
    from datetime import datetime

    from golconda.metastore.agreements import Agreement
    from golconda.metastore.database import Metastore


def expire(metastore: Metastore, now: datetime) -> tuple[Agreement, ...]:
    """Expire what is due and return it; a node with nothing due is only read."""
    with metastore.read() as connection:
        if not agreements.due(connection, now):
            return ()
    with metastore.transaction() as connection:
        return tuple(
            move(connection, one.id, Change.EXPIRE, by="node", why=None, now=now)
            for one in agreements.due(connection, now, changing=True)
        )
