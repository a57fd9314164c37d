"""Serve a shared file or a range of it, looking at what it stands on before and several times meanwhile."""

from __future__ import annotations

import mimetypes
from contextlib import closing
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from golconda.doors.delta_sharing.ranges import Span, span
from golconda.doors.wire.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from golconda.doors.wire.crew import Crew
    from golconda.node.downloading import OpenFile

CHUNK = 256 * 1024
PARQUET = mimetypes.types_map.get(".parquet", "application/vnd.apache.parquet")


def served(file: OpenFile, headers: Mapping[str, str], crew: Crew) -> Any:  # an ASGI response
    """Return the response for a file, which is closed with it; a small one in one piece."""
    try:
        asked = span(headers.get("range"), file.size) if _is_same(headers.get("if-range"), file) else None
        wanted = asked or Span(0, file.size)
        told = _told(file, asked, wanted)
        status = 206 if asked else 200
        if wanted.length <= CHUNK:
            return _whole(file, wanted, status=status, headers=told)
    except BaseException:
        file.close()
        raise
    return Stream(_chunks(file, wanted), crew=crew, status=status, headers=told, watch=file.check, ended=file.close)


def described(file: OpenFile) -> Response:
    """Return the response to HEAD: what a GET of the whole file would say (RFC 9110 §14.2 ignores a range here)."""
    with closing(file):
        return Response(headers=_told(file, None, Span(0, file.size)))


def _is_same(wanted: str | None, file: OpenFile) -> bool:
    """Say whether a range may be given: not of another file than the one it continues (RFC 9110 §13.1.5)."""
    return wanted is None or wanted.strip() == _tag(file)


def _whole(file: OpenFile, wanted: Span, *, status: int, headers: Mapping[str, str]) -> Response:
    try:
        content = file.read(wanted.first, wanted.length)
        file.check()
    finally:
        file.close()
    return Response(content, status_code=status, headers=dict(headers))


def _chunks(file: OpenFile, wanted: Span) -> Iterator[bytes]:
    for first in range(wanted.first, wanted.end, CHUNK):
        content = file.read(first, min(CHUNK, wanted.end - first))
        file.check()
        yield content


def _told(file: OpenFile, asked: Span | None, wanted: Span) -> dict[str, str]:
    headers = {
        "content-type": PARQUET,
        "content-length": str(wanted.length),
        "accept-ranges": "bytes",
        "etag": _tag(file),
    }
    return headers | ({"content-range": asked.content_range(file.size)} if asked else {})


def _tag(file: OpenFile) -> str:
    return f'"{file.tag}"'
