"""Services: queries under a name. Calling one is asking its query, with the caller's rights."""

# FastAPI reads these annotations when the module is imported.
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from golconda.doors.http.accept import choose
from golconda.doors.http.bodies import NewService
from golconda.doors.http.callers import DOOR, Holder
from golconda.doors.http.described import described
from golconda.doors.http.replies import created, reply
from golconda.doors.http.routes.reading import PAGES, answer_description, demand_json, give, page_of
from golconda.doors.wire import bearer
from golconda.doors.wire.attended import Reader, attended
from golconda.kernel.errors import InvalidInput
from golconda.node.paging import LARGEST_PAGE

router = APIRouter(tags=["services"])

Name = Annotated[str, Path(description="The service's name.")]
_NOT_VALUES = ("agreement", "purpose", "page_size")
_UNKNOWN = {404: ("service-unknown",)}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "BOOLEAN": {"type": "boolean"},
    "BIGINT": {"type": "integer", "format": "int64"},
    "DOUBLE": {"type": "number", "format": "double"},
    "DECIMAL": {"type": "number"},
    "VARCHAR": {"type": "string"},
    "DATE": {"type": "string", "format": "date"},
    "TIMESTAMP": {"type": "string"},
    "TIMESTAMPTZ": {"type": "string", "format": "date-time"},
}
_BESIDE: list[dict[str, Any]] = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "description": about,
    }
    for name, about in (("agreement", "An agreement to read under; again for several."), ("purpose", "What for."))
]
_BESIDE.append(
    {
        "name": "page_size",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
        "description": "Rows a page: the answer then names its next page, as that to a query does.",
    }
)


@router.get("/services", **described("List the services.", "Services"))
def services(session: Holder) -> Response:
    """Return the services of products the reader may know of, with the types of their parameters."""
    return reply(session.services())


@router.post(
    "/services",
    **described(
        "Publish a query as a service.",
        "Service",
        status=201,
        problems={
            400: ("service-exists", "parameter-untyped", "parameter-name", "sql-syntax"),
            404: ("column-unknown",),
        },
    ),
)
def add(session: Holder, body: NewService) -> Response:
    """Put a query under a name; its parameters are written ``:name``."""
    made = session.add_service(body.name, body.sql, product=body.product, parameters=body.parameters, title=body.title)
    return created(made, at=f"/api/v1/services/{made['name']}")


@router.delete("/services/{name}", **described("Take a service away.", "Service", problems=_UNKNOWN))
def remove(session: Holder, name: Name) -> Response:
    """Remove the name; what was answered under it stays in the log."""
    return reply(session.remove_service(name))


@router.get("/services/{name}", **answer_description("Call a service.", problems=_UNKNOWN))
async def call(request: Request, name: Name) -> Response:
    """Answer its query with the values of the address, one for each parameter, in the format that `Accept` names."""
    form = choose(request.headers.get("accept"))
    token = bearer.required(request.headers)
    agreements, purpose, size, values = _asked(request)
    node, crew = request.app.state.node, request.app.state.crew

    def answer(reader: Reader) -> Response:
        session = node.authenticate(token, DOOR)
        about: dict[str, Any] = {"agreements": agreements, "purpose": purpose, **values}
        if size is not None:
            demand_json(form)
            return page_of(session.paged_service(name, size, reader.awaits, at=f"{PAGES}/", **about))
        return give(session.service(name, reader.awaits, **about), form, crew)

    with attended(request.scope) as reader:
        done: Response = await crew.run(lambda: answer(reader))
    return done


def _asked(request: Request) -> tuple[list[str], str | None, int | None, dict[str, str]]:
    given = request.query_params.multi_items()
    values = [(name, value) for name, value in given if name not in _NOT_VALUES]
    if len(dict(values)) < len(values):
        raise InvalidInput(
            "parameters-unfit", "A parameter of the service is given twice.", hint="Give one value for each."
        )
    named = [value for name, value in given if name == "agreement"]
    return named, request.query_params.get("purpose"), _size(request.query_params.get("page_size")), dict(values)


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput(
            "page-size-refused",
            f"{text[:40]!r} is no number of rows.",
            hint=f"Give page_size from 1 to {LARGEST_PAGE:,}.",
        )
    return int(text)


def add_paths(schema: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the interface's description with a path for each service, its parameters by their types."""
    general = schema["paths"]["/services/{name}"]["get"]
    paths = {f"/services/{each['name']}": {"get": _operation(general, each)} for each in found}
    return {**schema, "paths": {**schema["paths"], **paths}}


def _operation(general: dict[str, Any], service: dict[str, Any]) -> dict[str, Any]:
    title = service["title"].get("en") or next(iter(service["title"].values()), "") or service["name"]
    typed = [
        {
            "name": each["name"],
            "in": "query",
            "required": True,
            "schema": _SCHEMAS[each["type"].partition("(")[0]],
            "description": f"A value of type {each['type']}.",
        }
        for each in service["parameters"]
    ]
    about = f"A service of {service['product']}, answered under the caller's agreements."
    return {
        **general,
        "operationId": f"service_{service['name']}",
        "summary": title,
        "description": about,
        "parameters": [*typed, *_BESIDE],
    }
