"""The one application: portal at the root, the HTTP interface and Delta Sharing below it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from golconda.doors.delta_sharing import sharing
from golconda.doors.http import api
from golconda.doors.http.app import PREFIX
from golconda.doors.http.replies import problem
from golconda.doors.http.shortcut import Shortcut
from golconda.doors.portal import Portal
from golconda.doors.serving.edge import Edge
from golconda.doors.wire import faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from golconda.node.node import Node

THREADS = 16  # for the catalogue and the portal; reads have their own


def site(node: Node) -> ASGIApp:
    """Return every door of a node as one ASGI application."""
    portal, interface = Portal(node), api(node)
    doors = Starlette(
        routes=[
            Mount(PREFIX, interface),
            Mount("/delta-sharing", sharing(node)),
            *portal.routes(),
        ],
        exception_handlers={HTTPException: _unrouted(portal), Exception: _broken},
        lifespan=_bounded_threads,
    )
    return Edge(Shortcut(doors, path=f"{PREFIX}/query", api=interface))


@asynccontextmanager
async def _bounded_threads(_: Starlette) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


def _unrouted(portal: Portal):  # type: ignore[no-untyped-def]  # Starlette's handlers have no usable type
    async def answer(request: Request, refused: HTTPException) -> Response:
        error = faults.unrouted(refused.status_code, method=request.method, path=request.url.path)
        if "text/html" not in request.headers.get("accept", ""):
            response = problem(error)
        else:
            response = await portal.problem(request, error)
        response.headers.update(refused.headers or {})
        return response

    return answer


def _broken(_request: Request, failure: Exception) -> Response:
    return problem(failure)
