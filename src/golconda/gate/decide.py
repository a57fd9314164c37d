"""The decision: a pure function from who asks, what stands and the time, to obligations or a refusal.

It reads no clock, no database and no random source; the same input gives the same decision, which cites the
hashes of everything it was based on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.agreement.obligate import obligations
from golconda.agreement.obligations import TableObligations
from golconda.gate.protected import ProtectedTable
from golconda.kernel.canonical import digest
from golconda.kernel.errors import AccessRefused, InvalidInput
from golconda.kernel.names import TableName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from golconda.agreement.purposes import PurposeList
    from golconda.agreement.terms import Limit, Terms
    from golconda.gate.standing import Covenant, Standing
    from golconda.kernel.names import ProductName
    from golconda.metastore.catalog import Snapshot


@dataclass(frozen=True, slots=True)
class Charge:
    """A limit that this read is counted against, and the chain whose meter it is."""

    agreement: str
    root: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Permit:
    """What may be read and how: every shared table of every product, the limits, and what it was based on."""

    tables: Mapping[TableName, ProtectedTable]
    withheld: frozenset[TableName]
    purpose: str | None
    agreements: tuple[str, ...]
    leans: tuple[str, ...]  # the agreements, and those that derived products are made under: all must be in force
    owners: tuple[str, ...]
    charges: tuple[Charge, ...]
    cites: Mapping[str, str]


_ENDED = {
    "pending": "begins only later",
    "suspended": "is suspended",
    "expired": "has expired",
    "revoked": "was revoked",
    "superseded": "was superseded by a newer one",
    "terminated": "was terminated",
}


def demand_in_force(covenant: Covenant, now: datetime) -> None:
    """Raise ``agreement-not-in-force``, with the state, unless the agreement is in force."""
    state = covenant.stands(now)
    if state == "active":
        return
    raise AccessRefused(
        "agreement-not-in-force",
        f"Agreement {covenant.id} on {covenant.product} {_ENDED.get(state, 'is not in force')}.",
        hint=f"Ask for a new one: golconda request {covenant.product} --purpose {covenant.purpose}",
        agreement=covenant.id,
        state=state,
    )


def decide(
    standings: Iterable[Standing],
    *,
    asked_purpose: str | None,
    purposes: PurposeList,
    policies: str,
    now: datetime,
    path: Callable[[str], str],
) -> Permit:
    """Permit a read with its obligations, or raise AccessRefused naming the clause.

    `asked_purpose` None = the purpose of the agreements; `policies`: hash of the policies in force; `path`: where
    a file recorded in a snapshot lies.
    """
    standings = tuple(standings)
    covenants = [standing.covenant for standing in standings if standing.covenant]
    for covenant in covenants:
        demand_in_force(covenant, now)
    for standing in standings:
        _demand_sources(standing, now)
    terms = {standing.edition.product: standing.terms(purposes) for standing in standings}
    purpose = _one_purpose(_wanted(standings), asked_purpose, purposes)
    _demand_combinable(standings, terms)
    bound = [(standing, terms[standing.edition.product]) for standing in standings]
    tables = {table.name: table for standing, clauses in bound for table in _tables(standing, clauses, path)}
    every = {_name(standing, snapshot) for standing in standings for snapshot in standing.edition.snapshots}
    return Permit(
        tables=tables,
        withheld=frozenset(every - tables.keys()),
        purpose=purpose,
        agreements=tuple(covenant.id for covenant in covenants),
        leans=tuple(dict.fromkeys(each.id for each in (*covenants, *(c for s in standings for c in s.leans)))),
        owners=tuple(sorted({standing.edition.product.organisation for standing in standings})),
        charges=tuple(charge for standing, clauses in bound for charge in _charges(standing, clauses)),
        cites=_cites(standings, policies),
    )


def _demand_sources(standing: Standing, now: datetime) -> None:
    """Refuse a derived product unless everything that it is made under is in force, and may be given on.

    Which agreements those are is their parties' business, so none is named.
    """
    heritage, product = standing.edition.heritage, standing.edition.product
    if heritage is None:
        return
    known = {covenant.id for covenant in standing.leans if covenant.stands(now) == "active"}
    if known != set(heritage.agreements):
        raise source_ended(str(product))
    if standing.covenant and "distribute" in heritage.terms.prohibit:
        raise distribution_prohibited(str(product))


def source_ended(product: str) -> AccessRefused:
    """Return the refusal of a derived product while an agreement that it is made under is not in force."""
    return AccessRefused(
        "source-not-in-force",
        f"{product} is suspended: an agreement that it is made under is not in force.",
        hint=f"Ask {product.partition('/')[0]}; it is read again once its sources may be, and made anew where they "
        "were amended.",
        product=product,
    )


def distribution_prohibited(product: str) -> AccessRefused:
    """Return the refusal to give others what the sources of a derived product keep from them."""
    return AccessRefused(
        "distribute-prohibited",
        f"{product} is made of what may not be given on (clause prohibit: distribute).",
        hint="Ask the owners of its sources for terms that allow it.",
        clause="prohibit",
        product=product,
    )


def _charges(standing: Standing, terms: Terms | None) -> Iterable[Charge]:
    """Yield what is counted: on the agreement's chain, or for the owner of a derived product on the product's own."""
    product, covenant = str(standing.edition.product), standing.covenant
    label, root = (covenant.id, covenant.root) if covenant else (product, f"derived:{product}")
    return (Charge(label, root, limit) for limit in (terms.limits if terms else ()))


def _wanted(standings: Iterable[Standing]) -> list[tuple[str, tuple[str, ...]]]:
    """List the purposes that bind the read, each with whose they are."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for standing in standings:
        if standing.covenant:
            found.append((standing.covenant.id, (standing.covenant.purpose,)))
        heritage = standing.edition.heritage
        if heritage is not None and heritage.terms.purposes is not None:
            found.append((str(standing.edition.product), heritage.terms.purposes))
    return found


def _one_purpose(wanted: list[tuple[str, tuple[str, ...]]], asked: str | None, purposes: PurposeList) -> str | None:
    """Return the purpose of the read: each agreement's must cover it."""
    candidates = [asked] if asked else [purpose for _, several in wanted for purpose in several]
    for candidate in candidates:
        if all(purposes.covers(several, candidate) for _, several in wanted):
            return candidate
    if not wanted and not candidates:
        return None
    stated = ", ".join(f"{whose} is for {' or '.join(several) or 'nothing'}" for whose, several in wanted)
    raise AccessRefused(
        "purpose-not-covered",
        f"The query serves no single purpose that its agreements cover: {stated}"
        + (f"; asked was {asked}." if asked else "."),
        hint="Ask with --purpose for one that all of them cover, or query the products apart.",
        clause="purposes",
    )


def _demand_combinable(standings: tuple[Standing, ...], terms: Mapping[ProductName, Terms | None]) -> None:
    if len(standings) < 2:
        return
    for standing in standings:
        bound = terms[standing.edition.product]
        if bound is not None and "combine" in bound.prohibit:
            whose = f"Agreement {standing.covenant.id} on" if standing.covenant else "What binds"
            raise AccessRefused(
                "combine-prohibited",
                f"{whose} {standing.edition.product} prohibits combining it with other products.",
                hint="Query it by itself.",
                clause="prohibit",
                **({"agreement": standing.covenant.id} if standing.covenant else {}),
            )


def _name(standing: Standing, snapshot: Snapshot) -> TableName:
    return TableName(standing.edition.product, snapshot.table)


def _tables(standing: Standing, terms: Terms | None, path: Callable[[str], str]) -> Iterable[ProtectedTable]:
    for snapshot in standing.edition.snapshots:
        demanded = _obligations(standing, terms, snapshot)
        if demanded is not None:
            yield ProtectedTable(
                name=_name(standing, snapshot),
                columns=snapshot.columns,
                obligations=demanded,
                files=tuple(path(file.path) for file in snapshot.files),
                unique=_unique(standing, snapshot),
                identifiers=_identifiers(standing, snapshot),
            )


def _obligations(standing: Standing, terms: Terms | None, snapshot: Snapshot) -> TableObligations | None:
    """Return what the terms demand of a table; without any, as for an owner, all of it is seen."""
    if terms is None:
        return TableObligations(columns=tuple(column.name for column in snapshot.columns))
    expected = standing.edition.expectations.get(snapshot.table)
    covenant, product = standing.covenant, str(standing.edition.product)
    return obligations(
        terms,
        snapshot.table,
        snapshot.columns,
        unit=expected.unit if expected else None,
        agreement_id=covenant.root if covenant else f"derived:{product}",
        assignee=covenant.assignee if covenant else standing.edition.product.organisation,
    )


def _unique(standing: Standing, snapshot: Snapshot) -> frozenset[str]:
    expected = standing.edition.expectations.get(snapshot.table)
    return frozenset(key[0] for key in expected.unique_keys if len(key) == 1) if expected else frozenset()


def _identifiers(standing: Standing, snapshot: Snapshot) -> frozenset[str]:
    """Return the columns that single out: keys, the privacy unit, what the contract grades an identifier."""
    expected = standing.edition.expectations.get(snapshot.table)
    if expected is None:
        return frozenset()
    graded = {column.name for column in expected.columns if column.identifier or column.primary_key or column.unique}
    return frozenset(graded | ({expected.unit} if expected.unit else set()))


def _cites(standings: tuple[Standing, ...], policies: str) -> dict[str, str]:
    cited = {"policies": policies}
    for standing in standings:
        product = str(standing.edition.product)
        cited[f"version:{product}@{standing.edition.number}"] = standing.edition.manifest
        cited[f"contract:{product}"] = standing.edition.contract
        if standing.covenant:
            cited[f"agreement:{standing.covenant.id}"] = standing.covenant.proposal
        if standing.edition.heritage is not None:
            cited[f"heritage:{product}"] = digest(standing.edition.heritage.document())
    return cited


def demand_one_each(standings: Iterable[Standing], named: Iterable[str]) -> None:
    """Refuse agreements that were named and cover nothing the query reads: they would be a misunderstanding."""
    used = {standing.covenant.id for standing in standings if standing.covenant}
    idle = sorted(set(named) - used)
    if idle:
        raise InvalidInput(
            "agreement-idle",
            f"The query reads nothing under {', '.join(idle)}.",
            hint="Name agreements whose products the query reads, or none.",
            idle=idle,
        )
