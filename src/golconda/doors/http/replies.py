"""Answers as ready bytes: documents, and errors as RFC 9457 problems."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from golconda.doors.wire import faults
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROBLEM = "application/problem+json"


def reply(document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:  # JSON
    """Return a document as JSON."""
    return Response(encoded(document), status_code=status, media_type="application/json", headers=dict(headers or {}))


def created(document: Mapping[str, Any], *, at: str) -> Response:
    """Return a document that was just made, and where it is found."""
    return reply(document, status=201, headers={"location": at})


def encoded(document: Any) -> bytes:  # JSON
    """Return the bytes of a JSON document."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def problem(failure: BaseException) -> Response:
    """Return an error as a problem; one that is not ours says nothing but its number."""
    error = faults.told(failure)
    document = {**error.document(), "status": faults.status(error)}
    return Response(
        encoded(document),
        status_code=faults.status(error),
        media_type=PROBLEM,
        headers=faults.headers(error),
    )


def wrong(problems: Sequence[Any]) -> InvalidInput:  # pydantic's errors
    """Return the error for a request that is not of the expected form; it repeats no value."""
    found = [{"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in problems]
    if any(each["type"] == "json_invalid" for each in problems):
        return InvalidInput(
            "json-invalid", "The request's body is not JSON.", hint="Send a JSON object as application/json."
        )
    first = found[0]
    return InvalidInput(
        "request-invalid",
        f"{first['where']}: {first['what']}.",
        hint="The fields are listed at /api/v1/docs.",
        problems=found,
    )


def is_json(headers: Mapping[str, str]) -> bool:
    """Say whether a request's body is announced as JSON."""
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    return media == "application/json" or (media.startswith("application/") and media.endswith("+json"))


def unread(headers: Mapping[str, str]) -> InvalidInput:
    """Return the error for a body that is announced as something else."""
    media = headers.get("content-type")
    return InvalidInput(
        "media-type-refused",
        "The body is announced as nothing." if media is None else f"The body is announced as {media[:100]!r}.",
        hint="Send JSON, with the header content-type: application/json.",
        status=415,
    )
