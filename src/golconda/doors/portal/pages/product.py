"""A product: what it is, whether to trust it, on what terms, and how to begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.responses import Response

from golconda.doors.portal import snippets
from golconda.doors.portal.column_facts import tables
from golconda.doors.portal.errors_spoken import Said, said
from golconda.doors.portal.terms_view import lines
from golconda.doors.wire.lineage_picture import lineage_picture
from golconda.kernel.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from golconda.doors.portal.ports import Document
    from golconda.doors.portal.visit import Visit


_LINEAGE_WORDS = ("rows", "service", "source", "copied", "computed", "aggregated")
_MOST_DRAWN = 40  # columns: a picture of more shows nothing


@dataclass(frozen=True, slots=True)
class Lineage:
    """A picture, made here of escaped texts, and the same column by column."""

    picture: Markup
    columns: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """The one primary button: what it says (a message's key) and where it leads."""

    state: str
    address: str


def show(visit: Visit) -> Response:
    """Show a product's published version, or the one asked for."""
    product = visit.reader.product(name_with_version(visit))
    return visit.page(
        "product.html",
        product=product,
        path=path(product),
        shown_number=visit.asked("version"),
        tables=tables(product),
        score=_score(product),
        action=action(product, signed_in=visit.person is not None),
        term_lines=lines,
        snippets=_snippets(visit, product),
        lineage=_lineage(visit, product),
        failure=lambda why: _said(why, visit),
        service_line=lambda service: snippets.of_service(service, address=visit.address()),
    )


def _said(why: Document, visit: Visit) -> Said:
    """Return in words why a derived product is not made anew."""
    return said(InvalidInput(why["code"], why["detail"], hint=why["hint"], **why.get("details", {})), visit.phrases)


def _lineage(visit: Visit, product: Document) -> Lineage:
    """Return the columns that came from somewhere or went somewhere, drawn and as lines."""
    found = visit.reader.lineage(f"{product['name']}@{product['version']}")
    joined = [column for column in found["columns"] if column["up"] or column["down"]]
    words = {word: visit.phrases(f"lineage.{word}") for word in _LINEAGE_WORDS} | {"product": ""}
    label = visit.phrases("lineage.label", name=product["name"])
    drawn = lineage_picture(
        {"of": found["of"], "columns": joined[:_MOST_DRAWN]},
        says=words,
        label=label,
        describes=visit.phrases("lineage.note"),
    )
    return Lineage(Markup(drawn), tuple(joined))  # noqa: S704 - every text in it was escaped there


def _snippets(visit: Visit, product: Document) -> tuple[snippets.Snippet, ...]:
    standing = product["state_for_reader"]
    if standing["state"] == "active":
        return snippets.under(visit.reader.agreement(standing["agreement"]), address=visit.address())
    return snippets.of_ones_own(product, address=visit.address()) if standing["state"] == "owner" else ()


def contract(visit: Visit) -> Response:
    """Give the contract as a file."""
    name = name_with_version(visit)
    text = visit.reader.contract(name)
    file = f"{visit.path('product')}.odcs.yaml"
    given = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(text, media_type="application/yaml; charset=utf-8", headers=given)


def name_with_version(visit: Visit) -> str:
    """Return the name the address gives, with ``@version`` where the query asks for one."""
    name, version = f"{visit.path('organisation')}/{visit.path('product')}", visit.asked("version")
    if not version:
        return name
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        hint = "Choose one from the product's page."
        raise NotFound("version-unknown", f"{name} has no such version.", hint=hint, product=name)
    return f"{name}@{version}"


def path(product: Document) -> str:
    """Return the product's address."""
    return f"/products/{product['name']}"


def action(product: Document, *, signed_in: bool) -> Action:
    """Return the one thing to do next, which depends on how this reader stands to the product."""
    standing, here = product["state_for_reader"], path(product)
    state = standing["state"]
    if not signed_in:
        return Action("sign_in", f"/login?next={here}")
    if state in ("requested", "countered"):
        return Action(state, f"/requests/{standing['request']}")
    if state in ("active", "suspended"):
        return Action(state, f"/agreements/{standing['agreement']}")
    if state == "owner":
        return Action("owner", f"/requests?product={product['name']}")
    return Action("request", f"{here}/request") if product.get("offers") else Action("no_offer", "")


def _score(product: Document) -> float | None:
    """Return the share of contract checks that hold, in hundredths; None where none was released."""
    checks = [finding for finding in product.get("findings", ()) if finding["name"].startswith("check:")]
    held = [finding for finding in checks if finding["value"]["holds"]]
    return 100 * len(held) / len(checks) if checks else None
