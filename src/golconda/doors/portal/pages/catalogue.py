"""The catalogue: search, facets, rows that carry what a decision needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.doors.portal.catalogue_view import FACETS, Page, facets, fits

if TYPE_CHECKING:
    from starlette.responses import Response

    from golconda.doors.portal.visit import Visit


def show(visit: Visit) -> Response:
    """Show the products this reader may know of that match."""
    text = visit.asked("q")[:200]
    found = (visit.reader.search(text) if text else visit.reader.products())["products"]
    chosen = {facet: visit.asked(facet) for facet in FACETS}
    matching = [product for product in found if fits(product, chosen)]
    page = Page.at(visit.asked("page"), len(matching))
    return visit.page(
        "catalogue.html",
        q=text,
        chosen=chosen,
        facets=facets(found, chosen),
        products=matching[page.first_item : page.end],
        page=page,
        nothing_published=not found and not text,
    )
