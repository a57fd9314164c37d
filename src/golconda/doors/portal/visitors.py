"""Who a visitor is: the session behind the cookie, signing in and out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from golconda.doors.portal.cookies import FORM_COOKIE, SESSION_COOKIE, keep
from golconda.doors.portal.pages import signing_in
from golconda.doors.portal.sign_in import Brake, Sessions, safe_path
from golconda.kernel.errors import AccessRefused, InvalidInput, NotFound

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from golconda.doors.portal.ports import Exchange, Person, Reader
    from golconda.doors.portal.visit import Visit

_REFUSED = (AccessRefused, NotFound, InvalidInput)  # what a token that is no good raises; all else is no verdict


@dataclass(frozen=True, slots=True)
class Visitor:
    """A reader's session, who that is, and whether this browser was signed in until now."""

    reader: Reader
    person: Person | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Visitors:
    """Keeps who is signed in at one node."""

    node: Exchange
    sessions: Sessions = field(default_factory=Sessions)
    brake: Brake = field(default_factory=Brake)

    def stranger(self, *, ended: bool = False) -> Visitor:
        """Return somebody who is not signed in."""
        return Visitor(self.node.public_session("portal"), ended=ended)

    def who(self, request: Request) -> Visitor:
        """Return who asks; a token the node no longer takes ends the sign-in."""
        identity = request.cookies.get(SESSION_COOKIE, "")
        token = self.sessions.token(identity, now=self.node.clock.now()) if identity else None
        if token is None:
            return self.stranger(ended=bool(identity))
        try:
            reader = self.node.authenticate(token, "portal")
        except _REFUSED:
            self.sessions.end(identity)
            return self.stranger(ended=True)
        return Visitor(reader, reader.principal)

    def sign_in(self, visit: Visit) -> Response:
        """Begin a session for a good token, always under a new id."""
        now, address = self.node.clock.now(), visit.request.client.host if visit.request.client else ""
        wait = self.brake.wait(address, now=now)
        if wait is not None:
            return signing_in.too_often(visit, seconds=int(wait.total_seconds()) + 1)
        token = visit.written("token")
        try:
            self.node.authenticate(token, "portal")
        except _REFUSED as error:
            self.brake.failed(address, now=now)
            return signing_in.refused(visit, error)
        self._forget(visit)
        response = visit.go(safe_path(visit.written("next")))
        keep(response, visit.request, SESSION_COOKIE, self.sessions.begin(token, now=now))
        response.delete_cookie(FORM_COOKIE)
        return response

    def sign_out(self, visit: Visit) -> Response:
        """End the session itself, not only its cookie."""
        self._forget(visit)
        response = visit.go("/")
        response.delete_cookie(SESSION_COOKIE)
        return response

    def _forget(self, visit: Visit) -> None:
        self.sessions.end(visit.request.cookies.get(SESSION_COOKIE, ""))
