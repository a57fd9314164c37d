"""Make an offer: terms on which a product may be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.exchange.negotiation.desk import subject
from golconda.kernel.errors import AccessRefused
from golconda.metastore import agreements
from golconda.metastore.agreements import Offer
from golconda.metastore.ids import new_id
from golconda.metastore.log import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from golconda.agreement.terms import Terms
    from golconda.exchange.negotiation.desk import Desk
    from golconda.metastore.identity import Principal


def offer(
    connection: Connection,
    desk: Desk,
    *,
    actor: Principal,
    product: str,
    terms: Terms,
    now: datetime,
    titles: Mapping[str, str] | None = None,
    automatic: bool = False,
) -> Offer:
    """Check the terms against the product's tables and store the offer, or raise InvalidInput.

    `automatic`: a request is approved at once, unless the asker has an agreement on the product for the
    purpose, or one of its agreements on the product is suspended or was revoked: then the owner decides. So it is
    where the terms set limits and the asker has any agreement on the product, or ended one itself.
    """
    demand_owner(actor, product)
    desk.check(terms, subject(connection, product))
    made = Offer(
        id=new_id("off"),
        product=product,
        titles=dict(titles or {}),
        terms=agreements.keep_terms(connection, terms),
        automatic=automatic,
        created=now,
        by=actor.name,
    )
    agreements.add_offer(connection, made)
    payload = {"product": product, "terms": made.terms, "automatic": automatic}
    record(connection, kind="offer.made", actor=actor.name, subject=made.id, payload=payload, time=now)
    return made


def demand_owner(actor: Principal, product: str) -> None:
    """Refuse whoever does not belong to the product's organisation."""
    if actor.organisation != product.partition("/")[0]:
        raise AccessRefused(
            "not-the-owner",
            f"{product} is not a product of {actor.organisation}.",
            hint="Only its organisation offers it and ends its agreements.",
            product=product,
            organisation=actor.organisation,
        )
