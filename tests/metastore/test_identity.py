"""Who there is, and who is let in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from golconda.kernel.errors import AccessRefused, GolcondaError, InvalidInput, NotFound
from golconda.metastore import identity
from golconda.metastore.schema import event, token

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
BY = {"actor": "city/li", "time": NOON}


@pytest.fixture
def connection(metastore):
    """Give a transaction in which acme/li is known as a reader."""
    with metastore.transaction() as connection:
        identity.add_organisation(connection, "acme", titles={"en": "Acme", "zh": "顶点"}, **BY)
        identity.add_principal(connection, "acme/li", roles=["reader"], region="Östergötland", **BY)
        yield connection


def kinds(connection):
    return list(connection.scalars(select(event.c.kind).order_by(event.c.id)))


def refusal(error, function, /, *arguments, **named):
    with pytest.raises(error) as caught:
        function(*arguments, **named)
    return caught.value.code


# ── organisations and principals ──────────────────────────────────────────────────────────────────────────


def test_an_organisation_is_found_by_name_with_its_titles(connection):
    found = identity.organisation(connection, "acme")
    assert found == identity.Organisation("acme", {"en": "Acme", "zh": "顶点"}, NOON)
    assert identity.organisations(connection) == (found,)


def test_a_principal_is_found_by_name(connection):
    found = identity.principal(connection, "acme/li")
    assert found == identity.Principal("acme/li", "acme", "person", ("reader",), "Östergötland")
    assert identity.principals(connection) == identity.principals(connection, "acme") == (found,)
    assert identity.principals(connection, "city") == ()


def test_the_nearest_organisation_is_proposed(connection):
    with pytest.raises(NotFound) as caught:
        identity.organisation(connection, "acne")
    assert (caught.value.code, "acme" in caught.value.hint) == ("organisation-unknown", True)


def test_who_is_there_already_is_not_added_twice(connection):
    add = identity.add_organisation
    assert refusal(InvalidInput, add, connection, "acme", titles={}, **BY) == "organisation-exists"
    code = refusal(InvalidInput, identity.add_principal, connection, "acme/li", roles=["reader"], **BY)
    assert code == "principal-exists"
    assert kinds(connection) == ["organisation.added", "principal.added"]


@pytest.mark.parametrize(
    ("name", "changed", "code"),
    [
        ("nowhere/li", {}, "organisation-unknown"),
        ("li", {}, "principal-invalid"),
        ("acme/w", {"roles": ["king"]}, "role-unknown"),
        ("acme/w", {"kind": "robot"}, "kind-unknown"),
    ],
)
def test_a_principal_that_cannot_be_is_refused(connection, name, changed, code):
    settings = {"roles": ["reader"], **BY, **changed}
    assert refusal(GolcondaError, identity.add_principal, connection, name, **settings) == code


@pytest.mark.parametrize("name", ["", "Acme", "a/b", "顶点"])
def test_an_organisation_is_named_by_a_slug(connection, name):
    assert refusal(InvalidInput, identity.add_organisation, connection, name, titles={}, **BY) == "name-invalid"


def test_roles_are_replaced(connection):
    changed = identity.set_roles(connection, "acme/li", ["steward", "regulator", "steward"], **BY)
    assert changed.roles == ("steward", "regulator")
    assert kinds(connection)[-1] == "principal.roles"


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_lets_its_holder_in(connection):
    text, prefix = identity.new_token(connection, "acme/li", scopes=["share:agr-1"], **BY)
    principal, scopes, found = identity.authenticate(connection, text, NOON)
    assert (principal, scopes, found) == (
        identity.principal(connection, "acme/li"),
        ("share:agr-1",),
        prefix,
    )
    assert text.startswith(f"gk_{prefix}.")


def test_only_the_digest_of_a_secret_is_stored(connection):
    text, prefix = identity.new_token(connection, "acme/li", **BY)
    secret = text.partition(".")[2]
    row = connection.execute(select(token)).one()
    assert (row.prefix, row.digest) == (prefix, sha256(secret.encode()).digest())
    logged = connection.scalars(select(event.c.payload)).all()
    assert not any(secret in payload for payload in logged)


def test_unknown_and_wrong_are_refused_alike(connection):
    text, prefix = identity.new_token(connection, "acme/li", **BY)
    wrong = [
        "",
        "x",
        "gk_",
        f"gk_{prefix}",
        f"gk_{prefix}.",
        f"gk_{prefix}.x",
        text + "x",
        text[:-1],
        f"gk_0.{text}",
        "\udc80",
        "gk_\0.x",
    ]
    refusals = set()
    for each in wrong:
        with pytest.raises(AccessRefused) as caught:
            identity.authenticate(connection, each, NOON)
        refusals.add((caught.value.code, caught.value.message, caught.value.hint))
    assert [code for code, *_ in refusals] == ["token-invalid"]


def test_an_expired_token_is_said_to_be_expired(connection):
    text, _ = identity.new_token(connection, "acme/li", days=2, **BY)
    identity.authenticate(connection, text, NOON + timedelta(days=2, microseconds=-1))
    late = NOON + timedelta(days=2)
    assert refusal(AccessRefused, identity.authenticate, connection, text, late) == "token-expired"


def test_a_token_without_days_never_expires(connection):
    text, _ = identity.new_token(connection, "acme/li", days=None, **BY)
    identity.authenticate(connection, text, NOON + timedelta(days=100_000))


def test_a_revoked_token_is_said_to_be_revoked(connection):
    text, prefix = identity.new_token(connection, "acme/li", **BY)
    for _ in range(2):
        identity.revoke_token(connection, prefix, **BY)
    assert refusal(AccessRefused, identity.authenticate, connection, text, NOON) == "token-revoked"
    assert kinds(connection).count("token.revoked") == 1


def test_what_a_token_is_is_said_to_its_holder_alone(connection):
    _, prefix = identity.new_token(connection, "acme/li", **BY)
    identity.revoke_token(connection, prefix, **BY)
    guess = f"gk_{prefix}.{'A' * 43}"
    assert refusal(AccessRefused, identity.authenticate, connection, guess, NOON) == "token-invalid"


def test_who_was_disabled_is_refused_with_every_token(connection):
    text, _ = identity.new_token(connection, "acme/li", **BY)
    for _ in range(2):
        identity.disable(connection, "acme/li", **BY)
    assert refusal(AccessRefused, identity.authenticate, connection, text, NOON) == "principal-disabled"
    assert identity.principal(connection, "acme/li").disabled
    assert kinds(connection).count("principal.disabled") == 1


def test_roles_count_from_the_next_request_on(connection):
    text, _ = identity.new_token(connection, "acme/li", **BY)
    identity.set_roles(connection, "acme/li", ["steward"], **BY)
    assert identity.authenticate(connection, text, NOON)[0].roles == ("steward",)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_token_lasts_for_a_sensible_time(connection, days):
    code = refusal(InvalidInput, identity.new_token, connection, "acme/li", days=days, **BY)
    assert code == "days-invalid"


def test_tokens_are_for_who_is_known(connection):
    assert refusal(NotFound, identity.new_token, connection, "acme/wu", **BY) == "principal-unknown"
    assert refusal(NotFound, identity.revoke_token, connection, "none", **BY) == "token-unknown"


def test_tokens_are_listed_without_secrets(connection):
    _, prefix = identity.new_token(connection, "acme/li", days=1, **BY)
    (listed,) = identity.tokens(connection, "acme/li")
    assert listed == identity.Token(prefix, "acme/li", ("*",), NOON, NOON + timedelta(days=1), None)
    assert identity.tokens(connection, "acme/wu") == ()
    assert identity.tokens(connection) == (listed,)


def test_each_change_has_one_event(connection):
    _, prefix = identity.new_token(connection, "acme/li", **BY)
    identity.revoke_token(connection, prefix, **BY)
    assert kinds(connection) == ["organisation.added", "principal.added", "token.made", "token.revoked"]
