"""The way of a query past the framework's layers, which take longer than everything else HTTP does for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request

from golconda.doors.http.replies import problem
from golconda.doors.http.routes.reading import answered
from golconda.doors.wire import faults

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send


class Shortcut:
    """Answers ``POST`` at one path as the API's own route does, and passes on all else."""

    def __init__(self, app: ASGIApp, *, path: str, api: FastAPI) -> None:
        self._app = app
        self._path = path
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            return await answered(request, self._api.state.node, self._api.state.crew)
        except HTTPException as refused:
            error = faults.unrouted(refused.status_code, method=request.method, path=self._path)
            response = problem(error)
            response.headers.update(refused.headers or {})
            return response
        except Exception as failure:
            return problem(failure)
