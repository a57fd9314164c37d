"""The log: what happened, in order, and proof that nothing was changed since."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.responses import Response

    from golconda.doors.portal.ports import Document
    from golconda.doors.portal.visit import Visit

PAGE = 50
KINDS = ("product", "offer", "request", "agreement", "read", "organisation", "principal", "token")


def show(visit: Visit) -> Response:
    """Show a page of entries, the latest when none is asked for."""
    visit.sign_in_needed()
    return _show(visit, result=None)


def verify(visit: Visit) -> Response:
    """Verify the log now and show what came out."""
    visit.sign_in_needed()
    return _show(visit, result=visit.reader.verify_log())


def _show(visit: Visit, *, result: Document | None) -> Response:
    kind = visit.asked("kind") or None
    after = _position(visit.asked("after"))
    if after is None and kind is None:
        size = visit.reader.log(limit=1)["size"]
        after = size - PAGE - 1 if size > PAGE else None
    found = visit.reader.log(after=after, limit=PAGE, kind=kind)
    entries = found["entries"]
    return visit.page(
        "log.html",
        log=found,
        entries=[{**entry, "payload": _short(entry.get("payload"))} for entry in entries],
        kind=kind,
        earlier=_earlier(after, kind),
        later=entries[-1]["position"] if len(entries) == PAGE and entries[-1]["position"] < found["size"] - 1 else None,
        result=result,
    )


def _position(text: str) -> int | None:
    """Read a position; -1 stands before the first entry."""
    if text == "-1":
        return -1
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _earlier(after: int | None, kind: str | None) -> int | None:
    if kind is not None or after is None or after < 0:
        return None
    return max(after - PAGE, -1)


def _short(payload: Any) -> str:
    if payload is None:
        return ""
    return payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, sort_keys=True)
