"""The portal's addresses, and what holds for each answer: identity, form tokens, headers, error pages."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from golconda.doors.portal import form, language
from golconda.doors.portal.cookies import (
    A_YEAR,
    FORM_COOKIE,
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    THEME_COOKIE,
    keep,
)
from golconda.doors.portal.pages import (
    agreements,
    catalogue,
    design,
    log,
    problem,
    product,
    requests,
    signing_in,
)
from golconda.doors.portal.pictures.mark import icon
from golconda.doors.portal.render import style
from golconda.doors.portal.sign_in import FormTokens
from golconda.doors.portal.visit import SignInNeeded, Visit
from golconda.doors.portal.visitors import Visitor, Visitors
from golconda.kernel.errors import AccessRefused, Defect, GolcondaError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from golconda.doors.portal.ports import Exchange

    Handler = Callable[[Visit], Response]
    Endpoint = Callable[[Request], Awaitable[Response]]

THEMES = ("auto", "light", "dark")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
}

_logger = logging.getLogger(__name__)


def routes(node: Exchange) -> list[BaseRoute]:
    """Return the portal's routes over a node."""
    return Portal(node).routes()


class Portal:
    """The portal over one node; it keeps who is signed in."""

    def __init__(self, node: Exchange) -> None:
        self._visitors = Visitors(node)
        self._tokens = FormTokens()

    def routes(self) -> list[BaseRoute]:
        """Return every route of the portal; none of them shadows another door's."""
        return [
            self._get("/", catalogue.show),
            self._get("/products/{organisation}/{product}", product.show),
            self._get("/products/{organisation}/{product}/contract", product.contract),
            self._get("/products/{organisation}/{product}/request", requests.ask),
            self._post("/products/{organisation}/{product}/request", requests.send),
            self._get("/requests", requests.listing),
            self._get("/requests/{request}", requests.show),
            self._post("/requests/{request}/approve", requests.approve),
            self._post("/requests/{request}/counter", requests.counter),
            self._post("/requests/{request}/reject", requests.reject),
            self._get("/agreements", agreements.listing),
            self._get("/agreements/{agreement}", agreements.show),
            self._post("/agreements/{agreement}/revoke", agreements.revoke),
            self._post("/agreements/{agreement}/suspend", agreements.suspend),
            self._post("/agreements/{agreement}/resume", agreements.resume),
            self._post("/agreements/{agreement}/profile", agreements.profile),
            self._get("/log", log.show),
            self._post("/log", log.verify),
            self._get("/login", signing_in.show),
            self._post("/login", self._visitors.sign_in),
            self._post("/logout", self._visitors.sign_out),
            self._get("/-/design", design.show),
            Route("/-/portal.css", _style_sheet, methods=["GET"], include_in_schema=False),
            Route("/-/mark.svg", _icon, methods=["GET"], include_in_schema=False),
        ]

    async def problem(self, request: Request, error: GolcondaError) -> Response:
        """Return an error as a page in the portal's look, for the whole server's error handlers."""

        return await run_in_threadpool(self._answer, _refusing(error), request, {}, checked=True)

    # ── one answer ──

    def _get(self, path: str, handler: Handler) -> Route:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(self._answer, handler, request, {}, checked=True)

        return Route(path, answer, methods=["GET"], include_in_schema=False)

    def _post(self, path: str, handler: Handler) -> Route:
        async def answer(request: Request) -> Response:
            try:
                fields = await form.read(request)
            except GolcondaError as error:
                return await self.problem(request, error)
            return await run_in_threadpool(self._answer, handler, request, fields, checked=False)

        return Route(path, answer, methods=["POST"], include_in_schema=False)

    def _answer(self, handler: Handler, request: Request, fields: Mapping[str, str], *, checked: bool) -> Response:
        bound = request.cookies.get(SESSION_COOKIE) or request.cookies.get(FORM_COOKIE)
        cookie = bound or secrets.token_urlsafe(32)
        try:
            visitor = self._visitors.who(request)
        except GolcondaError as error:  # busy, say: nobody is signed out for that, but nothing is done either
            visitor, handler = self._visitors.stranger(), _refusing(error)
        visit = self._visit(request, fields, cookie, visitor)
        genuine = checked or (_sent_from_here(request) and self._tokens.accepts(visit.written("form_token"), cookie))
        response = _guarded(handler if genuine else _refuse_form, visit)
        if not bound and request.url.path == "/login":
            keep(response, request, FORM_COOKIE, cookie)
        return _finished(response, visit)

    def _visit(self, request: Request, fields: Mapping[str, str], cookie: str, visitor: Visitor) -> Visit:
        spoken = language.choose(
            asked=request.query_params.get("lang"),
            kept=request.cookies.get(LANGUAGE_COOKIE),
            accepted=request.headers.get("accept-language", ""),
        )
        return Visit(
            request=request,
            reader=visitor.reader,
            person=visitor.person,
            ended=visitor.ended,
            phrases=language.Phrases(spoken),
            theme=_theme(request),
            form_token=lambda: self._tokens.give(cookie),
            form=fields,
        )


def _guarded(handler: Handler, visit: Visit) -> Response:
    try:
        return handler(visit)
    except SignInNeeded:
        return visit.go("/login?" + urlencode({"next": visit.here()}))
    except GolcondaError as error:
        return problem.show(visit, error)
    except Exception:  # the last border before a person: they get a number, the log of the server gets the rest
        number = secrets.token_hex(4)
        _logger.exception("portal failure %s at %s", number, visit.request.url.path)
        return problem.show(visit, _failure(number))


def _refusing(error: GolcondaError) -> Handler:
    def refuse(_visit: Visit) -> Response:
        raise error

    return refuse


def _sent_from_here(request: Request) -> bool:
    """Tell whether the browser says that our own page sent this; older browsers say nothing."""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _refuse_form(_visit: Visit) -> Response:
    raise AccessRefused(
        "form-stale",
        "This form was not opened in this sign-in.",
        hint="Go back, reload the page and send its form again.",
    )


def _failure(number: str) -> Defect:
    return Defect(
        "portal-failure",
        f"The portal failed; its log knows this as {number}.",
        hint="Report the number to the operator.",
        number=number,
    )


def _finished(response: Response, visit: Visit) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    personal = visit.person is not None or visit.request.method == "POST"
    response.headers.setdefault("Cache-Control", "private, no-store" if personal else "private, no-cache")
    if visit.request.query_params.get("lang") in language.LANGUAGES:
        keep(response, visit.request, LANGUAGE_COOKIE, visit.phrases.language, seconds=A_YEAR)
    if visit.request.query_params.get("theme") in THEMES:
        keep(response, visit.request, THEME_COOKIE, visit.theme, seconds=A_YEAR)
    return response


def _theme(request: Request) -> str:
    for wish in (request.query_params.get("theme"), request.cookies.get(THEME_COOKIE)):
        if wish in THEMES:
            return wish
    return THEMES[0]


async def _style_sheet(_request: Request) -> Response:
    lasting = {"Cache-Control": f"public, max-age={A_YEAR}, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(style(), media_type="text/css", headers=lasting)


async def _icon(_request: Request) -> Response:
    return Response(icon(), media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})
