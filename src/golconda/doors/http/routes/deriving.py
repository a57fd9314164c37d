"""Products made of products."""

# FastAPI reads these annotations when the module is imported.
from fastapi import APIRouter
from starlette.responses import Response

from golconda.doors.http.bodies import Derivation, Refresh
from golconda.doors.http.callers import Holder
from golconda.doors.http.described import described
from golconda.doors.http.replies import created, reply

router = APIRouter(tags=["derived products"])

_REFUSED = {
    400: ("derive-exists", "sql-syntax", "agreement-ambiguous"),
    403: ("derive-prohibited", "derive-filter-lost", "limit-reached", "agreement-not-in-force"),
    404: ("table-unknown", "column-unknown"),
}


@router.post("/derivations", **described("Make a product of a query.", "Derived", status=201, problems=_REFUSED))
def derive(session: Holder, body: Derivation) -> Response:
    """Read once under your agreements, and publish the answer as a product that carries their strictest clauses."""
    made = session.derive(
        body.name,
        body.sql,
        agreements=body.agreements,
        purpose=body.purpose,
        title=body.title,
        description=body.description,
    )
    return created(made, at=f"/api/v1/products/{made['product']}")


@router.post(
    "/derivations/refresh",
    **described("Make a derived product anew.", "Derived", problems={**_REFUSED, 400: ("refresh-not-derived",)}),
)
def refresh(session: Holder, body: Refresh) -> Response:
    """Read its sources as they are now; a server does so by itself when one has moved."""
    return reply(session.refresh(body.product))
