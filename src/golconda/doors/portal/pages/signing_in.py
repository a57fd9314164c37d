"""Signing in with a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.doors.portal.sign_in import safe_path

if TYPE_CHECKING:
    from starlette.responses import Response

    from golconda.doors.portal.visit import Visit
    from golconda.kernel.errors import GolcondaError


def show(visit: Visit) -> Response:
    """Show the form, or go on at once when the visitor is signed in already."""
    onward = safe_path(visit.asked("next"))
    if visit.person is not None and visit.asked("next"):
        return visit.go(onward)
    return visit.page("login.html", onward=onward, error=None)


def refused(visit: Visit, error: GolcondaError) -> Response:
    """Show the form again; it says one thing for all failures, so that who guesses learns nothing."""
    return visit.page("login.html", 403, onward=safe_path(visit.written("next")), error=error)


def too_often(visit: Visit, *, seconds: int) -> Response:
    """Ask to wait, and say how long."""
    response = visit.page("login.html", 429, onward=safe_path(visit.written("next")), error=None, wait=seconds)
    response.headers["Retry-After"] = str(seconds)
    return response
