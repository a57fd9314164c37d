"""The log is read by those who may, and each entry can be proved."""

from __future__ import annotations

import json

import pytest

from golconda.kernel.errors import NotFound, TryAgain
from golconda.metastore.log import entries, erase, latest, receipt, record
from golconda.metastore.log.note import opened
from golconda.metastore.log.reading import event, growth, history, subtree
from golconda.metastore.log.tree import BLOCK, extends, includes, leaf_hash, root_over


def places(found):
    return [entry.position for entry in found]


def test_entries_come_in_order_behind_a_position(log):
    log.grow(5)
    with log.metastore.read() as connection:
        assert places(entries(connection)) == [0, 1, 2, 3, 4]
        assert places(entries(connection, after=1, limit=2)) == [2, 3]


def test_the_latest_come_first(log):
    log.grow(5)
    with log.metastore.read() as connection:
        assert places(latest(connection, limit=2)) == [4, 3]
        assert places(latest(connection, before=2)) == [1, 0]


def test_what_waits_has_no_place_among_entries(log):
    log.grow(2)
    log.record(1)
    with log.metastore.read() as connection:
        assert places(entries(connection)) == [0, 1]


@pytest.mark.parametrize(("kind", "found"), [("read.intent", 3), ("read", 3), ("rea", 0), ("r_ad", 0)])
def test_a_kind_is_one_kind_or_all_under_it(log, kind, found):
    log.grow(3)
    with log.metastore.read() as connection:
        assert len(entries(connection, kind=kind)) == len(latest(connection, kind=kind)) == found


def test_an_entry_says_what_was_recorded(log):
    log.grow(1)
    with log.metastore.read() as connection:
        (entry,) = entries(connection)
    assert entry.payload == {"n": 0, "x": 0.0, "名": '报\u2028\x07"\\', "e": 1e21}
    assert json.loads(json.dumps(entry.document()))["subject"] == "read-0"


def test_the_history_of_a_subject_holds_what_waits(log):
    log.grow(2)
    log.record(1, first=1)
    with log.metastore.read() as connection:
        assert places(history(connection, "read-1")) == [1, None]


def test_an_unknown_event_is_said_to_be_unknown(log):
    with log.metastore.read() as connection, pytest.raises(NotFound) as caught:
        event(connection, "evt-none")
    assert caught.value.code == "event-unknown"


def test_an_event_that_waits_has_no_receipt_yet(log):
    (recorded,) = log.record(1)
    with log.metastore.read() as connection, pytest.raises(TryAgain) as caught:
        receipt(connection, recorded.uid)
    assert caught.value.code == "event-waiting"


def test_every_receipt_proves_its_event(log):
    recorded = log.grow(BLOCK + 3, BLOCK, 5)
    with log.metastore.read() as connection:
        for each in recorded[::37]:
            given = receipt(connection, each.uid)
            root = opened(given.note, [log.key.public]).root
            leaf = leaf_hash(each.commitment)
            assert includes(leaf, given.path, index=given.position, size=given.size, root=root)


def test_growth_between_checkpoints_is_proved(log):
    log.grow(BLOCK - 1, 2, BLOCK)
    old, middle, new = (opened(note, [log.key.public]) for note in log.notes())
    with log.metastore.read() as connection:
        for before, after in ((old, middle), (old, new), (middle, new)):
            path = growth(connection, before.size, after.size)
            assert extends(path, old=before.size, old_root=before.root, new=after.size, new_root=after.root)


def test_a_subtree_is_that_of_its_leaves_with_blocks_and_without(log):
    leaves = [each.commitment for each in log.grow(3 * BLOCK + 9)]
    ranges = [
        (0, len(leaves)),
        (0, BLOCK),
        (2 * BLOCK, 3 * BLOCK),
        (BLOCK, BLOCK + 128),
        (64, 96),
        (3 * BLOCK, len(leaves)),
    ]
    with log.metastore.read() as connection:
        for start, end in ranges:
            assert subtree(connection, start, end) == root_over(leaves[start:end])


def test_erasing_leaves_every_proof_valid(log):
    recorded = log.grow(5)
    with log.metastore.transaction() as connection:
        erase(connection, recorded[2].uid, actor="city/li", why="asked to", time=log.clock.now())
    log.sequence()
    with log.metastore.read() as connection:
        given, erased = receipt(connection, recorded[2].uid), event(connection, recorded[2].uid)
        (told,) = entries(connection, kind="event.erased")
    assert includes(leaf_hash(given.commitment), given.path, index=2, size=given.size, root=given.root)
    assert (erased.payload, told.subject, told.payload) == (None, recorded[2].uid, {"why": "asked to"})
    assert log.verify().ok


def test_erasing_twice_is_recorded_once(log):
    (recorded,) = log.grow(1)
    for _ in range(2):
        with log.metastore.transaction() as connection:
            erase(connection, recorded.uid, actor="city/li", why="asked to", time=log.clock.now())
    log.sequence()
    with log.metastore.read() as connection:
        assert len(entries(connection, kind="event.erased")) == 1


def test_a_receipt_is_plain_json(log):
    (recorded,) = log.grow(1)
    with log.metastore.read() as connection:
        document = receipt(connection, recorded.uid).document()
    assert json.loads(json.dumps(document))["commitment"] == recorded.commitment.hex()


def test_many_events_of_one_transaction_keep_their_order(log):
    with log.metastore.transaction() as connection:
        for number in range(20):
            record(connection, kind="k", actor="a", subject=str(number), payload={}, time=log.clock.now())
    log.sequence()
    with log.metastore.read() as connection:
        assert [entry.subject for entry in entries(connection)] == [str(number) for number in range(20)]
