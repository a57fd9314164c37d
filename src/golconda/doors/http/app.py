"""The application: routes, and what holds for all of them."""

# FastAPI reads these annotations when the module is imported.
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import compile_path

from golconda.doors.http import page
from golconda.doors.http.callers import Anyone
from golconda.doors.http.described import complete
from golconda.doors.http.guard import Unforeseen
from golconda.doors.http.replies import is_json, problem, unread, wrong
from golconda.doors.http.routes import administration, catalogue, deriving, exchange, reading, services
from golconda.doors.wire import faults
from golconda.doors.wire.crew import Crew
from golconda.kernel.errors import GolcondaError

PREFIX = "/api/v1"
READS = 32  # they wait for workers; an organisation has 16 at most, so that others find a thread
WAITING_READS = 256


def api(node: Any) -> FastAPI:  # golconda.node.node.Node, or anything that gives sessions
    """Return the application over a node, to be mounted at ``/api/v1``."""
    application = FastAPI(
        title="Golconda",
        version="1",
        description="A data exchange: find products, ask for them, read under the agreement.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    application.state.node = node
    application.state.crew = Crew(threads=READS, queue=WAITING_READS)
    for room in (catalogue, exchange, administration, reading, services, deriving):
        application.include_router(room.router)
    _describe(application)
    _refuse_clearly(application)
    return application


def _describe(application: FastAPI) -> None:
    def schema() -> dict[str, Any]:
        if application.openapi_schema is None:
            application.openapi_schema = _schema(application)
        return application.openapi_schema

    application.openapi = schema  # type: ignore[method-assign]  # FastAPI's documented way to extend it

    @application.get("/openapi.json", include_in_schema=False)
    def openapi(session: Anyone) -> dict[str, Any]:
        return services.add_paths(schema(), session.services()["services"])

    @application.get("/docs", include_in_schema=False)
    def docs(session: Anyone) -> HTMLResponse:
        return HTMLResponse(
            page.render(services.add_paths(schema(), session.services()["services"])), headers=page.HEADERS
        )


def _schema(application: FastAPI) -> dict[str, Any]:
    described = get_openapi(
        title=application.title,
        version=application.version,
        description=application.description,
        routes=application.routes,
        servers=[{"url": PREFIX}],
    )
    return complete(described)


def _allowed(schema: dict[str, Any], path: str) -> str:
    """Return every method an address takes; the router alone names those of the first route that fits."""
    methods = {"OPTIONS"}
    for template, operations in schema["paths"].items():
        if compile_path(template)[0].match(path):
            methods |= {method.upper() for method in operations}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _refuse_clearly(application: FastAPI) -> None:
    @application.exception_handler(GolcondaError)
    def refused(_request: Request, error: GolcondaError) -> Response:
        return problem(error)

    @application.exception_handler(RequestValidationError)
    def unfit(request: Request, error: RequestValidationError) -> Response:
        has_body = any(each["loc"][:1] == ("body",) for each in error.errors())
        return problem(unread(request.headers) if has_body and not is_json(request.headers) else wrong(error.errors()))

    @application.exception_handler(HTTPException)
    def unrouted(request: Request, error: HTTPException) -> Response:
        path = request.url.path
        response = problem(faults.unrouted(error.status_code, method=request.method, path=path))
        response.headers.update(error.headers or {})
        if error.status_code == 405:
            response.headers["allow"] = _allowed(application.openapi(), path.removeprefix(PREFIX))
        return response

    application.add_middleware(Unforeseen)
