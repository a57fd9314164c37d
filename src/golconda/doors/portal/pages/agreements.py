"""Agreements: what was agreed, who signed it, what is left, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from golconda.doors.portal import snippets
from golconda.doors.portal.catalogue_view import Page
from golconda.doors.portal.names import Names
from golconda.doors.portal.pages.requests import items
from golconda.doors.portal.terms_view import terms_file
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.doors.portal.ports import Document
    from golconda.doors.portal.visit import Visit
    from golconda.kernel.errors import GolcondaError

DONE = frozenset({"agreed", "revoked", "suspended", "resumed"})


def listing(visit: Visit) -> Response:
    """Show the agreements given and held, those in force first."""
    visit.sign_in_needed()
    found = sorted(items(visit.reader.agreements(), "agreements"), key=lambda item: item["state"] != "active")
    page = Page.at(visit.asked("page"), len(found))
    return visit.page(
        "agreements.html",
        agreements=found[page.first_item : page.end],
        page=page,
        names=Names.known_to(visit.reader),
    )


def show(visit: Visit) -> Response:
    """Show one agreement."""
    visit.sign_in_needed()
    return _show(visit, error=None)


def _show(visit: Visit, *, error: GolcondaError | None) -> Response:
    agreement = visit.reader.agreement(visit.path("agreement"))
    usable = agreement["state"] == "active" and visit.acts_for(agreement["assignee"])
    return visit.page(
        "agreement.html",
        error.http_status if error else 200,
        agreement=agreement,
        terms=terms_file(agreement["terms"]),
        owns=visit.acts_for(agreement["owner"]),
        usable=usable,
        hands_out_rows=bool(snippets.rows_of(agreement)),
        snippets=snippets.under(agreement, address=visit.address()) if usable else (),
        names=Names.known_to(visit.reader),
        done=visit.asked("done") if visit.asked("done") in DONE else None,
        error=error,
    )


def revoke(visit: Visit) -> Response:
    """End it now."""
    return _act(visit, "revoked", lambda agreement: visit.reader.revoke(agreement, why=visit.reason()))


def suspend(visit: Visit) -> Response:
    """Stop it for now."""
    return _act(visit, "suspended", lambda agreement: visit.reader.suspend(agreement, why=visit.reason()))


def resume(visit: Visit) -> Response:
    """Put it back in force."""
    return _act(visit, "resumed", visit.reader.resume)


def _act(visit: Visit, done: str, act: Callable[[str], Document]) -> Response:
    visit.sign_in_needed()
    try:
        act(visit.path("agreement"))
    except InvalidInput as error:
        return _show(visit, error=error)
    return visit.go(f"/agreements/{quote(visit.path('agreement'))}?done={done}")


def profile(visit: Visit) -> Response:
    """Give a Delta Sharing profile as a file: it holds a new token, so it is asked for with a form."""
    visit.sign_in_needed()
    agreement = visit.path("agreement")
    text = json.dumps(visit.reader.profile(agreement, endpoint=f"{visit.address()}/delta-sharing"), indent=2)
    given = {
        "Content-Disposition": f'attachment; filename="{quote(agreement)}.share"',
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="application/json", headers=given)
