"""What there is: products, contracts, purposes. Open to strangers."""

# FastAPI reads these annotations when the module is imported.
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from golconda.doors.http.callers import Anyone
from golconda.doors.http.described import described
from golconda.doors.http.replies import reply
from golconda.doors.wire.lineage_picture import lineage_picture

router = APIRouter(tags=["catalogue"])

Organisation = Annotated[str, Path(description="The organisation that owns it.")]
Product = Annotated[str, Path(description="The product's name within it; `care@3` names a version.")]

_UNKNOWN = {404: ("product-unknown", "version-unknown")}


def _word(what: str) -> Any:  # FastAPI's description of a parameter
    return Query(max_length=200, description=f"Only products of this {what}.")


@router.get("/products", **described("List the products.", "Products"))
def products(session: Anyone) -> Response:
    """Return every product the reader may know of."""
    return reply(session.products())


@router.get("/products/{organisation}/{product}", **described("Show a product.", "WholeProduct", problems=_UNKNOWN))
def product(session: Anyone, organisation: Organisation, product: Product) -> Response:
    """Return tables, columns, released findings, versions and offers; `care@3` names a version."""
    return reply(session.product(f"{organisation}/{product}"))


@router.get(
    "/products/{organisation}/{product}/contract",
    **described(
        "Show a product's contract (ODCS 3.1).",
        None,
        media="application/yaml",
        example="apiVersion: v3.1.0",
        problems=_UNKNOWN,
    ),
)
def contract(session: Anyone, organisation: Organisation, product: Product) -> Response:
    """Return the contract as YAML."""
    return Response(session.contract(f"{organisation}/{product}"), media_type="application/yaml")


_LINEAGE = {
    "of": "city/care.visits.cost",
    "columns": [
        {
            "name": "city/care.visits.cost",
            "kind": "product",
            "product": "city/care",
            "version": 3,
            "table": "visits",
            "column": "cost",
            "up": [],
            "down": [],
        }
    ],
}


def _lineage_description() -> dict[str, Any]:
    unknown = {404: ("product-unknown", "table-unknown", "column-unknown")}
    kept = described("Show what a column is made of, and what of it.", "Lineage", example=_LINEAGE, problems=unknown)
    kept["responses"][200]["content"]["image/svg+xml"] = {"schema": {"type": "string"}}
    return kept


@router.get("/lineage/{name:path}", **_lineage_description())
def lineage(
    session: Anyone,
    name: Annotated[str, Path(max_length=400, description="A column, table, product or service: care.visits.cost.")],
    form: Annotated[Literal["json", "svg"], Query(alias="format", description="svg draws it.")] = "json",
) -> Response:
    """Return the trees up and down, as far as the reader may know of what stands in them."""
    found = session.lineage(name)
    if form == "svg":
        return Response(lineage_picture(found, label=f"Lineage of {found['of']}"), media_type="image/svg+xml")
    return reply(found)


@router.get("/search", **described("Search the catalogue.", "Found"))
def search(
    session: Anyone,
    q: Annotated[str, Query(max_length=200, description="Words in any language.", examples=["航班"])] = "",
    domain: Annotated[str | None, _word("domain")] = None,
    grade: Annotated[str | None, _word("grade")] = None,
    organisation: Annotated[str | None, _word("organisation")] = None,
) -> Response:
    """Return the products that match, best first."""
    return reply(session.search(q, domain=domain, grade=grade, organisation=organisation))


@router.get(
    "/purposes",
    **described(
        "List the purposes a request may state.",
        "Purposes",
        example={"purposes": [{"code": "epidemic-statistics", "title": {"en": "Statistics"}, "parent": "health"}]},
    ),
)
def purposes(session: Anyone) -> Response:
    """Return the node's purposes; one includes those below it."""
    return reply({"purposes": session.purposes()})
