"""Organisations, people, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.kernel.clock import stamp
from golconda.kernel.errors import InvalidInput, NotFound
from golconda.kernel.names import PrincipalName
from golconda.metastore import agreements, identity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from golconda.node.session import Session

Document = dict[str, Any]  # plain JSON

PROFILE_DAYS = 90


def organisations(session: Session) -> Document:
    """List the organisations."""
    with session.node.metastore.read() as connection:
        found = identity.organisations(connection)
    return {"organisations": [{"name": each.name, "title": dict(each.titles)} for each in found]}


def add_organisation(session: Session, name: str, *, titles: Mapping[str, str]) -> Document:
    """Add an organisation."""
    actor = session.demand("add-organisation", session.node.home)
    with session.node.metastore.transaction() as connection:
        made = identity.add_organisation(
            connection, name, titles=titles, actor=actor.name, time=session.node.clock.now()
        )
    return {"name": made.name, "title": dict(made.titles)}


def new_token(
    session: Session, principal: str, *, roles: Sequence[str], days: int, kind: str, region: str | None
) -> Document:
    """Make a token; a principal who is not there yet is added with `roles`, reader if there are none."""
    name = str(PrincipalName.parse(principal))
    now = session.node.clock.now()
    with session.node.metastore.transaction() as connection:
        held = _held(connection, name)
        wanted = sorted(set(roles or held or ("reader",)))
        actor = session.demand("new-token", name.partition("/")[0], roles=wanted, held=held or [])
        if region is not None:
            _demand_region(session, name, is_new=held is None)
        if held is None:
            identity.add_principal(connection, name, roles=wanted, actor=actor.name, time=now, kind=kind, region=region)
        elif roles:
            identity.set_roles(connection, name, roles=wanted, actor=actor.name, time=now)
        text, prefix = identity.new_token(connection, name, actor=actor.name, time=now, days=days)
        (made,) = (each for each in identity.tokens(connection, name) if each.prefix == prefix)
    return {
        "token": text,
        "prefix": prefix,
        "principal": name,
        "roles": wanted,
        "expires": stamp(made.expires) if made.expires else None,
    }


def _demand_region(session: Session, name: str, *, is_new: bool) -> None:
    """Let only the node's own stewards say where somebody belongs: a row filter would believe it."""
    session.demand("vouch", name.partition("/")[0])
    if not is_new:
        raise InvalidInput(
            "region-fixed",
            f"{name} is here already, and a region is said when somebody is added.",
            hint="Leave out the region, or add the person under another name.",
        )


def _held(connection: Connection, name: str) -> list[str] | None:
    """Return the roles a principal has, None where there is no such principal."""
    try:
        return sorted(identity.principal(connection, name).roles)
    except NotFound:
        return None


def tokens(session: Session) -> Document:
    """List tokens without their secrets: of one's own organisation, of all for hosts."""
    principal = session.known()
    with session.node.metastore.read() as connection:
        found = identity.tokens(connection)
    visible = [
        each
        for each in found
        if session.node.policies.allows(principal, "revoke-token", each.principal.partition("/")[0])
    ]
    return {"tokens": [_token(each) for each in visible]}


def _token(found: identity.Token) -> Document:
    return {
        "prefix": found.prefix,
        "principal": found.principal,
        "scopes": list(found.scopes),
        "created": stamp(found.created),
        "expires": stamp(found.expires) if found.expires else None,
        "revoked": stamp(found.revoked) if found.revoked else None,
    }


def revoke_token(session: Session, prefix: str) -> Document:
    """Make a token useless."""
    with session.node.metastore.transaction() as connection:
        for each in identity.tokens(connection):
            if each.prefix == prefix:
                actor = session.demand("revoke-token", each.principal.partition("/")[0])
                identity.revoke_token(connection, prefix, actor=actor.name, time=session.node.clock.now())
                session.node.forget_holders()
                return {"prefix": prefix, "principal": each.principal}
    raise NotFound("token-unknown", f"There is no token {prefix}.", hint="`golconda token list` lists them.")


def profile(session: Session, agreement: str, *, endpoint: str | None) -> Document:
    """Make a Delta Sharing profile whose token opens one agreement."""
    principal = session.demand("query", session.known().organisation)
    now = session.node.clock.now()
    with session.node.metastore.transaction() as connection:
        found = agreements.get(connection, agreement)
        if found.assignee != principal.organisation:
            raise agreements.agreement_unknown(agreement)
        text, prefix = identity.new_token(
            connection,
            principal.name,
            actor=principal.name,
            time=now,
            days=PROFILE_DAYS,
            scopes=(f"share:{agreement}",),
        )
        (made,) = (each for each in identity.tokens(connection, principal.name) if each.prefix == prefix)
    return {
        "shareCredentialsVersion": 1,
        "endpoint": endpoint or f"http://{session.node.config.host}:{session.node.config.port}/delta-sharing",
        "bearerToken": text,
        "expirationTime": stamp(made.expires) if made.expires else None,
    }
