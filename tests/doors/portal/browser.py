"""A browser without a window: keeps cookies, reads pages, sends the forms it was shown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from .page_reader import Page, read_page

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class Browser:
    """One person's browser on one application."""

    def __init__(self, app: ASGIApp, *, address: str = "http://testserver", accept_language: str = "en") -> None:
        self._app, self._address = app, address
        self._headers = {"Accept-Language": accept_language}
        self.cookies = httpx.Cookies()

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Get a path, without following redirects."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, fields: dict[str, str]) -> httpx.Response:
        """Post fields as they are, without a form token of ours."""
        return self.ask("POST", path, data=fields)

    def read(self, path: str, status: int = 200) -> Page:
        """Get a page and read it."""
        answer = self.get(path)
        assert answer.status_code == status, answer.text
        return read_page(answer.text)

    def send(self, path: str, fields: dict[str, str], *, shown_on: str | None = None) -> httpx.Response:
        """Post a form with the token of the page that showed it."""
        page = self.read(shown_on or path)
        return self.post(path, {"form_token": page.form_token, **fields})

    def ask(self, method: str, path: str, **content: object) -> httpx.Response:
        """Send anything at all."""

        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url=self._address, headers=self._headers) as client:
                client.cookies = self.cookies
                found = await client.request(method, path, **content)  # type: ignore[arg-type]  # passed on as it came
                self.cookies = httpx.Cookies(client.cookies)
                return found

        return asyncio.run(answer())
