"""Posted forms: small, url-encoded, one value a field."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from starlette.requests import Request

LARGEST = 256 * 1024
MOST_FIELDS = 50


async def read(request: Request) -> dict[str, str]:
    """Return the form, or refuse before more than the largest is in memory."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _unreadable(f"The portal reads no {kind or 'body without a type'}.", media_type=kind or None)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise _unreadable(f"The form is larger than {LARGEST // 1024} KB.", limit=LARGEST // 1024)
    return _fields(bytes(body))


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise _unreadable("The form cannot be read.") from error
    return dict(pairs)


def _unreadable(message: str, **details: str | int | None) -> InvalidInput:
    return InvalidInput("form-unreadable", message, hint="Go back to the page and send its form again.", **details)
