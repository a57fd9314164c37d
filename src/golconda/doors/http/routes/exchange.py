"""Offers, requests and agreements."""

# FastAPI reads these annotations when the module is imported.
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from golconda.doors.http.bodies import Approval, Ask, NewOffer, Reason, languages, terms_text
from golconda.doors.http.callers import Holder
from golconda.doors.http.described import described
from golconda.doors.http.replies import created, reply

router = APIRouter(tags=["exchange"])

Offer = Annotated[str, Path(description="The offer's name, off-….")]
Asked = Annotated[str, Path(description="The request's name, req-….")]
Agreed = Annotated[str, Path(description="The agreement's name, agr-….")]

_TERMS = ("terms-unknown-clause", "terms-unknown-column", "terms-value", "yaml-invalid")
_OFFER = {404: ("offer-unknown",)}
_REQUEST = {404: ("request-unknown",)}
_AGREEMENT = {400: ("agreement-state",), 404: ("agreement-unknown",)}


@router.post(
    "/offers",
    **described("Offer a product on terms.", "Offer", status=201, problems={400: _TERMS, 404: ("product-unknown",)}),
)
def offer(session: Holder, body: NewOffer) -> Response:
    """Make an offer; an automatic one is approved by itself."""
    made = session.offer(body.product, terms_text(body.terms), title=languages(body.title), automatic=body.automatic)
    return created(made, at=f"/api/v1/offers/{made['id']}")


@router.delete("/offers/{offer}", **described("Withdraw an offer.", "Offer", problems=_OFFER))
def withdraw(session: Holder, offer: Offer) -> Response:
    """Take an offer back; agreements made under it stay."""
    return reply(session.withdraw(offer))


@router.get("/requests", **described("List requests made or received.", "Requests"))
def requests(session: Holder) -> Response:
    """Return the requests of the reader's organisation."""
    return reply(session.requests())


@router.post(
    "/requests",
    **described(
        "Ask for a product.",
        "Request",
        status=201,
        problems={400: ("purpose-not-covered", "offer-ambiguous"), 404: ("product-unknown", "purpose-unknown")},
    ),
)
def ask(session: Holder, body: Ask) -> Response:
    """Ask under an offer, or the product's only one; an automatic one answers with an agreement."""
    made = session.request(body.product, purpose=body.purpose, offer=body.offer, amends=body.amends)
    return created(made, at=f"/api/v1/requests/{made['id']}")


@router.get("/requests/{request_id}", **described("Show a request.", "Request", problems=_REQUEST))
def request(session: Holder, request_id: Asked) -> Response:
    """Return a request with its chain of proposals."""
    return reply(session.request_document(request_id))


@router.post(
    "/requests/{request_id}/approve",
    **described(
        "Approve, or counter with other terms.",
        "Request",
        problems={400: ("not-your-turn", "request-ended", *_TERMS), **_REQUEST},
    ),
)
def approve(session: Holder, request_id: Asked, body: Approval | None = None) -> Response:
    """Sign the proposal on the table, or put other terms there."""
    terms = None if body is None or body.terms is None else terms_text(body.terms)
    return reply(session.approve(request_id, terms=terms))


@router.post(
    "/requests/{request_id}/reject",
    **described("Reject a request.", "Request", problems={400: ("request-ended",), **_REQUEST}),
)
def reject(session: Holder, request_id: Asked, body: Reason) -> Response:
    """End a negotiation without an agreement."""
    return reply(session.reject(request_id, why=body.why))


@router.get("/agreements", **described("List agreements given or held.", "Agreements"))
def agreements(session: Holder) -> Response:
    """Return the agreements of the reader's organisation."""
    return reply(session.agreements())


@router.get(
    "/agreements/{agreement}", **described("Show an agreement.", "Agreement", problems={404: ("agreement-unknown",)})
)
def agreement(session: Holder, agreement: Agreed) -> Response:
    """Return clauses with their class, signatures and meters."""
    return reply(session.agreement(agreement))


@router.post(
    "/agreements/{agreement}/suspend",
    **described("Stop an agreement until it is resumed.", "Agreement", problems=_AGREEMENT),
)
def suspend(session: Holder, agreement: Agreed, body: Reason) -> Response:
    """Refuse reads from now on; open streams break within two seconds."""
    return reply(session.suspend(agreement, why=body.why))


@router.post(
    "/agreements/{agreement}/resume",
    **described("Put a suspended agreement back in force.", "Agreement", problems=_AGREEMENT),
)
def resume(session: Holder, agreement: Agreed) -> Response:
    """Allow reads again."""
    return reply(session.resume(agreement))


@router.post(
    "/agreements/{agreement}/revoke", **described("End an agreement for good.", "Agreement", problems=_AGREEMENT)
)
def revoke(session: Holder, agreement: Agreed, body: Reason) -> Response:
    """Refuse reads from now on, for good; open streams break within two seconds."""
    return reply(session.revoke(agreement, why=body.why))


@router.post(
    "/agreements/{agreement}/terminate",
    **described("Give up an agreement one holds.", "Agreement", problems=_AGREEMENT),
)
def terminate(session: Holder, agreement: Agreed, body: Reason) -> Response:
    """End an agreement as the one who holds it; open streams break within two seconds."""
    return reply(session.terminate(agreement, why=body.why))


@router.post(
    "/agreements/{agreement}/profile",
    **described("Make a Delta Sharing profile.", "Profile", status=201, problems={404: ("agreement-unknown",)}),
)
def profile(request: Request, session: Holder, agreement: Agreed) -> Response:
    """Return a profile with a token that reads this agreement alone; it is shown once."""
    # The address that reached us reaches the share as well, whatever proxies stand between.
    endpoint = f"{request.url.scheme}://{request.url.netloc}/delta-sharing"
    return reply(session.profile(agreement, endpoint=endpoint), status=201)
