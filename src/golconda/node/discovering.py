"""Find products and look at them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from golconda.node import search as searching
from golconda.node.catalogue import Catalogue
from golconda.node.derived import DerivedProducts, whole
from golconda.node.proving import read_only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.node.session import Session

Document = dict[str, Any]  # plain JSON


@contextmanager
def _catalogue(session: Session) -> Iterator[Catalogue]:
    with session.node.metastore.read() as connection:
        yield Catalogue(connection, session.principal, session.node.purposes, session.node.catalogue)


def home(session: Session) -> str:
    """Return the organisation a product's bare name is looked for in first."""
    return session.principal.organisation if session.principal else session.node.home


def products(session: Session) -> Document:
    """List what the reader may know of."""
    with _catalogue(session) as catalogue:
        derived = DerivedProducts.read(catalogue.connection, session.node.clock.now())
        found = [{**each, **_derived(catalogue, derived, each["name"])} for each in catalogue.products()]
    return {"products": found, **read_only(session)}


def _derived(catalogue: Catalogue, derived: DerivedProducts, name: str) -> Document:
    """Return what a derived product's document says more than others'."""
    short = derived.short(name, is_owner=catalogue.owns(name)) if name in derived.plans else None
    return {} if short is None else {"derived": short}


def search(session: Session, text: str, **facets: str | None) -> Document:
    """Find products by words, best first, then by facet; without words every product matches."""
    found = products(session)["products"]
    matched = searching.search(found, text) if text.strip() else found
    return {"query": text, "products": searching.within(matched, **facets)}


def product(session: Session, name: str) -> Document:
    """Return one product whole."""
    with _catalogue(session) as catalogue:
        found = catalogue.product(name, home=home(session))
        derived = DerivedProducts.read(catalogue.connection, session.node.clock.now())
        if found["name"] in derived.plans and catalogue.owns(found["name"]):
            return {**found, "derived": whole(catalogue.connection, derived, found["name"])}
        return {**found, **_derived(catalogue, derived, found["name"])}


def contract(session: Session, name: str) -> str:
    """Return a product's contract as YAML."""
    with _catalogue(session) as catalogue:
        return catalogue.contract(name, home=home(session))


def full_name(session: Session, name: str) -> str:
    """Return the full name of a product that the reader may know of."""
    with _catalogue(session) as catalogue:
        return str(catalogue.find(name, home=home(session))[0].name)
