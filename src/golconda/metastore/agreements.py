"""Offers, negotiations, signatures and agreements as rows; exchange.negotiation decides what may follow."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from golconda.agreement import proposal as proposals
from golconda.agreement import terms_file
from golconda.agreement.signing import Signature
from golconda.kernel.canonical import canonical, digest_bytes
from golconda.kernel.clock import moment, stamp
from golconda.kernel.errors import Defect, NotFound
from golconda.metastore import epoch, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select, Table

    from golconda.agreement.proposal import Proposal
    from golconda.agreement.terms import Terms


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms on which a product may be asked for; `automatic` offers are approved by themselves."""

    id: str
    product: str
    titles: Mapping[str, str]
    terms: str  # hash of the document
    automatic: bool
    created: datetime
    by: str
    withdrawn: datetime | None = None


@dataclass(frozen=True, slots=True)
class Negotiation:
    """A request and what became of it. `proposal`: hash of the one on the table; `turn`: who must answer."""

    id: str
    product: str
    offer: str
    assignee: str
    purpose: str
    state: str
    proposal: str
    turn: str
    requested_by: str
    reason: str | None
    created: datetime
    updated: datetime

    @property
    def owner(self) -> str:
        """Return the organisation whose product it is."""
        return self.product.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement. `root`: hash of its chain's first proposal, where meters hang; `ends` None = never."""

    id: str
    negotiation: str
    product: str
    major: int
    owner: str
    assignee: str
    purpose: str
    proposal: str
    terms: str  # hash of the document
    root: str
    state: str
    starts: datetime
    ends: datetime | None
    supersedes: str | None
    reason: str | None
    created: datetime
    changed: datetime

    def stands(self, now: datetime) -> str:
        """Return the state at a time: the stored one, or ``expired`` or ``pending`` by the calendar."""
        if self.state not in ("active", "suspended"):
            return self.state
        if self.ends is not None and now >= self.ends:
            return "expired"
        return "pending" if self.state == "active" and now < self.starts else self.state


# ── documents ─────────────────────────────────────────────────────────────────────────────────────────────


def keep(connection: Connection, kind: str, content: str) -> str:
    """Store a text under its hash, and return the hash; the same text is stored once."""
    found = digest_bytes(content.encode())
    table = schema.document
    _once(connection, table, {"hash": found, "kind": kind, "content": content}, key=table.c.hash == found)
    return found


def keep_terms(connection: Connection, terms: Terms) -> str:
    """Store terms as canonical JSON, and return their hash."""
    return keep(connection, "terms", canonical(terms_file.write(terms)).decode())


def content(connection: Connection, found: str) -> str:
    """Return a stored text; one that is missing or altered is a defect."""
    text = connection.scalar(select(schema.document.c.content).where(schema.document.c.hash == found))
    if text is None or digest_bytes(text.encode()) != found:
        raise Defect("document-damaged", f"The document {found} is not what it was.", hint="Restore from a backup.")
    return str(text)


def terms(connection: Connection, found: str) -> Terms:
    """Return stored terms by their hash."""
    return _terms(content(connection, found))


def proposal(connection: Connection, found: str) -> Proposal:
    """Return a stored proposal by its hash."""
    return proposals.read(content(connection, found))


@lru_cache(maxsize=1024)
def _terms(text: str) -> Terms:
    return terms_file.from_document(json.loads(text))


# ── offers ────────────────────────────────────────────────────────────────────────────────────────────────


def add_offer(connection: Connection, offer: Offer) -> None:
    """Store an offer."""
    titles = json.dumps(dict(offer.titles), ensure_ascii=False)
    connection.execute(
        insert(schema.offer).values(
            id=offer.id,
            product=offer.product,
            title=titles,
            terms=offer.terms,
            automatic=offer.automatic,
            created=stamp(offer.created),
            by=offer.by,
        )
    )


def offer(connection: Connection, found: str, *, changing: bool = False) -> Offer:
    """Return an offer, or raise ``offer-unknown``; `changing` keeps others from changing it meanwhile."""
    table = schema.offer
    query = select(table).where(table.c.id == found)
    row = connection.execute(query.with_for_update() if changing else query).one_or_none()
    if row is None:
        hint = "The product's page lists its offers."
        raise NotFound("offer-unknown", f"There is no offer {found}.", hint=hint, offer=found)
    return _offer(row)


def offers(connection: Connection, product: str | None = None) -> tuple[Offer, ...]:
    """List the offers that stand, the oldest first, of one product or of all."""
    table = schema.offer
    standing = select(table).where(table.c.withdrawn.is_(None)).order_by(table.c.created, table.c.id)
    if product is not None:
        standing = standing.where(table.c.product == product)
    return tuple(_offer(row) for row in connection.execute(standing))


def withdraw_offer(connection: Connection, found: str, *, time: datetime) -> None:
    """Mark an offer as withdrawn."""
    connection.execute(update(schema.offer).where(schema.offer.c.id == found).values(withdrawn=stamp(time)))


# ── negotiations ──────────────────────────────────────────────────────────────────────────────────────────


def add_negotiation(connection: Connection, negotiation: Negotiation) -> None:
    """Store a negotiation."""
    connection.execute(insert(schema.negotiation).values(**_row(negotiation)))


def negotiation(connection: Connection, found: str, *, changing: bool = False) -> Negotiation:
    """Return a negotiation, or raise ``request-unknown``; `changing` as for an offer."""
    table = schema.negotiation
    query = select(table).where(table.c.id == found)
    row = connection.execute(query.with_for_update() if changing else query).one_or_none()
    if row is None:
        raise request_unknown(found)
    return _negotiation(row)


def one_at_a_time(connection: Connection, assignee: str) -> None:
    """Make an organisation's requests wait for each other, so that none decides on what another is changing."""
    table = schema.organisation
    connection.execute(select(table.c.name).where(table.c.name == assignee).with_for_update())


def request_unknown(found: str) -> NotFound:
    """Return the error for a request that is not there, or that the asker may not know."""
    return NotFound(
        "request-unknown",
        f"There is no request {found}.",
        hint="`golconda requests` lists those you may see.",
        request=found,
    )


def negotiations(
    connection: Connection,
    *,
    party: str | None = None,
    product: str | None = None,
    states: Iterable[str] = (),
) -> tuple[Negotiation, ...]:
    """List negotiations, the oldest first, of one party (owner or assignee), product or in some states."""
    table = schema.negotiation
    query = select(table).order_by(table.c.created, table.c.id)
    if party is not None:
        query = query.where(or_(table.c.assignee == party, table.c.product.startswith(f"{party}/", autoescape=True)))
    if product is not None:
        query = query.where(table.c.product == product)
    if wanted := tuple(states):
        query = query.where(table.c.state.in_(wanted))
    return tuple(_negotiation(row) for row in connection.execute(query))


def change_negotiation(connection: Connection, negotiation: Negotiation) -> None:
    """Store a negotiation's new state."""
    table = schema.negotiation
    values = {name: value for name, value in _row(negotiation).items() if name != "id"}
    connection.execute(update(table).where(table.c.id == negotiation.id).values(**values))


# ── signatures ────────────────────────────────────────────────────────────────────────────────────────────


def add_signature(connection: Connection, proposal: str, signature: Signature, *, owner: str) -> None:
    """Store a signature on a proposal; `owner` is whose key made it, ``node`` or an organisation."""
    statement = signature.content
    connection.execute(
        insert(schema.signature).values(
            proposal=proposal,
            party=statement.party,
            by=statement.by,
            custody=statement.custody.value,
            key=keep_key(connection, signature.public, signature.key, owner=owner, time=statement.time),
            statement=signature.statement,
            value=signature.value,
        )
    )


def signatures(connection: Connection, proposal: str) -> tuple[Signature, ...]:
    """Return the signatures on a proposal, in the order they were made."""
    table = schema.signature
    query = (
        select(table.c.statement, schema.signing_key.c.public, table.c.value)
        .join_from(table, schema.signing_key)
        .where(table.c.proposal == proposal)
        .order_by(table.c.id)
    )
    return tuple(Signature(row.statement, bytes(row.public), bytes(row.value)) for row in connection.execute(query))


def keep_key(connection: Connection, public: bytes, name: str, *, owner: str, time: datetime) -> str:
    """Store a public key once, and return its name."""
    table = schema.signing_key
    row = {"id": name, "owner": owner, "public": public, "created": stamp(time)}
    _once(connection, table, row, key=table.c.id == name)
    return name


# ── agreements ────────────────────────────────────────────────────────────────────────────────────────────


def add(connection: Connection, agreement: Agreement) -> None:
    """Store an agreement."""
    connection.execute(insert(schema.agreement).values(**_row(agreement)))
    epoch.bump(connection)


def get(connection: Connection, found: str, *, changing: bool = False) -> Agreement:
    """Return an agreement, or raise ``agreement-unknown``; `changing` as for an offer."""
    table = schema.agreement
    query = select(table).where(table.c.id == found)
    row = connection.execute(query.with_for_update() if changing else query).one_or_none()
    if row is None:
        raise agreement_unknown(found)
    return _agreement(row)


def agreement_unknown(found: str) -> NotFound:
    """Return the error for an agreement that is not there, or that the asker may not know."""
    return NotFound(
        "agreement-unknown",
        f"There is no agreement {found}.",
        hint="`golconda agreements` lists those you may see.",
        agreement=found,
    )


def agreements(
    connection: Connection,
    *,
    party: str | None = None,
    product: str | None = None,
    states: Iterable[str] = (),
) -> tuple[Agreement, ...]:
    """List agreements, the oldest first, of one party (owner or assignee), product or in some states."""
    table = schema.agreement
    query = select(table)
    if party is not None:
        query = query.where(or_(table.c.assignee == party, table.c.owner == party))
    if product is not None:
        query = query.where(table.c.product == product)
    if wanted := tuple(states):
        query = query.where(table.c.state.in_(wanted))
    return _listed(connection, query)


def in_force(
    connection: Connection, assignee: str, product: str | None, purpose: str | None, now: datetime
) -> tuple[Agreement, ...]:
    """List an organisation's agreements in force, the oldest first; None asks for any, `purpose` is exact."""
    table = schema.agreement
    at = stamp(now)
    query = select(table).where(
        table.c.assignee == assignee,
        table.c.state == "active",
        table.c.starts <= at,
        or_(table.c.ends.is_(None), table.c.ends > at),
    )
    if product is not None:
        query = query.where(table.c.product == product)
    if purpose is not None:
        query = query.where(table.c.purpose == purpose)
    return _listed(connection, query)


def of_negotiation(connection: Connection, negotiation: str) -> Agreement | None:
    """Return the agreement a negotiation led to, if it did."""
    table = schema.agreement
    row = connection.execute(select(table).where(table.c.negotiation == negotiation)).one_or_none()
    return None if row is None else _agreement(row)


def due(connection: Connection, now: datetime, *, changing: bool = False) -> tuple[Agreement, ...]:
    """List agreements whose time is over and that are still active or suspended."""
    table = schema.agreement
    query = select(table).where(table.c.state.in_(("active", "suspended")), table.c.ends <= stamp(now))
    return _listed(connection, query.with_for_update() if changing else query)


def change(connection: Connection, found: str, *, state: str, reason: str | None, time: datetime) -> None:
    """Store an agreement's new state."""
    table = schema.agreement
    values = {"state": state, "reason": reason, "changed": stamp(time)}
    connection.execute(update(table).where(table.c.id == found).values(**values))
    epoch.bump(connection)


def _once(connection: Connection, table: Table, row: dict[str, Any], *, key: ColumnElement[bool]) -> None:
    """Insert a row unless it is there; another process may do the same at the same time."""
    if connection.execute(select(table).where(key)).first() is None:
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(table).values(**row))


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────


def _listed(connection: Connection, query: Select[Any]) -> tuple[Agreement, ...]:  # rows of `agreement`
    table = schema.agreement
    return tuple(_agreement(row) for row in connection.execute(query.order_by(table.c.created, table.c.id)))


_TIMES = ("created", "updated", "changed", "starts", "ends", "withdrawn")


def _row(thing: Negotiation | Agreement) -> dict[str, Any]:  # columns of its table
    named = {name: getattr(thing, name) for name in thing.__slots__}
    return {name: stamp(value) if name in _TIMES and value is not None else value for name, value in named.items()}


def _read(row: Row[Any]) -> dict[str, Any]:  # fields of the thing
    named = row._asdict()
    return {name: moment(value) if name in _TIMES and value is not None else value for name, value in named.items()}


def _offer(row: Row[Any]) -> Offer:
    fields = _read(row)
    return Offer(titles=json.loads(fields.pop("title")), **fields)


def _negotiation(row: Row[Any]) -> Negotiation:
    return Negotiation(**_read(row))


def _agreement(row: Row[Any]) -> Agreement:
    return Agreement(**_read(row))
