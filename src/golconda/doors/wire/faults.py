"""What a failure may say outside: our own errors as they are, anything else as a number."""

from __future__ import annotations

import logging
import secrets

from starlette.requests import ClientDisconnect

from golconda.kernel.errors import Defect, GolcondaError, InvalidInput, NotFound, TryAgain

_logger = logging.getLogger("golconda.doors")

_SPENT = {"token-invalid", "token-expired", "token-revoked", "principal-disabled"}
UNAUTHENTICATED = frozenset({"token-missing", "not-signed-in"} | _SPENT)
RETRY_SECONDS = 1


def told(failure: BaseException) -> GolcondaError:
    """Return what may be said of a failure; one that is not ours is logged under a number and hidden."""
    if isinstance(failure, GolcondaError):
        return failure
    if isinstance(failure, ClientDisconnect):  # nobody is there to be told, and nothing is broken here
        return unrouted(400, method="", path="")
    incident = secrets.token_hex(4)
    _logger.error("incident %s", incident, exc_info=failure)
    return Defect(
        "internal-failure",
        f"Something broke in this node; its log tells more under {incident}.",
        hint="Tell whoever runs the node that number.",
        incident=incident,
    )


def cancelled() -> TryAgain:
    """Return what a query is told that its reader gave up."""
    return TryAgain(
        "query-cancelled", "The query was cancelled by its reader.", hint="Ask again if it is still wanted."
    )


def status(error: GolcondaError) -> int:
    """Return the HTTP status of an error: 401 where showing a good token would help."""
    return 401 if error.code in UNAUTHENTICATED else int(error.details.get("status", error.http_status))


def headers(error: GolcondaError) -> dict[str, str]:
    """Return the headers that an error's status calls for."""
    if status(error) == 401:
        return {"www-authenticate": 'Bearer realm="golconda"'}
    if status(error) in {429, 503}:
        return {"retry-after": str(error.details.get("retry_after", RETRY_SECONDS))}
    return {}


def unrouted(code: int, *, method: str, path: str) -> GolcondaError:
    """Return the error for what the routes themselves refused: 404, 405, 413."""
    if code == 404:
        return NotFound(
            "address-unknown",
            f"There is nothing at {path}.",
            hint="The addresses are listed at /api/v1/docs.",
            path=path,
        )
    if code == 405:
        return InvalidInput(
            "method-refused",
            f"{path} does not take {method}.",
            hint="See the header allow.",
            status=405,
            path=path,
            method=method,
        )
    if code == 413:
        return InvalidInput(
            "body-too-large", "The request's body is too large.", hint="Send less at a time.", status=413
        )
    return InvalidInput(
        "request-unreadable",
        "The request could not be read.",
        hint="Send it as the API's page says.",
        status=code,
    )
