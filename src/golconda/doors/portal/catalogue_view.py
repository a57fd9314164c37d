"""The catalogue as people browse it: facets with counts, the current choice, one page of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from golconda.doors.portal.ports import Document

FACETS = ("domain", "grade", "organisation")
GRADES = ("open", "shared", "restricted", "personal")
PAGE = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, how many products have it, and whether it is chosen."""

    value: str
    title: Any  # a title document, or None where the value is its own title
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet and its choices, most frequent first; grades keep their order."""

    name: str
    choices: tuple[Choice, ...]


def facet_value(product: Document, facet: str) -> str:
    """Return a product's value of a facet, empty when it has none."""
    if facet == "organisation":
        return str(product["organisation"]["name"])
    return str(product.get(facet) or "")


def fits(product: Document, chosen: Mapping[str, str], *, without: str = "") -> bool:
    """Tell whether a product has every chosen value, one facet left out of account if asked."""
    return all(facet_value(product, facet) == value for facet, value in chosen.items() if value and facet != without)


def facets(products: Sequence[Document], chosen: Mapping[str, str]) -> tuple[Facet, ...]:
    """Return the facets: each counts what its choice would leave, given the other facets' choices.

    The counts are over what this reader's session returned, so they tell of nothing else.
    """
    return tuple(Facet(name, _choices(products, name, chosen)) for name in FACETS)


def _choices(products: Sequence[Document], facet: str, chosen: Mapping[str, str]) -> tuple[Choice, ...]:
    counts: dict[str, int] = {}
    titles: dict[str, Any] = {}
    for product in products:
        value = facet_value(product, facet)
        if value and fits(product, chosen, without=facet):
            counts[value] = counts.get(value, 0) + 1
            titles.setdefault(value, product["organisation"].get("title") if facet == "organisation" else None)
    if chosen.get(facet):
        counts.setdefault(chosen[facet], 0)
    return tuple(
        Choice(value, titles.get(value), counts[value], value == chosen.get(facet))
        for value in sorted(counts, key=lambda value: _order(facet, value, counts[value]))
    )


def _order(facet: str, value: str, count: int) -> tuple[int, str]:
    if facet == "grade":
        return (GRADES.index(value) if value in GRADES else len(GRADES), value)
    return (-count, value)


@dataclass(frozen=True, slots=True)
class Figures:
    """How large a product is, as far as this reader sees it."""

    rows: int
    columns: int
    tables: int

    @classmethod
    def of(cls, product: Document) -> Figures:
        """Add up a product's tables."""
        tables = product["tables"]
        return cls(sum(table["rows"] for table in tables), sum(len(table["columns"]) for table in tables), len(tables))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of something that has `total` items, numbered from 1."""

    number: int
    total: int
    size: int = PAGE

    @classmethod
    def at(cls, asked: str, total: int, size: int = PAGE) -> Page:
        """Return the page asked for, or the nearest there is."""
        wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
        return cls(min(max(wanted, 1), max(-(-total // size), 1)), total, size)

    @property
    def last(self) -> int:
        """Return the last page's number."""
        return max(-(-self.total // self.size), 1)

    @property
    def first_item(self) -> int:
        """Return the place of the first item, from 0."""
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        """Return the place after the last item."""
        return min(self.first_item + self.size, self.total)


def offer_kinds(offer: Document) -> tuple[str, ...]:
    """Return what kinds of offer this is, in words the messages know.

    >>> offer_kinds({"automatic": True, "terms": {"masks": {"a": "hide"}, "aggregate": {"min_group": 9}}})
    ('automatic', 'aggregate', 'masked')
    """
    if "kinds" in offer:
        return tuple(offer["kinds"])
    terms = offer.get("terms") or {}
    parts = [terms, *(terms.get("tables") or {}).values()]
    signs = (
        ("automatic", bool(offer.get("automatic"))),
        ("aggregate", any((part or {}).get("aggregate") for part in parts)),
        ("masked", any((part or {}).get("masks") for part in parts)),
        ("filtered", any((part or {}).get("where") for part in parts)),
        ("limited", bool(terms.get("limits"))),
        ("priced", (terms.get("price") or {}).get("plan", "free") != "free"),
    )
    return tuple(kind for kind, holds in signs if holds)


def product_kinds(product: Document) -> tuple[str, ...]:
    """Return the kinds of a product's offers, each once, in order of first appearance."""
    return tuple(dict.fromkeys(kind for offer in product.get("offers") or () for kind in offer_kinds(offer)))
