"""Negotiating: one file per verb, each in the caller's write transaction, where its event is recorded too."""

from golconda.exchange.negotiation.approve import Answered, approve
from golconda.exchange.negotiation.desk import Desk
from golconda.exchange.negotiation.expire import expire
from golconda.exchange.negotiation.offer import offer
from golconda.exchange.negotiation.reject import reject
from golconda.exchange.negotiation.request import Asked, request
from golconda.exchange.negotiation.resume import resume
from golconda.exchange.negotiation.revoke import revoke
from golconda.exchange.negotiation.suspend import suspend
from golconda.exchange.negotiation.terminate import terminate
from golconda.exchange.negotiation.withdraw import withdraw

__all__ = [
    "Answered",
    "Asked",
    "Desk",
    "approve",
    "expire",
    "offer",
    "reject",
    "request",
    "resume",
    "revoke",
    "suspend",
    "terminate",
    "withdraw",
]
