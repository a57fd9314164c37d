"""Requests: asking for a product, and the negotiation that follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from golconda.doors.portal.catalogue_view import Page
from golconda.doors.portal.names import Names
from golconda.doors.portal.pages.product import action, path
from golconda.doors.portal.terms_view import lines, steps, terms_file
from golconda.kernel.errors import AccessRefused, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from golconda.doors.portal.ports import Document
    from golconda.doors.portal.visit import Visit
    from golconda.kernel.errors import GolcondaError

OPEN = ("requested", "countered")
DONE = frozenset({"sent", "approved", "countered", "rejected"})


def items(answer: Document | Sequence[Document], name: str) -> Sequence[Document]:
    """Return a list that stands alone or under its name."""
    found: Sequence[Document] = answer[name] if isinstance(answer, Mapping) else answer
    return found


def ask(visit: Visit) -> Response:
    """Show the form to ask for a product."""
    visit.sign_in_needed()
    return _ask(visit, error=None)


def send(visit: Visit) -> Response:
    """Send the request; an offer that approves itself leads straight to its agreement."""
    visit.sign_in_needed()
    name = f"{visit.path('organisation')}/{visit.path('product')}"
    try:
        if not visit.written("purpose"):
            raise InvalidInput("purpose-missing", "No purpose was chosen.", hint="Choose what the data is for.")
        made = visit.reader.request(name, purpose=visit.written("purpose"), offer=visit.written("offer") or None)
    except (InvalidInput, AccessRefused) as error:
        return _ask(visit, error=error)
    if made.get("agreement"):
        return visit.go(f"/agreements/{quote(str(made['agreement']))}?done=agreed")
    return visit.go(f"/requests/{quote(str(made['id']))}?done=sent")


def _ask(visit: Visit, *, error: GolcondaError | None) -> Response:
    product = visit.reader.product(f"{visit.path('organisation')}/{visit.path('product')}")
    standing = action(product, signed_in=True)
    if standing.state != "request" and error is None:
        return visit.go(standing.address or path(product))
    if not product["offers"]:
        raise _not_offered(product) from error
    return visit.page(
        "ask.html",
        error.http_status if error else 200,
        product=product,
        path=path(product),
        purposes=_nested(visit.reader.purposes()),
        term_lines=lines,
        chosen_purpose=visit.written("purpose") or visit.asked("purpose"),
        chosen_offer=visit.written("offer") or visit.asked("offer") or product["offers"][0]["id"],
        error=error,
    )


def _not_offered(product: Document) -> NotFound:
    name = product["name"]
    hint = "The product's page lists its offers."
    return NotFound("offer-unknown", f"{name} is not offered to anyone.", hint=hint, product=name)


def _nested(purposes: Sequence[Document]) -> list[tuple[int, Document]]:
    """Return the purposes as a tree read from the top, each with its depth."""
    codes = {purpose["code"] for purpose in purposes}
    children: dict[str | None, list[Document]] = {}
    for purpose in purposes:
        parent = purpose.get("parent")
        children.setdefault(parent if parent in codes else None, []).append(purpose)
    found: list[tuple[int, Document]] = []

    def visit_below(parent: str | None, depth: int) -> None:
        for purpose in children.get(parent, ()):
            found.append((depth, purpose))
            visit_below(purpose["code"], depth + 1)

    visit_below(None, 0)
    return found


def listing(visit: Visit) -> Response:
    """Show the requests of one's organisation: those that wait for it first."""
    person = visit.sign_in_needed()
    wanted = visit.asked("product")
    found = [item for item in items(visit.reader.requests(), "requests") if not wanted or item["product"] == wanted]
    found.sort(key=lambda item: (item["state"] not in OPEN, item.get("turn") != person.organisation))
    page = Page.at(visit.asked("page"), len(found))
    return visit.page(
        "requests.html",
        requests=found[page.first_item : page.end],
        page=page,
        wanted=wanted,
        open_states=OPEN,
        names=Names.known_to(visit.reader),
    )


def show(visit: Visit) -> Response:
    """Show a negotiation, and to the side whose turn it is what it may do."""
    visit.sign_in_needed()
    return _show(visit, error=None)


def _show(visit: Visit, *, error: GolcondaError | None) -> Response:
    request = visit.reader.request_document(visit.path("request"))
    proposals = request.get("proposals") or ()
    on_the_table = proposals[-1]["terms"] if proposals else {}
    return visit.page(
        "request.html",
        error.http_status if error else 200,
        request=request,
        steps=steps(request),
        first_terms=lines(proposals[0]["terms"]) if proposals else {},
        terms=lines(on_the_table),
        clauses=proposals[-1].get("clauses", ()) if proposals else (),
        counter=visit.form.get("terms") or terms_file(on_the_table),
        my_turn=request["state"] in OPEN and visit.acts_for(str(request.get("turn"))),
        open_states=OPEN,
        names=Names.known_to(visit.reader),
        done=visit.asked("done") if visit.asked("done") in DONE else None,
        error=error,
    )


def approve(visit: Visit) -> Response:
    """Accept the proposal on the table."""
    visit.sign_in_needed()
    made = visit.reader.approve(visit.path("request"))
    agreement = made.get("agreement")
    if isinstance(agreement, str):
        return visit.go(f"/agreements/{quote(agreement)}?done=agreed")
    return _back(visit, "approved")


def counter(visit: Visit) -> Response:
    """Answer with other terms; terms that are wrong come back with what is wrong and nothing lost."""
    visit.sign_in_needed()
    try:
        visit.reader.approve(visit.path("request"), terms=visit.form.get("terms", "").replace("\r\n", "\n"))
    except InvalidInput as error:
        return _show(visit, error=error)
    return _back(visit, "countered")


def reject(visit: Visit) -> Response:
    """End the negotiation with a reason."""
    visit.sign_in_needed()
    try:
        visit.reader.reject(visit.path("request"), why=visit.reason())
    except InvalidInput as error:
        return _show(visit, error=error)
    return _back(visit, "rejected")


def _back(visit: Visit, done: str) -> Response:
    return visit.go(f"/requests/{quote(visit.path('request'))}?done={done}")
