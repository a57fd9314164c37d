"""Find what a query's names mean to the one who asks: products, their versions, exactly one agreement each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.gate.decide import demand_in_force
from golconda.kernel.errors import AccessRefused, InvalidInput, NotFound
from golconda.kernel.names import ProductName, TableName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from golconda.agreement.purposes import PurposeList
    from golconda.gate.library import Library
    from golconda.gate.standing import Asker, Covenant, Edition, Standing
    from golconda.gate.statement import Reference


def product_of(reference: Reference) -> tuple[str | None, str]:
    """Return the organisation, if stated, and the product that a reference names."""
    return reference.organisation, reference.product or reference.table


def standings(
    references: Iterable[Reference],
    library: Library,
    asker: Asker,
    *,
    is_steward: bool,
    named: Sequence[str],
    purpose: str | None,
    purposes: PurposeList,
    now: datetime,
) -> Mapping[tuple[str | None, str], Standing]:
    """Return how each product that is referred to stands for the asker.

    Raise ``table-unknown`` for what is not there or hidden, ``name-ambiguous``, ``agreement-ambiguous``,
    ``no-agreement``, ``agreement-not-in-force``.
    """
    covenants = library.named(asker.organisation, named)
    wanted = dict.fromkeys(product_of(reference) for reference in references)
    return {key: _standing(key, library, asker, is_steward, covenants, purpose, purposes, now) for key in wanted}


def readable(
    library: Library,
    asker: Asker,
    *,
    is_steward: bool,
    named: Sequence[str],
    purpose: str | None,
    purposes: PurposeList,
    now: datetime,
) -> tuple[Standing, ...]:
    """Return every way in which the asker may read now, one a product and agreement: what the catalogue shows him."""
    covenants = library.named(asker.organisation, named) if named else library.held(asker.organisation)
    own = library.owned(asker.organisation) if is_steward and not named else ()
    found = [library.stand(edition, None) for edition in own]
    for covenant in covenants:
        edition = library.newest(covenant.product, covenant.major)
        fits = purpose is None or purposes.covers((covenant.purpose,), purpose)
        if edition is not None and fits and covenant.stands(now) == "active":
            found.append(library.stand(edition, covenant))
    return tuple(found)


def _standing(
    key: tuple[str | None, str],
    library: Library,
    asker: Asker,
    is_steward: bool,
    named: Sequence[Covenant],
    purpose: str | None,
    purposes: PurposeList,
    now: datetime,
) -> Standing:
    organisation, product = key
    if organisation in (None, asker.organisation):
        edition = library.current(str(ProductName(asker.organisation, product)))
        if edition is not None and (is_steward or _is_for_readers(edition)):
            return library.stand(edition, None)
    covenants = library.over(asker.organisation, organisation, product)
    chosen = _chosen(covenants, named, purpose, purposes, now, key, library)
    edition = library.newest(chosen.product, chosen.major)
    if edition is None:
        raise _unknown(key)
    return library.stand(edition, chosen)


def _is_for_readers(edition: Edition) -> bool:
    """Say whether readers of the owner may read a product: one that was made of what they might read themselves."""
    return edition.heritage is not None and edition.heritage.readable


def _chosen(
    covenants: Sequence[Covenant],
    named: Sequence[Covenant],
    purpose: str | None,
    purposes: PurposeList,
    now: datetime,
    key: tuple[str | None, str],
    library: Library,
) -> Covenant:
    explicit = [covenant for covenant in covenants if covenant in named]
    in_force = [covenant for covenant in covenants if covenant.stands(now) == "active"]
    fitting = explicit or [
        covenant for covenant in in_force if purpose is None or purposes.covers((covenant.purpose,), purpose)
    ]
    products = sorted({covenant.product for covenant in fitting})
    if len(products) > 1:
        raise InvalidInput(
            "name-ambiguous",
            f"{key[1]} may be {' or '.join(products)}.",
            hint="Write organisation.product.table.",
        )
    if len(fitting) > 1:
        raise _several(fitting)
    if fitting:
        return fitting[0]
    raise _none_fits(covenants, in_force, purpose, key, library, now)


def _several(fitting: Sequence[Covenant]) -> InvalidInput:
    listed = ", ".join(f"{covenant.id} for {covenant.purpose}" for covenant in fitting)
    return InvalidInput(
        "agreement-ambiguous",
        f"{len(fitting)} of your agreements on {fitting[0].product} fit: {listed}.",
        hint="Name one with --agreement.",
        agreements=[covenant.id for covenant in fitting],
    )


def _none_fits(
    covenants: Sequence[Covenant],
    in_force: Sequence[Covenant],
    purpose: str | None,
    key: tuple[str | None, str],
    library: Library,
    now: datetime,
) -> AccessRefused | NotFound:
    if in_force:
        return AccessRefused(
            "purpose-not-covered",
            f"No agreement of yours on {in_force[0].product} covers the purpose {purpose}.",
            hint=f"Yours are for {', '.join(sorted({covenant.purpose for covenant in in_force}))}.",
            clause="purposes",
        )
    if covenants:
        demand_in_force(max(covenants, key=lambda covenant: covenant.starts), now)
    listed = library.listed(*key)
    if listed is None:
        return _unknown(key)
    return AccessRefused(
        "no-agreement",
        f"You have no agreement on {listed}.",
        hint=f"Ask for one: golconda request {listed} --purpose PURPOSE",
    )


def _unknown(key: tuple[str | None, str]) -> NotFound:
    shown = ".".join(part for part in key if part)
    return NotFound(
        "table-unknown",
        f"There is no table {shown}.",
        hint="`golconda products` lists what there is; write product.table or organisation.product.table.",
    )


def table_of(reference: Reference, standing: Standing, shared: Iterable[TableName]) -> TableName:
    """Return the table a reference means in a product; hidden and absent tables get the same answer."""
    tables = [name for name in shared if name.product == standing.edition.product]
    if reference.product is None and len(tables) == 1:
        return tables[0]
    found = [name for name in tables if name.table == reference.table and reference.product is not None]
    if found:
        return found[0]
    choices = ", ".join(f"{name.product.product}.{name.table}" for name in sorted(tables))
    raise NotFound(
        "table-unknown",
        f"There is no table {reference}.",
        hint=f"Of {standing.edition.product} you may read {choices or 'no table'}.",
    )
