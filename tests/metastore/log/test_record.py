"""An event is what happened, written with it and committed to."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from golconda.kernel.canonical import canonical
from golconda.metastore.log import record
from golconda.metastore.log.record import envelope
from golconda.metastore.schema import event

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
)


@given(
    st.tuples(st.text(), st.text(), st.text(), st.text(), st.text()),
    st.dictionaries(st.text(), JSON, max_size=3),
)
def test_the_envelope_is_canonical_json(texts, payload):
    uid, time, kind, actor, subject = texts
    whole = {"uid": uid, "time": time, "kind": kind, "actor": actor, "subject": subject, "payload": payload}
    assert envelope(*texts, payload=canonical(payload).decode()) == canonical(whole)


def test_the_commitment_covers_salt_and_envelope(log):
    (recorded,) = log.record(1)
    with log.metastore.read() as connection:
        row = connection.execute(select(event)).one()
    told = {name: getattr(row, name) for name in ("uid", "time", "kind", "actor", "subject")}
    content = canonical({**told, "payload": json.loads(row.payload)})
    assert sha256(row.salt + content).digest() == row.commitment == recorded.commitment


def test_two_events_alike_have_commitments_that_differ(log):
    first, second = log.record(1), log.record(1)
    assert first[0].commitment != second[0].commitment


def test_an_event_is_gone_with_its_transaction(log):
    def change():
        with log.metastore.transaction() as connection:
            record(connection, kind="k", actor="a", subject="s", payload={}, time=log.clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    with log.metastore.read() as connection:
        assert connection.scalar(select(func.count()).select_from(event)) == 0


def test_nothing_to_record_is_no_error(log):
    assert log.record(0) == []
