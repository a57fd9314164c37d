"""Offer, request, counter-offer, approval and rejection, on both databases."""

from __future__ import annotations

import json
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from golconda.agreement.keys import verifies
from golconda.agreement.proposal import read
from golconda.agreement.signing import holds
from golconda.exchange import negotiation
from golconda.exchange.negotiation import documents
from golconda.kernel.canonical import digest_bytes
from golconda.kernel.errors import AccessRefused, Defect, InvalidInput, NotFound
from golconda.metastore import agreements, schema

if TYPE_CHECKING:
    from tests.exchange.negotiation.conftest import Scene

    from golconda.metastore.agreements import Negotiation

COUNTER = "{purposes: [epidemic-statistics], masks: {phone: hide}, period: P7D}"


def events(scene: Scene) -> list[tuple[str, str]]:
    """Return kind and actor of each event since the product was there."""
    table = schema.event
    with scene.metastore.read() as connection:
        rows = connection.execute(
            select(table.c.kind, table.c.actor).where(~table.c.kind.startswith("org")).order_by(table.c.id)
        )
        return [(row.kind, row.actor) for row in rows]


def negotiated(scene: Scene, request: str) -> Negotiation:
    with scene.metastore.read() as connection:
        return agreements.negotiation(connection, request)


def test_an_approved_request_is_an_agreement_with_each_step_recorded_once(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation

    made = scene.approve(asked.id, scene.owner).agreement

    assert made is not None
    assert (made.state, made.assignee, made.purpose) == ("active", "acme", "epidemic-statistics")
    assert events(scene) == [
        ("offer.made", "city/wang"),
        ("agreement.requested", "acme/li"),
        ("agreement.signed", "acme/li"),
        ("agreement.signed", "city/wang"),
        ("agreement.agreed", "city/wang"),
    ]
    assert negotiated(scene, asked.id).state == "agreed"


def test_invariant_20_both_signatures_verify_over_the_same_bytes(scene: Scene) -> None:
    made = scene.agreed()

    with scene.metastore.read() as connection:
        text = agreements.content(connection, made.proposal)
        signed = agreements.signatures(connection, made.proposal)

    assert digest_bytes(text.encode()) == made.proposal
    assert [one.content.party for one in signed] == ["acme", "city"]
    assert all(holds(one, proposal=made.proposal, party=one.content.party) for one in signed)
    assert read(text).text == text


def test_the_home_organisation_signs_with_its_own_key_and_guests_by_attested_click(scene: Scene) -> None:
    made = scene.agreed()

    with scene.metastore.read() as connection:
        signed = {one.content.party: one for one in agreements.signatures(connection, made.proposal)}

    assert signed["city"].content.custody == "own"
    assert signed["city"].public == scene.desk.keys.signing("city").public
    assert signed["acme"].content.custody == "attested"
    assert signed["acme"].public == scene.desk.keys.signing("node").public


def test_the_event_of_a_signature_verifies_by_itself(scene: Scene) -> None:
    scene.agreed()

    with scene.metastore.read() as connection:
        table = schema.event
        payload = connection.scalars(select(table.c.payload).where(table.c.kind == "agreement.signed")).first()

    event = json.loads(payload or "")
    assert verifies(b64decode(event["key"]), event["statement"].encode(), b64decode(event["signature"]))


def test_no_agreement_comes_of_a_signature_that_was_tampered_with(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation
    with scene.metastore.transaction() as connection:
        connection.execute(schema.signature.update().values(value=bytes(64)))

    with pytest.raises(Defect, match="does not verify"):
        scene.approve(asked.id, scene.owner)

    assert negotiated(scene, asked.id).state == "requested"


def test_a_counter_offer_waits_for_the_reader_and_is_chained_to_what_it_answers(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation

    countered = scene.approve(asked.id, scene.owner, COUNTER).negotiation

    assert (countered.state, countered.turn) == ("countered", "acme")
    with scene.metastore.read() as connection:
        assert agreements.proposal(connection, countered.proposal).previous == asked.proposal


def test_accepting_a_counter_offer_gives_its_terms_and_the_chains_root(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation
    countered = scene.approve(asked.id, scene.owner, COUNTER).negotiation

    made = scene.approve(asked.id, scene.reader).agreement

    assert made is not None
    assert (made.proposal, made.root) == (countered.proposal, asked.proposal)
    assert made.ends is not None
    assert (made.ends - made.starts).days == 7


def test_a_reader_may_counter_a_counter_offer(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation
    scene.approve(asked.id, scene.owner, COUNTER)

    again = scene.approve(asked.id, scene.reader, COUNTER.replace("P7D", "P14D")).negotiation

    assert (again.state, again.turn) == ("requested", "city")


def test_countering_with_the_terms_on_the_table_accepts_them(scene: Scene) -> None:
    scene.offer(COUNTER)
    asked = scene.request().negotiation

    assert scene.approve(asked.id, scene.owner, COUNTER).agreement is not None


def test_a_counter_offer_must_still_cover_the_purpose(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation

    with pytest.raises(AccessRefused) as refused:
        scene.approve(asked.id, scene.owner, "purposes: [linkage]")

    assert refused.value.code == "purpose-not-covered"
    assert negotiated(scene, asked.id).state == "requested"


def test_out_of_turn_is_refused(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation

    with pytest.raises(AccessRefused) as refused:
        scene.approve(asked.id, scene.reader)

    assert refused.value.code == "not-your-turn"


def test_a_stranger_gets_the_same_answer_as_for_a_request_that_is_not_there(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation

    with pytest.raises(NotFound) as hidden:
        scene.approve(asked.id, scene.stranger)
    with pytest.raises(NotFound) as absent:
        scene.approve("req-0000000000", scene.stranger)

    assert hidden.value.message.replace(asked.id, "X") == absent.value.message.replace("req-0000000000", "X")
    assert hidden.value.code == absent.value.code == "request-unknown"


def test_a_rejected_request_cannot_be_approved_any_more(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation
    scene.reject(asked.id, scene.owner)

    with pytest.raises(InvalidInput) as ended:
        scene.approve(asked.id, scene.owner)

    assert ended.value.code == "request-ended"


def test_the_reader_may_take_a_request_back(scene: Scene) -> None:
    scene.offer()

    assert scene.reject(scene.request().negotiation.id, scene.reader).state == "rejected"


def test_a_narrower_purpose_is_covered_by_a_broader_one(scene: Scene) -> None:
    scene.offer("purposes: [public-health]", automatic=True)

    assert scene.request(purpose="drug-safety").agreement is not None


@pytest.mark.parametrize(("purpose", "code"), [("linkage", "purpose-not-covered"), ("mischief", "purpose-unknown")])
def test_a_purpose_that_is_not_covered_or_not_listed_is_refused(scene: Scene, purpose: str, code: str) -> None:
    scene.offer()

    with pytest.raises((AccessRefused, InvalidInput)) as refused:
        scene.request(purpose=purpose)

    assert refused.value.code == code


def test_one_offer_is_chosen_if_only_one_covers_the_purpose(scene: Scene) -> None:
    scene.offer()
    other = scene.offer("purposes: [linkage]")

    assert scene.request(purpose="linkage").negotiation.offer == other.id


def test_two_offers_that_both_cover_the_purpose_must_be_told_apart(scene: Scene) -> None:
    offers = {scene.offer().id, scene.offer("purposes: [public-health]").id}

    with pytest.raises(InvalidInput) as ambiguous:
        scene.request()

    assert ambiguous.value.code == "offer-ambiguous"
    assert set(ambiguous.value.details["offers"]) == offers


def test_what_is_not_offered_cannot_be_asked_for(scene: Scene) -> None:
    with pytest.raises(NotFound) as nothing:
        scene.request()

    assert nothing.value.code == "offer-unknown"


def test_a_withdrawn_offer_cannot_be_asked_for(scene: Scene) -> None:
    made = scene.offer()
    with scene.metastore.transaction() as connection:
        negotiation.withdraw(connection, actor=scene.owner, offer=made.id, now=scene.now)

    with pytest.raises(InvalidInput) as gone:
        scene.request(offer=made.id)

    assert gone.value.code == "offer-withdrawn"


def test_the_same_request_twice_is_refused_while_the_first_is_open(scene: Scene) -> None:
    scene.offer()
    first = scene.request().negotiation

    with pytest.raises(InvalidInput) as twice:
        scene.request()

    assert (twice.value.code, twice.value.details["request"]) == ("request-open", first.id)


def test_the_owner_needs_no_agreement(scene: Scene) -> None:
    scene.offer()

    with pytest.raises(InvalidInput) as own:
        scene.request(actor=scene.owner)

    assert own.value.code == "request-own-product"


def test_only_the_owner_offers(scene: Scene) -> None:
    with pytest.raises(AccessRefused) as refused:
        scene.offer(actor=scene.reader)

    assert refused.value.code == "not-the-owner"


def test_terms_that_name_a_column_the_product_lacks_make_no_offer(scene: Scene) -> None:
    with pytest.raises(InvalidInput) as wrong:
        scene.offer("columns: [regoin]")

    assert wrong.value.code == "terms-unknown-column"
    assert events(scene) == []


def test_an_automatic_offer_does_not_let_in_again_who_was_revoked(scene: Scene) -> None:
    scene.end("revoke", scene.agreed().id)

    asked = scene.request()

    assert asked.agreement is None
    assert asked.negotiation.state == "requested"


def test_an_automatic_offer_gives_no_second_set_of_limits(scene: Scene) -> None:
    scene.agreed()

    assert scene.request().agreement is None


LIMITED = "purposes: [public-health]\nlimits: {queries: 1, per: total}"


def test_an_automatic_offer_gives_no_new_limits_to_who_ended_the_agreement(scene: Scene) -> None:
    made = scene.agreed(LIMITED)
    with scene.metastore.transaction() as connection:
        negotiation.terminate(connection, actor=scene.reader, agreement=made.id, why="used up", now=scene.now)

    assert scene.request().agreement is None


def test_an_automatic_offer_gives_no_second_limits_for_a_second_purpose(scene: Scene) -> None:
    scene.agreed(LIMITED)

    assert scene.request(purpose="drug-safety").agreement is None


def test_requests_made_at_the_same_time_give_one_set_of_limits(scene: Scene) -> None:
    scene.offer(LIMITED)
    scene.reject(scene.request().negotiation.id, scene.owner)  # the keys are known now, and nobody waits for those
    offer = scene.offer(LIMITED, automatic=True).id

    with ThreadPoolExecutor(1) as other:
        with scene.metastore.transaction() as connection:
            first = negotiation.request(
                connection,
                scene.desk,
                actor=scene.reader,
                product="city/care",
                purpose="epidemic-statistics",
                offer=offer,
                now=scene.now,
            )
            second = other.submit(scene.request, offer=offer)
            _wait_for_the_other(scene)
        assert first.agreement is not None
        assert second.result().agreement is None


def _wait_for_the_other(scene: Scene) -> None:
    """Return once another transaction waits for a lock; on SQLite it cannot even begin."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    is_waiting = scene.metastore.dialect == "sqlite"
    while not is_waiting:
        with scene.metastore.read() as connection:
            is_waiting = bool(connection.scalar(waiting))


def test_an_automatic_offer_without_limits_serves_a_second_purpose(scene: Scene) -> None:
    scene.agreed("purposes: [public-health]")

    assert scene.request(purpose="drug-safety").agreement is not None


def test_the_request_document_shows_the_chain(scene: Scene) -> None:
    scene.offer()
    asked = scene.request().negotiation
    scene.approve(asked.id, scene.owner, COUNTER)

    with scene.metastore.read() as connection:
        document = documents.request_document(
            connection, agreements.negotiation(connection, asked.id), purposes=scene.desk.purposes
        )

    assert [one["by"] for one in document["proposals"]] == ["acme/li", "city/wang"]
    assert document["proposals"][1]["previous"] == document["proposals"][0]["hash"]
    assert (document["turn"], document["signatures"][0]["valid"]) == ("acme", True)
    json.dumps(document)
