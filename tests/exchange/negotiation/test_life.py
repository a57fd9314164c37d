"""What befalls an agreement after it was made, on both databases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from golconda.exchange.negotiation import documents, expire
from golconda.kernel.errors import AccessRefused, InvalidInput, NotFound
from golconda.metastore import agreements, epoch, schema

if TYPE_CHECKING:
    from tests.exchange.negotiation.conftest import Scene

    from golconda.metastore.agreements import Agreement


def current(scene: Scene, agreement: str) -> Agreement:
    with scene.metastore.read() as connection:
        return agreements.get(connection, agreement)


def epoch_now(scene: Scene) -> int:
    with scene.metastore.read() as connection:
        return epoch.current(connection)


def last_event(scene: Scene) -> str:
    table = schema.event
    with scene.metastore.read() as connection:
        return str(connection.scalars(select(table.c.kind).order_by(table.c.id.desc())).first())


def in_force(scene: Scene) -> list[str]:
    with scene.metastore.read() as connection:
        return [one.id for one in agreements.in_force(connection, "acme", "city/care", None, scene.now)]


@pytest.mark.parametrize(
    ("verb", "state", "kind"),
    [("suspend", "suspended", "agreement.suspended"), ("revoke", "revoked", "agreement.revoked")],
)
def test_ending_an_agreement_raises_the_epoch_and_is_recorded(scene: Scene, verb: str, state: str, kind: str) -> None:
    made = scene.agreed()
    before = epoch_now(scene)

    scene.end(verb, made.id)

    assert (current(scene, made.id).state, current(scene, made.id).reason) == (state, "because")
    assert epoch_now(scene) == before + 1
    assert last_event(scene) == kind
    assert in_force(scene) == []


def test_a_suspended_agreement_can_be_resumed(scene: Scene) -> None:
    made = scene.agreed()
    scene.end("suspend", made.id)

    scene.end("resume", made.id)

    assert in_force(scene) == [made.id]


@pytest.mark.parametrize("verb", ["suspend", "resume", "revoke"])
def test_a_revoked_agreement_stays_revoked(scene: Scene, verb: str) -> None:
    made = scene.agreed()
    scene.end("revoke", made.id)

    with pytest.raises(InvalidInput) as refused:
        scene.end(verb, made.id)

    assert refused.value.code == "agreement-state"


def test_only_the_owner_ends_an_agreement(scene: Scene) -> None:
    made = scene.agreed()

    with pytest.raises(AccessRefused) as refused:
        scene.end("revoke", made.id, scene.reader)
    with pytest.raises(NotFound) as hidden:
        scene.end("revoke", made.id, scene.stranger)

    assert (refused.value.code, hidden.value.code) == ("not-the-owner", "agreement-unknown")


def test_an_agreement_is_out_of_force_the_moment_its_period_is_over(scene: Scene) -> None:
    made = scene.agreed()
    assert made.ends is not None

    scene.now = made.ends

    assert in_force(scene) == []


def test_expiring_marks_what_is_due_once(scene: Scene) -> None:
    made = scene.agreed()
    scene.pass_time(days=30)
    before = epoch_now(scene)

    assert [one.id for one in expire(scene.metastore, scene.now)] == [made.id]
    assert expire(scene.metastore, scene.now) == ()
    assert (current(scene, made.id).state, last_event(scene)) == ("expired", "agreement.expired")
    assert epoch_now(scene) == before + 1


def test_an_expired_agreement_cannot_be_resumed_even_before_it_is_marked(scene: Scene) -> None:
    made = scene.agreed()
    scene.end("suspend", made.id)
    scene.pass_time(days=31)

    with pytest.raises(InvalidInput) as refused:
        scene.end("resume", made.id)

    assert refused.value.code == "agreement-state"


def test_terms_whose_end_has_passed_come_to_no_agreement(scene: Scene) -> None:
    scene.offer("until: 2026-12-01")
    asked = scene.request().negotiation
    scene.pass_time(days=30)

    with pytest.raises(InvalidInput) as over:
        scene.approve(asked.id, scene.owner)

    assert over.value.code == "terms-over"


def test_an_agreement_that_begins_later_is_not_in_force_yet(scene: Scene) -> None:
    made = scene.agreed("from: 2026-12-01")

    assert in_force(scene) == []
    assert current(scene, made.id).stands(scene.now) == "pending"
    scene.pass_time(days=8)
    assert in_force(scene) == [made.id]


def test_an_amendment_supersedes_and_keeps_the_root(scene: Scene) -> None:
    scene.offer()
    first = scene.approve(scene.request().negotiation.id, scene.owner).agreement
    assert first is not None

    before = epoch_now(scene)
    asked = scene.request(amends=first.id).negotiation
    second = scene.approve(asked.id, scene.owner).agreement

    assert second is not None
    assert (second.supersedes, second.root) == (first.id, first.root)
    assert current(scene, first.id).state == "superseded"
    assert in_force(scene) == [second.id]
    assert epoch_now(scene) == before + 2  # one ended, one begun


def test_a_revoked_agreement_cannot_be_amended(scene: Scene) -> None:
    made = scene.agreed()
    scene.end("revoke", made.id)

    with pytest.raises(InvalidInput) as refused:
        scene.request(amends=made.id)

    assert refused.value.code == "agreement-state"


def test_an_amendment_keeps_the_purpose(scene: Scene) -> None:
    made = scene.agreed("purposes: [public-health]")

    with pytest.raises(InvalidInput) as refused:
        scene.request(purpose="drug-safety", amends=made.id)

    assert refused.value.code == "amendment-invalid"


def test_nobody_amends_the_agreement_of_another(scene: Scene) -> None:
    made = scene.agreed()

    with pytest.raises(NotFound) as hidden:
        scene.request(actor=scene.stranger, amends=made.id)

    assert hidden.value.code == "agreement-unknown"


def test_the_agreement_document_shows_clauses_signatures_meters_and_tables(scene: Scene) -> None:
    made = scene.agreed()

    with scene.metastore.read() as connection:
        document = documents.agreement_document(connection, made, purposes=scene.desk.purposes, now=scene.now)

    assert document["tables"] == ["visits"]  # regions lacks the column consent
    assert [(one["party"], one["valid"]) for one in document["signatures"]] == [
        ("acme", True),
        ("city", True),
    ]
    assert document["meters"] == [
        {"what": "queries", "per": "day", "limit": 200, "used": 0, "reserved": 0, "left": 200}
        | {"window": "2026-11-24"}
    ]
    assert {"clause": "masks.phone", "class": "enforced"}.items() <= document["clauses"][3].items()
    json.dumps(document)


def test_the_epoch_only_grows(scene: Scene) -> None:
    before = epoch_now(scene)
    with scene.metastore.transaction() as connection:
        assert [epoch.bump(connection), epoch.bump(connection)] == [before + 1, before + 2]

    assert epoch_now(scene) == before + 2
