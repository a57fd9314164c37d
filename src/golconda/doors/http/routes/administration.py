"""Organisations, tokens and the log."""

# FastAPI reads these annotations when the module is imported.
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from golconda.doors.http.bodies import NewOrganisation, NewToken
from golconda.doors.http.callers import Holder
from golconda.doors.http.described import described
from golconda.doors.http.replies import reply

router = APIRouter(tags=["administration"])


@router.get("/organisations", **described("List the organisations.", "Organisations", example={"organisations": []}))
def organisations(session: Holder) -> Response:
    """Return who may own and receive here."""
    return reply(session.organisations())


@router.post(
    "/organisations",
    **described(
        "Add an organisation.", "Organisation", status=201, problems={400: ("organisation-exists", "name-invalid")}
    ),
)
def add_organisation(session: Holder, body: NewOrganisation) -> Response:
    """Add an organisation that may hold agreements."""
    return reply(session.add_organisation(body.name, titles=body.titles), status=201)


@router.post(
    "/tokens",
    **described(
        "Make a token.",
        "MadeToken",
        status=201,
        example={
            "token": "gk_…",
            "prefix": "5d8s1wz6",
            "principal": "acme/li",
            "roles": ["reader"],
            "expires": "2027-02-22T08:00:00.000000Z",
        },
        problems={400: ("principal-invalid",), 404: ("organisation-unknown", "role-unknown")},
    ),
)
def new_token(session: Holder, body: NewToken) -> Response:
    """Make a token for a principal, added when new; it is shown once."""
    made = session.new_token(
        body.principal, role=body.role, roles=body.roles, days=body.days, kind=body.kind, region=body.region
    )
    return reply(made, status=201)


@router.get("/tokens", **described("List tokens, without their secrets.", "Tokens", example={"tokens": []}))
def tokens(session: Holder) -> Response:
    """Return the tokens of the reader's organisation."""
    return reply(session.tokens())


@router.delete("/tokens/{prefix}", **described("Revoke a token.", "Token", problems={404: ("token-unknown",)}))
def revoke_token(
    session: Holder, prefix: Annotated[str, Path(description="The part of a token before its dot.")]
) -> Response:
    """Make a token useless from now on."""
    return reply(session.revoke_token(prefix))


@router.get("/log", **described("Read the log.", "Log"))
def log(
    session: Holder,
    after: Annotated[int | None, Query(ge=-1, description="Only entries behind this position.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 100,
    kind: Annotated[str | None, Query(max_length=100, description="Only entries of this kind.")] = None,
) -> Response:
    """Return entries in order, with the tree's size, root and checkpoint."""
    return reply(session.log(after=after, limit=limit, kind=kind))


@router.get("/log/verify", **described("Verify the log.", "Verification"))
def verify_log(session: Holder) -> Response:
    """Recompute the tree from the entries and compare."""
    return reply(session.verify_log())
