"""Who there is: organisations, the people and services that belong to them, and the tokens they show.

A token is ``gk_<prefix>.<secret>``: the prefix finds it, the secret's SHA-256 is all that is stored. A secret
of 32 random bytes needs no slow hash.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from golconda.kernel.clock import moment, stamp
from golconda.kernel.errors import AccessRefused, InvalidInput, NotFound, nearest
from golconda.kernel.names import PrincipalName, slug
from golconda.metastore import schema
from golconda.metastore.ids import random_text
from golconda.metastore.log import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row, Table

KINDS = ("person", "service")
ROLES = ("steward", "reader", "regulator", "administrator")
LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who owns and who receives; `titles` by language."""

    name: str
    titles: Mapping[str, str]
    created: datetime


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks; `region` is what ``:region`` in a row filter stands for."""

    name: str
    organisation: str
    kind: str
    roles: tuple[str, ...]
    region: str | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A token as far as it is kept: never its secret."""

    prefix: str
    principal: str
    scopes: tuple[str, ...]
    created: datetime
    expires: datetime | None
    revoked: datetime | None


# ── organisations ─────────────────────────────────────────────────────────────────────────────────────────


def add_organisation(
    connection: Connection, name: str, *, titles: Mapping[str, str], actor: str, time: datetime
) -> Organisation:
    """Add an organisation, or raise ``organisation-exists``."""
    slug(name, what="an organisation")
    row = {"name": name, "title": json.dumps(dict(titles), ensure_ascii=False), "created": stamp(time)}
    if not _inserted(connection, schema.organisation, row):
        raise InvalidInput(
            "organisation-exists",
            f"There is an organisation called {name} already.",
            hint="Use it, or take another name.",
        )
    record(
        connection,
        kind="organisation.added",
        actor=actor,
        subject=name,
        payload={"titles": dict(titles)},
        time=time,
    )
    return Organisation(name, dict(titles), time)


def organisation(connection: Connection, name: str) -> Organisation:
    """Return an organisation, or raise ``organisation-unknown``."""
    table = schema.organisation
    row = connection.execute(select(table).where(table.c.name == name)).one_or_none()
    if row is None:
        known = connection.scalars(select(table.c.name))
        raise NotFound(
            "organisation-unknown",
            f"There is no organisation called {name!r}.",
            hint=f"Name one that is here: {nearest(name, known)}",
        )
    return _organisation(row)


def organisations(connection: Connection) -> tuple[Organisation, ...]:
    """List the organisations by name."""
    rows = connection.execute(select(schema.organisation).order_by(schema.organisation.c.name))
    return tuple(_organisation(row) for row in rows)


# ── principals ────────────────────────────────────────────────────────────────────────────────────────────


def add_principal(
    connection: Connection,
    name: str,
    *,
    roles: Iterable[str],
    actor: str,
    time: datetime,
    kind: str = "person",
    region: str | None = None,
) -> Principal:
    """Add a person or a service to an organisation that is here, or raise ``principal-exists``."""
    whose = organisation(connection, PrincipalName.parse(name).organisation)
    added = Principal(name, whose.name, _kind(kind), _roles(roles), region)
    if not _inserted(connection, schema.principal, _columns(added, time)):
        raise InvalidInput("principal-exists", f"{name} is there already.", hint="Use them, or take another name.")
    payload = {"kind": kind, "roles": list(added.roles), "region": region}
    record(connection, kind="principal.added", actor=actor, subject=name, payload=payload, time=time)
    return added


def principal(connection: Connection, name: str) -> Principal:
    """Return a principal, or raise ``principal-unknown``."""
    table = schema.principal
    row = connection.execute(select(table).where(table.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(
            "principal-unknown",
            f"There is nobody called {name!r}.",
            hint="Add them with `golconda token new ORGANISATION/PERSON`.",
        )
    return _principal(row)


def principals(connection: Connection, organisation: str | None = None) -> tuple[Principal, ...]:
    """List the principals by name, of one organisation or of all."""
    statement = select(schema.principal).order_by(schema.principal.c.name)
    if organisation is not None:
        statement = statement.where(schema.principal.c.organisation == organisation)
    return tuple(_principal(row) for row in connection.execute(statement))


def set_roles(connection: Connection, name: str, roles: Iterable[str], *, actor: str, time: datetime) -> Principal:
    """Give a principal these roles and no others."""
    principal(connection, name)
    given = _roles(roles)
    _change(connection, name, roles=json.dumps(given))
    payload = {"roles": list(given)}
    record(connection, kind="principal.roles", actor=actor, subject=name, payload=payload, time=time)
    return principal(connection, name)


def disable(connection: Connection, name: str, *, actor: str, time: datetime) -> None:
    """Refuse a principal from now on, whatever tokens they hold; a second time changes nothing."""
    if not principal(connection, name).disabled:
        _change(connection, name, disabled=stamp(time))
        record(connection, kind="principal.disabled", actor=actor, subject=name, payload={}, time=time)


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────────────


def new_token(
    connection: Connection,
    name: str,
    *,
    actor: str,
    time: datetime,
    days: int | None = 90,
    scopes: Sequence[str] = ("*",),
) -> tuple[str, str]:
    """Make a token for a principal and return its text, which is kept nowhere, and its prefix.

    `days` None never expires; scope ``*`` is all the principal may do, ``share:AGREEMENT`` only to read.
    """
    holder = principal(connection, name)
    prefix, secret = random_text(8), urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    row = {
        "prefix": prefix,
        "principal": holder.name,
        "digest": _digest(secret),
        "scopes": json.dumps(list(scopes)),
    }
    expires = None if days is None else stamp(time + timedelta(days=_days(days)))
    connection.execute(insert(schema.token).values(**row, created=stamp(time), expires=expires))
    payload = {"prefix": prefix, "scopes": list(scopes), "expires": expires}
    record(connection, kind="token.made", actor=actor, subject=holder.name, payload=payload, time=time)
    return f"gk_{prefix}.{secret}", prefix


def authenticate(connection: Connection, text: str, now: datetime) -> tuple[Principal, tuple[str, ...], str]:
    """Return the principal, scopes and prefix of a token; one query.

    Raises ``token-invalid`` alike for an unknown prefix and a wrong secret. That it has expired, was revoked,
    or that its holder is disabled is said only to whoever holds the secret.
    """
    prefix, secret = _parts(text)
    row = connection.execute(_BY_PREFIX, {"prefix": prefix}).one_or_none()
    # Compared even where there is nothing to compare with, so that both cases take the same time.
    right = hmac.compare_digest(_digest(secret), row.digest if row else bytes(32))
    if row is None or not right:
        raise _invalid()
    _refuse_spent(row, now)
    return _principal(row), tuple(json.loads(row.scopes)), prefix


def revoke_token(connection: Connection, prefix: str, *, actor: str, time: datetime) -> None:
    """Revoke a token for good, or raise ``token-unknown``; a second time changes nothing."""
    table = schema.token
    found = connection.execute(select(table).where(table.c.prefix == prefix).with_for_update()).one_or_none()
    if found is None:
        raise NotFound(
            "token-unknown",
            f"There is no token with the prefix {prefix!r}.",
            hint="The prefix is what stands between gk_ and the dot.",
        )
    if found.revoked is None:
        connection.execute(update(table).where(table.c.prefix == prefix).values(revoked=stamp(time)))
        payload = {"prefix": prefix}
        record(connection, kind="token.revoked", actor=actor, subject=found.principal, payload=payload, time=time)


def tokens(connection: Connection, principal: str | None = None) -> tuple[Token, ...]:
    """List tokens, the oldest first, of one principal or of all."""
    statement = select(schema.token).order_by(schema.token.c.created, schema.token.c.prefix)
    if principal is not None:
        statement = statement.where(schema.token.c.principal == principal)
    return tuple(_token(row) for row in connection.execute(statement))


_BY_PREFIX = (
    select(
        schema.principal,
        schema.token.c.digest,
        schema.token.c.scopes,
        schema.token.c.expires,
        schema.token.c.revoked,
    )
    .join_from(schema.token, schema.principal)
    .where(schema.token.c.prefix == bindparam("prefix"))
)


def _refuse_spent(row: Row[Any], now: datetime) -> None:  # a row of `_BY_PREFIX`
    if row.revoked is not None:
        raise AccessRefused("token-revoked", "This token was revoked.", hint="Ask for a new one.")
    if row.expires is not None and row.expires <= stamp(now):
        message = f"This token expired at {row.expires}."
        raise AccessRefused("token-expired", message, hint="Ask for a new one.", expired=row.expires)
    if row.disabled is not None:
        raise AccessRefused(
            "principal-disabled",
            f"{row.name} may no longer use this node.",
            hint="Ask the organisation that runs it.",
        )


def _invalid() -> AccessRefused:
    return AccessRefused("token-invalid", "This token is not valid.", hint="Check that it was copied whole.")


def _parts(text: str) -> tuple[str, str]:
    prefix, _, secret = text.removeprefix("gk_").partition(".")
    # What the database could not even be asked for is nobody's prefix.
    return prefix if prefix.isascii() and prefix.isalnum() else "", secret


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────


def _inserted(connection: Connection, table: Table, row: dict[str, Any]) -> bool:  # its columns
    """Insert a row unless its key is taken, and say whether it was free."""
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(**row))
    except IntegrityError:
        return False
    return True


def _change(connection: Connection, name: str, **values: str) -> None:
    connection.execute(update(schema.principal).where(schema.principal.c.name == name).values(**values))


def _columns(added: Principal, time: datetime) -> dict[str, Any]:  # the columns of `principal`
    return {
        "name": added.name,
        "organisation": added.organisation,
        "kind": added.kind,
        "roles": json.dumps(added.roles),
        "region": added.region,
        "created": stamp(time),
    }


def _organisation(row: Row[Any]) -> Organisation:  # a row of `organisation`
    return Organisation(row.name, json.loads(row.title), moment(row.created))


def _principal(row: Row[Any]) -> Principal:  # a row of `principal`
    roles = tuple(json.loads(row.roles))
    return Principal(row.name, row.organisation, row.kind, roles, row.region, row.disabled is not None)


def _token(row: Row[Any]) -> Token:  # a row of `token`
    expires, revoked = (None if text is None else moment(text) for text in (row.expires, row.revoked))
    return Token(row.prefix, row.principal, tuple(json.loads(row.scopes)), moment(row.created), expires, revoked)


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise InvalidInput("kind-unknown", f"{kind!r} is no kind of principal.", hint="Use person or service.")
    return kind


def _roles(roles: Iterable[str]) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(roles))
    for role in given:
        if role not in ROLES:
            raise InvalidInput(
                "role-unknown", f"{role!r} is no role.", hint=f"Use one that is: {nearest(role, ROLES)}."
            )
    return given


def _days(days: int) -> int:
    if not 0 < days <= LONGEST_DAYS:
        raise InvalidInput(
            "days-invalid",
            f"A token cannot last {days} days.",
            hint=f"Give a number from 1 to {LONGEST_DAYS}.",
        )
    return days
