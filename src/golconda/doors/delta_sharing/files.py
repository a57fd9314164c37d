"""Serve a shared file or a range of it, looking at its agreement before and several times meanwhile."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from golconda.doors.delta_sharing.ranges import Span, span
from golconda.doors.wire.stream import Stream
from golconda.node.sharing import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from golconda.doors.delta_sharing.signed import Ticket
    from golconda.doors.wire.crew import Crew
    from golconda.node.node import Node
    from golconda.node.sharing import OpenFile

CHUNK = 512 * 1024
PARQUET = mimetypes.types_map.get(".parquet", "application/vnd.apache.parquet")


def served(node: Node, ticket: Ticket, headers: Mapping[str, str], crew: Crew) -> Any:  # an ASGI response
    """Return the response for a file; small ones in one piece."""
    file = opened(node, agreement=ticket.agreement, reading=ticket.reading, name=ticket.file)
    try:
        asked = span(headers.get("range"), file.size)
        wanted = asked or Span(0, file.size)
        told = _told(file, asked, wanted)
        status = 206 if asked else 200
        if wanted.length <= CHUNK:
            return _whole(file, wanted, status=status, headers=told)
    except BaseException:
        file.close()
        raise
    return Stream(_chunks(file, wanted), crew=crew, status=status, headers=told, watch=file.check, ended=file.close)


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
        "etag": f'"{file.tag}"',
    }
    return headers | ({"content-range": asked.content_range(file.size)} if asked else {})
