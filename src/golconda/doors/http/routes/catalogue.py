"""What there is: products, contracts, purposes. Open to strangers."""

# FastAPI reads these annotations when the module is imported.
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from golconda.doors.http.callers import Anyone
from golconda.doors.http.described import described
from golconda.doors.http.replies import reply

router = APIRouter(tags=["catalogue"])

Word = Annotated[str | None, Query(max_length=200)]

_PRODUCT = {
    "name": "city/care",
    "organisation": {"name": "city", "title": {"en": "City data office"}},
    "title": {"en": "Care"},
    "domain": "health",
    "version": 2,
    "tables": [{"name": "visits", "rows": 120, "columns": [{"name": "region", "type": "VARCHAR"}]}],
    "state_for_reader": {"state": "none"},
}


@router.get("/products", **described("List the products.", example={"products": [_PRODUCT]}))
def products(session: Anyone) -> Response:
    """Return every product the reader may know of."""
    return reply(session.products())


@router.get("/products/{organisation}/{product}", **described("Show a product.", example=_PRODUCT))
def product(session: Anyone, organisation: str, product: str) -> Response:
    """Return tables, columns, released findings, versions and offers; `care@3` names a version."""
    return reply(session.product(f"{organisation}/{product}"))


@router.get(
    "/products/{organisation}/{product}/contract",
    **described("Show a product's contract (ODCS 3.1).", media="application/yaml", example="apiVersion: v3.1.0"),
)
def contract(session: Anyone, organisation: str, product: str) -> Response:
    """Return the contract as YAML."""
    return Response(session.contract(f"{organisation}/{product}"), media_type="application/yaml")


@router.get(
    "/search",
    **described("Search the catalogue.", example={"products": [{**_PRODUCT, "score": 3.2, "matched": ["title"]}]}),
)
def search(
    session: Anyone,
    q: Annotated[str, Query(max_length=200, description="Words in any language.", examples=["航班"])] = "",
    domain: Word = None,
    grade: Word = None,
    organisation: Word = None,
) -> Response:
    """Return the products that match, best first."""
    return reply(session.search(q, domain=domain, grade=grade, organisation=organisation))


@router.get(
    "/purposes",
    **described(
        "List the purposes a request may state.",
        example={"purposes": [{"code": "epidemic-statistics", "title": {"en": "Statistics"}, "parent": None}]},
    ),
)
def purposes(session: Anyone) -> Response:
    """Return the node's purposes; one includes those below it."""
    return reply({"purposes": session.purposes()})
