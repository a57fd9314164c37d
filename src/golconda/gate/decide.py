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
from golconda.kernel.errors import AccessRefused, InvalidInput
from golconda.kernel.names import TableName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from golconda.agreement.purposes import PurposeList
    from golconda.agreement.terms import Limit
    from golconda.gate.standing import Covenant, Standing
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
    purpose = _one_purpose(covenants, asked_purpose, purposes)
    _demand_combinable(standings)
    tables = {table.name: table for standing in standings for table in _tables(standing, path)}
    every = {_name(standing, snapshot) for standing in standings for snapshot in standing.edition.snapshots}
    return Permit(
        tables=tables,
        withheld=frozenset(every - tables.keys()),
        purpose=purpose,
        agreements=tuple(covenant.id for covenant in covenants),
        owners=tuple(sorted({standing.edition.product.organisation for standing in standings})),
        charges=tuple(
            Charge(covenant.id, covenant.root, limit) for covenant in covenants for limit in covenant.terms.limits
        ),
        cites=_cites(standings, policies),
    )


def _one_purpose(covenants: list[Covenant], asked: str | None, purposes: PurposeList) -> str | None:
    """Return the purpose of the read: each agreement's must cover it."""
    candidates = [asked] if asked else [covenant.purpose for covenant in covenants]
    for candidate in candidates:
        if all(purposes.covers((covenant.purpose,), candidate) for covenant in covenants):
            return candidate
    if not candidates:
        return None
    stated = ", ".join(f"{covenant.id} is for {covenant.purpose}" for covenant in covenants)
    raise AccessRefused(
        "purpose-not-covered",
        f"The query serves no single purpose that its agreements cover: {stated}"
        + (f"; asked was {asked}." if asked else "."),
        hint="Ask with --purpose for one that all of them cover, or query the products apart.",
        clause="purposes",
    )


def _demand_combinable(standings: tuple[Standing, ...]) -> None:
    if len(standings) < 2:
        return
    for standing in standings:
        if standing.covenant and "combine" in standing.covenant.terms.prohibit:
            raise AccessRefused(
                "combine-prohibited",
                f"Agreement {standing.covenant.id} on {standing.edition.product} prohibits combining it with other "
                "products.",
                hint="Query it by itself.",
                clause="prohibit",
                agreement=standing.covenant.id,
            )


def _name(standing: Standing, snapshot: Snapshot) -> TableName:
    return TableName(standing.edition.product, snapshot.table)


def _tables(standing: Standing, path: Callable[[str], str]) -> Iterable[ProtectedTable]:
    for snapshot in standing.edition.snapshots:
        demanded = _obligations(standing, snapshot)
        if demanded is not None:
            yield ProtectedTable(
                name=_name(standing, snapshot),
                columns=snapshot.columns,
                obligations=demanded,
                files=tuple(path(file.path) for file in snapshot.files),
                unique=_unique(standing, snapshot),
                identifiers=_identifiers(standing, snapshot),
            )


def _obligations(standing: Standing, snapshot: Snapshot) -> TableObligations | None:
    """Return what the agreement demands of a table; the owner sees all of it."""
    if standing.covenant is None:
        return TableObligations(columns=tuple(column.name for column in snapshot.columns))
    expected = standing.edition.expectations.get(snapshot.table)
    return obligations(
        standing.covenant.terms,
        snapshot.table,
        snapshot.columns,
        unit=expected.unit if expected else None,
        agreement_id=standing.covenant.root,
        assignee=standing.covenant.assignee,
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
        )
            idle=idle,
