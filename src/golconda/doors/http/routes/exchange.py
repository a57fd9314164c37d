"""Offers, requests and agreements."""

# FastAPI reads these annotations when the module is imported.
from fastapi import APIRouter, Request
from starlette.responses import Response

from golconda.doors.http.bodies import Approval, Ask, NewOffer, Reason, languages, terms_text
from golconda.doors.http.callers import Holder
from golconda.doors.http.described import described
from golconda.doors.http.replies import created, reply

router = APIRouter(tags=["exchange"])

_REQUEST = {
    "id": "req-4k0hc2v9ta",
    "product": "city/care",
    "assignee": "acme",
    "purpose": "epidemic-statistics",
    "state": "requested",
    "turn": "city",
}
_AGREEMENT = {
    "id": "agr-7m2yq0x4se",
    "product": "city/care",
    "owner": "city",
    "assignee": "acme",
    "purpose": "epidemic-statistics",
    "state": "active",
    "clauses": [{"clause": "columns", "text": {"en": "Only region and age."}, "class": "enforced"}],
    "meters": [{"what": "queries", "per": "day", "limit": 200, "used": 3, "reserved": 0, "left": 197}],
}
_TERMS = ("terms-invalid", "clause-unknown", "column-unknown")


@router.post("/offers", **described("Offer a product on terms.", status=201, codes=_TERMS))
def offer(session: Holder, body: NewOffer) -> Response:
    """Make an offer; an automatic one is approved by itself."""
    made = session.offer(body.product, terms_text(body.terms), title=languages(body.title), automatic=body.automatic)
    return created(made, at=f"/api/v1/offers/{made['id']}")


@router.delete("/offers/{offer}", **described("Withdraw an offer."))
def withdraw(session: Holder, offer: str) -> Response:
    """Take an offer back; agreements made under it stay."""
    return reply(session.withdraw(offer))


@router.get("/requests", **described("List requests made or received.", example={"requests": [_REQUEST]}))
def requests(session: Holder) -> Response:
    """Return the requests of the reader's organisation."""
    return reply(session.requests())


@router.post(
    "/requests",
    **described("Ask for a product.", status=201, example=_REQUEST, codes=("purpose-refused", "purpose-unknown")),
)
def ask(session: Holder, body: Ask) -> Response:
    """Ask under an offer, or the product's only one; an automatic one answers with an agreement."""
    made = session.request(body.product, purpose=body.purpose, offer=body.offer, amends=body.amends)
    return created(made, at=f"/api/v1/requests/{made['id']}")


@router.get("/requests/{request_id}", **described("Show a request.", example=_REQUEST))
def request(session: Holder, request_id: str) -> Response:
    """Return a request with its chain of proposals."""
    return reply(session.request_document(request_id))


@router.post("/requests/{request_id}/approve", **described("Approve, or counter with other terms.", codes=_TERMS))
def approve(session: Holder, request_id: str, body: Approval | None = None) -> Response:
    """Sign the proposal on the table, or put other terms there."""
    terms = None if body is None or body.terms is None else terms_text(body.terms)
    return reply(session.approve(request_id, terms=terms))


@router.post("/requests/{request_id}/reject", **described("Reject a request."))
def reject(session: Holder, request_id: str, body: Reason) -> Response:
    """End a negotiation without an agreement."""
    return reply(session.reject(request_id, why=body.why))


@router.get("/agreements", **described("List agreements given or held.", example={"agreements": [_AGREEMENT]}))
def agreements(session: Holder) -> Response:
    """Return the agreements of the reader's organisation."""
    return reply(session.agreements())


@router.get("/agreements/{agreement}", **described("Show an agreement.", example=_AGREEMENT))
def agreement(session: Holder, agreement: str) -> Response:
    """Return clauses with their class, signatures and meters."""
    return reply(session.agreement(agreement))


@router.post("/agreements/{agreement}/suspend", **described("Stop an agreement until it is resumed."))
def suspend(session: Holder, agreement: str, body: Reason) -> Response:
    """Refuse reads from now on; open streams break within two seconds."""
    return reply(session.suspend(agreement, why=body.why))


@router.post("/agreements/{agreement}/resume", **described("Put a suspended agreement back in force."))
def resume(session: Holder, agreement: str) -> Response:
    """Allow reads again."""
    return reply(session.resume(agreement))


@router.post("/agreements/{agreement}/revoke", **described("End an agreement for good."))
def revoke(session: Holder, agreement: str, body: Reason) -> Response:
    """Refuse reads from now on, for good; open streams break within two seconds."""
    return reply(session.revoke(agreement, why=body.why))


@router.post("/agreements/{agreement}/terminate", **described("Give up an agreement one holds."))
def terminate(session: Holder, agreement: str, body: Reason) -> Response:
    """End an agreement as the one who holds it; open streams break within two seconds."""
    return reply(session.terminate(agreement, why=body.why))


@router.post(
    "/agreements/{agreement}/profile",
    **described(
        "Make a Delta Sharing profile.",
        status=201,
        example={"shareCredentialsVersion": 1, "endpoint": "http://127.0.0.1:8321/delta-sharing"},
    ),
)
def profile(request: Request, session: Holder, agreement: str) -> Response:
    """Return a profile with a token that reads this agreement alone; it is shown once."""
    # The address that reached us reaches the share as well, whatever proxies stand between.
    endpoint = f"{request.url.scheme}://{request.url.netloc}/delta-sharing"
    return reply(session.profile(agreement, endpoint=endpoint), status=201)
