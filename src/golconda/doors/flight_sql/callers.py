"""Who calls, and under what: the headers of every call."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from pyarrow import flight

from golconda.doors.flight_sql.faults import spoken
from golconda.doors.wire import bearer
from golconda.kernel.errors import AccessRefused, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from golconda.node.node import Node
    from golconda.node.session import Session

DOOR = "flight_sql"
NAME = "golconda"  # of the middleware


class Caller(flight.ServerMiddleware):  # type: ignore[misc]  # pyarrow is untyped
    """One call: whose session, under which agreements, for which purpose, for how long; and what ends with it."""

    def __init__(self, session: Session, headers: Mapping[str, str], *, token: str) -> None:
        super().__init__()
        self.session = session
        self.agreements = tuple(
            name.strip() for name in headers.get("golconda-agreement", "").split(",") if name.strip()
        )
        self.purpose = headers.get("golconda-purpose") or None
        self.timeout_seconds = _seconds(headers.get("golconda-timeout"))
        self.ending: list[Callable[[], object]] = []
        self._token = token

    def sending_headers(self) -> Mapping[str, str]:
        """Answer a login with what the client shows from then on."""
        return {"authorization": f"Bearer {self._token}"}

    def call_completed(self, _: BaseException | None) -> None:
        """End all that the call began, whichever way it ended."""
        while self.ending:
            self.ending.pop()()

    @property
    def name(self) -> str:
        """Return who calls."""
        return self.session.known().name


class Callers(flight.ServerMiddlewareFactory):  # type: ignore[misc]  # pyarrow is untyped
    """Lets in who shows a good token, with every call anew: a revoked one opens nothing a second later."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self._node = node

    def start_call(self, _: flight.CallInfo, headers: Mapping[str, list[str]]) -> Caller:
        """Return the call, or raise what HTTP would answer with 401 or 403."""
        with spoken():
            given = {name.lower(): values[-1] for name, values in headers.items() if values}
            token = _token(given)
            return Caller(self._node.authenticate(token, DOOR), given, token=token)


class Login(flight.ServerAuthHandler):  # type: ignore[misc]  # pyarrow is untyped
    """Flight demands a handler where clients may log in; the call's headers have said all by then."""

    def authenticate(self, outgoing: flight.ServerAuthSender, incoming: flight.ServerAuthReader) -> None:
        """Do nothing more."""

    def is_valid(self, token: bytes) -> bytes:  # noqa: ARG002 - Flight's signature
        """Leave it to the middleware."""
        return b""


def _token(headers: Mapping[str, str]) -> str:
    """Return the token, from ``Bearer`` or as the password of ``Basic``, whose user is not looked at."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return bearer.required(headers)
    try:
        login = base64.b64decode(text.strip() + "=" * (-len(text.strip()) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        login = ""
    token = login.partition(":")[2]
    if token:
        return token
    raise AccessRefused(
        "token-invalid", "The login holds no token.", hint="Give any name as user, and a token as the password."
    )


def _seconds(text: str | None) -> float | None:
    if text is None or not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(
            "timeout-refused",
            f"A query cannot run for {text[:40]!r} seconds.",
            hint="Give a number of seconds above 0, or none for as long as the node lets any query run.",
        ) from None
