"""The sequencer leaves no gap, whatever happens to it."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from golconda.kernel.errors import TryAgain
from golconda.metastore.log import Sequencer, record
from golconda.metastore.log.note import parsed
from golconda.metastore.log.reading import newest_checkpoint, waiting
from golconda.metastore.log.tree import BLOCK, root_over
from golconda.metastore.schema import event, subtree


def positions(log):
    with log.metastore.read() as connection:
        return list(connection.scalars(select(event.c.position).order_by(event.c.id)))


def sequencer(log, **changed):
    return Sequencer(log.metastore, changed.get("key", log.key), log.clock, origin="golconda.example/city")


def test_positions_are_dense_and_in_the_order_of_the_outbox(log):
    log.grow(3, 1, 5)
    assert positions(log) == list(range(9))


def test_a_batch_at_a_time_gives_the_same(log):
    log.record(10)
    assert sequencer(log).place(batch=3) == 10
    assert positions(log) == list(range(10))
    assert [parsed(note)[0].size for note in log.notes()] == [3, 6, 9, 10]


def test_the_root_is_that_of_the_commitments(log):
    recorded = log.grow(4, 3)
    with log.metastore.read() as connection:
        newest = newest_checkpoint(connection)
    assert newest.root == root_over(each.commitment for each in recorded)


def test_nothing_waiting_makes_no_checkpoint(log):
    log.grow(2)
    assert log.sequence() == 0
    assert len(log.notes()) == 1


def test_blocks_are_stored_as_they_fill(log):
    recorded = log.grow(BLOCK - 1, 2, BLOCK)
    with log.metastore.read() as connection:
        stored = [tuple(row) for row in connection.execute(select(subtree).order_by(subtree.c.index))]
    leaves = [each.commitment for each in recorded]
    assert stored == [(0, root_over(leaves[:BLOCK])), (1, root_over(leaves[BLOCK : 2 * BLOCK]))]


def test_a_row_committed_late_is_not_missed(log):
    # On PostgreSQL a transaction may take the lower number and commit after the higher one was placed.
    log.grow(1)
    with log.metastore.transaction() as connection:
        (row,) = connection.execute(select(event)).mappings()
        connection.execute(insert(event).values({**row, "id": 0, "uid": "evt-late", "position": None}))
    log.sequence()
    assert positions(log) == [1, 0]


def test_a_crash_before_the_commit_leaves_nothing(log, make_key):
    class Broken(make_key):
        def sign(self, content):
            raise RuntimeError(len(content))

    log.record(3)
    with pytest.raises(RuntimeError):
        sequencer(log, key=Broken(1)).place()
    with log.metastore.read() as connection:
        assert (waiting(connection), newest_checkpoint(connection)) == (3, None)
    log.clock.advance(60)
    assert log.sequence() == 3
    assert log.verify().ok


def test_of_two_sequencers_one_works(log):
    first, second = sequencer(log), sequencer(log)
    log.record(1)
    first.place()
    log.record(1)
    with pytest.raises(TryAgain) as caught:
        second.place()
    assert caught.value.code == "lease-held"
    assert log.sequence() == 0
    assert first.place() == 1


def test_one_that_was_taken_over_stops(log):
    first, second = sequencer(log), sequencer(log)
    log.record(1)
    first.place()
    log.clock.advance(60)
    log.record(1)
    assert second.place() == 1
    log.record(1)
    with pytest.raises(TryAgain) as caught:
        first.place()
    assert caught.value.code == "lease-lost"
    assert second.place() == 1
    assert log.verify().ok


def test_a_released_lease_is_free_at_once(log):
    first, second = sequencer(log), sequencer(log)
    log.record(1)
    first.place()
    first.release()
    log.record(1)
    assert second.place() == 1


def test_a_clock_set_back_changes_nothing(log):
    log.grow(2)
    log.clock.advance(-3600)
    with log.metastore.transaction() as connection:
        record(connection, kind="k", actor="a", subject="s", payload={}, time=log.clock.now())
    assert log.sequence() == 1
    assert log.verify().ok


def test_a_new_key_goes_on_in_the_name_of_the_log(log, make_key):
    log.grow(2)
    log.key = make_key(2)
    log.grow(2)
    assert {parsed(note)[0].origin for note in log.notes()} == {"golconda.example/city"}
    assert log.verify().ok
