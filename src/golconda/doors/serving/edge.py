"""What holds for every request before a door sees it: one meaning, size, HEAD, OPTIONS, headers for browsers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from golconda.doors.http.replies import problem
from golconda.doors.serving import refusals
from golconda.doors.serving.protocol import LARGEST_BODY

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from golconda.kernel.errors import InvalidInput

_ONCE = frozenset({b"host", b"authorization", b"content-length", b"content-type", b"range"})
_TOKEN = re.compile(rb"gk_\w+(\.|%2[eE])\w")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
)


class Edge:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, *, largest_body: int = LARGEST_BODY) -> None:
        self._app = app
        self._largest = largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, HEAD as GET: the server itself leaves the body out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        options = scope["method"] == "OPTIONS"
        inner = _as_get(scope) if scope["method"] == "HEAD" else scope
        dressed = _dressed(send, options=options)
        unclear = _unclear(scope)
        if unclear is not None:
            await problem(unclear)(scope, receive, dressed)
            return
        await self._app(inner, self._measured(scope, receive), dressed)

    def _measured(self, scope: Scope, receive: Receive) -> Receive:
        """Refuse a body that is too large, when it is asked for and without reading it."""
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        left = self._largest
        if announced.isdigit() and int(announced) > left:
            left = -1

        async def measured() -> Message:
            nonlocal left
            if left < 0:
                raise HTTPException(413, headers={"connection": "close"})
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, headers={"connection": "close"})
            return message

        return measured


def _as_get(scope: Scope) -> Scope:
    """Return HEAD as GET; who would read much for it finds ``head`` in the scope's state."""
    return {**scope, "method": "GET", "state": {**scope.get("state", {}), "head": True}}


def _unclear(scope: Scope) -> InvalidInput | None:
    """Say why a request could mean one thing here and another to a proxy before us."""
    names = [name for name, _ in scope["headers"]]
    repeated = next((name for name in names if name in _ONCE and names.count(name) > 1), None)
    if repeated is not None:
        return refusals.header_repeated(repeated.decode())
    if b"host" not in names and scope["http_version"] != "1.0":
        return refusals.host_missing()
    if _TOKEN.search(scope["query_string"]):
        return refusals.token_in_address()
    return None


def _dressed(send: Send, *, options: bool) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            there = {name.lower() for name, _ in headers}
            headers += [header for header in _HEADERS if header[0] not in there]
            message = {**message, "headers": headers}
            if options and message["status"] == 405:
                kept = [header for header in headers if header[0] not in (b"content-length", b"content-type")]
                message |= {"status": 204, "headers": kept}
        elif options:
            message = {**message, "body": b""}
        await send(message)

    return dressed
