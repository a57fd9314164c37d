"""The last border: what nobody foresaw leaves as a numbered problem; the server's log has the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.doors.http.replies import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Unforeseen:
    """Answers with a problem where an exception would reach the server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an answer that has begun cannot be mended, so its exception goes on."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as failure:
            if begun or scope["type"] != "http":
                raise
            await problem(failure)(scope, receive, send)
