"""The portal's cookies: their names, and the one way they are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

SESSION_COOKIE = "golconda_session"
FORM_COOKIE = "golconda_form"
LANGUAGE_COOKIE = "golconda_lang"
THEME_COOKIE = "golconda_theme"
A_YEAR = 365 * 24 * 3600


def keep(response: Response, request: Request, name: str, value: str, *, seconds: int | None = None) -> None:
    """Set a cookie that scripts and other sites do not get; without `seconds` it goes with the browser."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="strict", secure=secure)
