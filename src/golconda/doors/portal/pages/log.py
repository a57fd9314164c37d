"""The log: what happened, in order, and proof that nothing was changed since."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from golconda.doors.portal.ports import Document
    from golconda.doors.portal.visit import Visit

PAGE = 50


def show(visit: Visit) -> Response:
    """Show a page of entries, the latest when none is asked for, the newest on top."""
    visit.sign_in_needed()
    return _show(visit, result=None)


def verify(visit: Visit) -> Response:
    """Verify the log now and show what came out."""
    visit.sign_in_needed()
    return _show(visit, result=visit.reader.verify_log())


def _show(visit: Visit, *, result: Document | None) -> Response:
    kind, after = visit.asked("kind") or None, _position(visit.asked("after"))
    found = visit.reader.log(after=after, limit=PAGE, kind=kind)
    entries = [entry for entry in found["entries"] if entry["position"] is not None]
    kinds = visit.phrases.named("event")
    return visit.page(
        "log.html",
        log=found,
        kinds=kinds if kind in (None, *kinds) else {**kinds, kind: kind},
        problem=_read_only(found),
        entries=[{**entry, "payload": _short(entry.get("payload"))} for entry in reversed(entries)],
        kind=kind,
        earlier=_earlier(entries, kind),
        later=entries[-1]["position"] if after is not None and len(entries) == PAGE else None,
        result=result,
    )


def _read_only(found: Document) -> TryAgain | None:
    """Return why the node may only be looked at, as the error that whoever writes would meet."""
    why = found.get("read_only")
    return TryAgain(why["code"], why["detail"], hint=why["hint"]) if why else None


def _position(text: str) -> int | None:
    """Read a position; -1 stands before the first entry."""
    if text == "-1":
        return -1
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _earlier(entries: Sequence[Document], kind: str | None) -> int | None:
    """Return the position behind which the page before begins; entries of one kind are read from the first on."""
    if not entries or entries[0]["position"] == 0:
        return None
    return -1 if kind else max(entries[0]["position"] - PAGE - 1, -1)


def _short(payload: Any) -> str:
    if payload is None:
        return ""
    return payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, sort_keys=True)
