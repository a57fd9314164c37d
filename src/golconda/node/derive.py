"""A product made of products: read through the gate like any answer, published like any version, and bound by the
join of what bound its sources. It is made anew where a source moves, and suspended while one may not be read.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from golconda.agreement import predicate
from golconda.agreement.heritage import Source, inherit
from golconda.gate import statement
from golconda.gate.query import Question
from golconda.gate.reserve import Moved
from golconda.kernel.errors import AccessRefused, InvalidInput, TryAgain
from golconda.kernel.names import ProductName
from golconda.metastore import agreements as stored
from golconda.metastore import catalog, leases
from golconda.metastore import heritage as made
from golconda.metastore.heritage import Derivation
from golconda.metastore.lineage import DERIVATION
from golconda.node import publishing
from golconda.node.answer import Answer
from golconda.node.formats import Format
from golconda.node.lineage import edges
from golconda.node.publish import MadeFrom, publish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from golconda.agreement.heritage import Heritage
    from golconda.gate.query import Explanation
    from golconda.gate.standing import Standing
    from golconda.metastore.identity import Principal
    from golconda.node.node import Node
    from golconda.node.session import Session

Document = dict[str, Any]  # plain JSON
DOOR = "derive"
LEASE = "refresh:"
_TRIES = 3


def derive(
    session: Session,
    name: str,
    sql: str,
    *,
    agreements: Sequence[str],
    purpose: str | None,
    titles: Mapping[str, str],
    description: str,
) -> Document:
    """Make a product of what a query reads. Raise what the query would, ``derive-prohibited``, ``derive-exists``."""
    product = ProductName.parse(name, home=session.known().organisation)
    principal = session.demand("derive", product.organisation)
    with session.node.metastore.read() as connection:
        _demand_new(connection, product)
    question = Question(sql, tuple(agreements), purpose)
    bound = session.node.gate.explain(question, principal).bound
    text = statement.qualified(sql, {each: table.name for each, table in bound.items()})
    plan = Derivation(str(product), text, purpose, tuple(agreements), str(principal.name), session.node.clock.now())
    with making(session.node, plan.product):
        with session.node.metastore.read() as connection:
            _demand_new(connection, product)  # nobody else makes it any more
        return make(session.node, principal, plan, titles=titles, description=description)


def _demand_new(connection: Connection, product: ProductName) -> None:
    if catalog.find(connection, product) is not None:
        raise InvalidInput(
            "derive-exists",
            f"There is a product {product} already.",
            hint=f"Choose another name; a derived product is made anew with `golconda refresh {product}`.",
            product=str(product),
        )


@contextmanager
def making(node: Node, product: str) -> Iterator[None]:
    """Be the only one who makes a derived product, or raise ``lease-held``: what two read could come out of order."""
    with leases.holding(node.metastore, f"{LEASE}{product}", node.clock):
        try:
            yield
        finally:
            shutil.rmtree(_folder(node, product), ignore_errors=True)


def sweep(node: Node) -> None:
    """Remove the answers that a process left when it died while it was making a product."""
    with node.metastore.read() as connection:
        alive = {name.removeprefix(LEASE) for name in leases.alive(connection, LEASE, node.clock.now())}
    busy = {_folder(node, product).name for product in alive}
    for folder in (node.directory / ".golconda" / "derive").glob("*"):
        if folder.name not in busy:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(node: Node, product: str) -> Path:
    return node.directory / ".golconda" / "derive" / product.replace("/", ".")


def asked(node: Node, plan: Derivation) -> Question:
    """Return what is asked: under the agreements that were named, or those that have taken their places."""
    with node.metastore.read() as connection:
        named = tuple(_successor(connection, each) for each in plan.agreements)
    return Question(plan.sql, named, plan.purpose)


def _successor(connection: Connection, agreement: str) -> str:
    found = stored.get(connection, agreement)
    while found.state == "superseded":
        later = [each for each in stored.agreements(connection, product=found.product) if each.supersedes == found.id]
        if not later:
            break
        found = later[-1]
    return found.id


# ── making it ─────────────────────────────────────────────────────────────────────────────────────────────────


def make(
    node: Node, principal: Principal, plan: Derivation, *, titles: Mapping[str, str], description: str
) -> Document:
    """Read what a plan says, as its maker may, and publish it; hold `making` meanwhile."""
    product = ProductName.parse(plan.product)
    for _ in range(_TRIES):
        question = asked(node, plan)
        explained = node.gate.explain(question, principal)
        inherited = _inherited(node, explained)
        try:
            file = _read(node, principal, question, explained, product)
        except Moved:
            continue
        named = replace(plan, agreements=question.agreements)
        about = MadeFrom(
            made.made_document(named, inherited, sources(explained)),
            tuple(edges(DERIVATION, str(product), product.product, explained)),
        )
        published = publish(
            node,
            principal,
            [str(file)],
            name=str(product),
            titles=titles or None,
            description=description,
            made_from=about,
        )
        document = publishing.document(published)
        return {**document, "sources": sources(explained), "terms": inherited.document()}
    raise TryAgain(
        "catalogue-busy", "What the query reads changes faster than it can be read.", hint="Try again in a moment."
    )


def _read(node: Node, principal: Principal, question: Question, explained: Explanation, product: ProductName) -> Path:
    """Return the answer as a Parquet file: one read like any other, decided as it was explained, else `Moved`."""
    folder = _folder(node, str(product))
    shutil.rmtree(folder, ignore_errors=True)  # of whoever died at this before
    folder.mkdir(parents=True, mode=0o700)
    release = node.gate.ask(question, principal, DOOR)
    try:
        if release.permit.cites != explained.permit.cites:
            raise Moved
        file = folder / f"{product.product}.parquet"
        with file.open("wb") as out:
            for piece in Answer(release).written(Format.PARQUET):
                out.write(piece)
    finally:
        release.close()
    return file


def _inherited(node: Node, explained: Explanation) -> Heritage:
    """Return what binds the product that a query makes, or refuse to make it, naming the clause."""
    return inherit(
        [_source(node, standing, explained) for standing in explained.standings],
        agreements=explained.permit.leans,
        purposes=node.purposes,
    )


def _source(node: Node, standing: Standing, explained: Explanation) -> Source:
    terms, covenant = standing.terms(node.purposes), standing.covenant
    if terms is not None and "derive" in terms.prohibit:
        whose = f"Agreement {covenant.id} on" if covenant else "What binds"
        raise AccessRefused(
            "derive-prohibited",
            f"{whose} {standing.edition.product} prohibits making products of it (clause prohibit: derive).",
            hint="Ask its owner for terms that allow it, or query it without keeping the answer.",
            clause="prohibit",
            product=str(standing.edition.product),
            **({"agreement": covenant.id} if covenant else {}),
        )
    return Source(
        terms,
        purpose=covenant.purpose if covenant else None,
        starts=covenant.starts if covenant else None,
        ends=covenant.ends if covenant else None,
        where=tuple(_where(standing, explained)),
        heritage=standing.edition.heritage,
    )


def _where(standing: Standing, explained: Explanation) -> Iterator[str]:
    """Yield the conditions that depend on who reads or when, over the columns that hold the same values here."""
    for table in dict.fromkeys(explained.bound.values()):
        if table.name.product != standing.edition.product:
            continue
        masked = {name for name, _ in table.obligations.masks}
        copies = {
            column.copy_of.column.casefold(): column.name
            for column in explained.columns
            if column.copy_of and column.copy_of.table == table.name and column.copy_of.column not in masked
        }
        for text in filter(predicate.varies, table.obligations.where):
            if lost := [name for name in predicate.columns(text) if name.casefold() not in copies]:
                raise AccessRefused(
                    "derive-filter-lost",
                    f"The rows of {table.name} depend on who reads it or when, by {', '.join(lost)}, which the query "
                    "does not keep as it is (clause where).",
                    hint=f"Select {', '.join(lost)} unchanged, or ask the owner for terms that do not depend on it.",
                    clause="where",
                )
            yield predicate.renamed(text, copies)


def sources(explained: Explanation) -> list[Document]:
    """List what a query reads: product, version, and agreement with the hash of its terms."""
    return [
        {
            "product": str(standing.edition.product),
            "number": standing.edition.number,
            "agreement": standing.covenant.id if standing.covenant else None,
            "terms": standing.covenant.proposal if standing.covenant else None,
        }
        for standing in explained.standings
    ]


# ── what is offered of it ─────────────────────────────────────────────────────────────────────────────────────


def tightened(node: Node, connection: Connection, product: str, terms: Any) -> tuple[Any, list[str]]:  # Terms
    """Return terms on a product as its sources allow them, and the clauses that became stricter.

    Raise ``distribute-prohibited``, or ``offer-looser`` where nothing is left that both allow.
    """
    from golconda.agreement import terms_file
    from golconda.gate.decide import distribution_prohibited

    inherited = made.current(connection, product)
    if inherited is None:
        return terms, []
    if "distribute" in inherited.terms.prohibit:
        raise distribution_prohibited(product)
    bound = inherited.bind(terms, node.purposes)
    if bound.purposes == ():
        allowed = ", ".join(inherited.terms.purposes or ())
        raise AccessRefused(
            "offer-looser",
            f"{product} may be used for {allowed or 'no purpose at all'}, and the terms are for other purposes.",
            hint=f"Offer it for {allowed or 'nothing'}, or ask the owners of its sources for more.",
            clause="purposes",
            product=product,
        )
    before, after = terms_file.write(terms), terms_file.write(bound)
    return bound, sorted(name for name in after if before.get(name) != after[name])
