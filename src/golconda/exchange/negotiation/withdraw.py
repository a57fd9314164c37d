"""Withdraw an offer: nobody can ask for it any more; requests and agreements under it stay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from golconda.exchange.negotiation.offer import demand_owner
from golconda.kernel.errors import InvalidInput
from golconda.metastore import agreements
from golconda.metastore.log import record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.metastore.agreements import Offer
    from golconda.metastore.identity import Principal


def withdraw(connection: Connection, *, actor: Principal, offer: str, now: datetime) -> Offer:
    """Withdraw an offer, or raise ``offer-unknown`` or ``offer-withdrawn``."""
    found = agreements.offer(connection, offer, changing=True)
    demand_owner(actor, found.product)
    if found.withdrawn is not None:
        raise withdrawn(found)
    agreements.withdraw_offer(connection, offer, time=now)
    payload = {"product": found.product}
    record(connection, kind="offer.withdrawn", actor=actor.name, subject=offer, payload=payload, time=now)
    return replace(found, withdrawn=now)


def withdrawn(offer: Offer) -> InvalidInput:
    """Return the error for an offer that no longer stands."""
    return InvalidInput(
        "offer-withdrawn",
        f"The offer {offer.id} was withdrawn.",
        hint="The product's page lists the offers that stand.",
        offer=offer.id,
    )
