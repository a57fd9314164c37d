"""Whoever alters the log is found out."""

from __future__ import annotations

import pytest
from sqlalchemy import case, delete, func, select, update

from golconda.metastore.log.note import Checkpoint, signed
from golconda.metastore.log.record import commitment, envelope
from golconda.metastore.log.tree import BLOCK, Frontier, root_over
from golconda.metastore.schema import checkpoint, event, signing_key, subtree, tree

THIRD = event.c.position == 3


@pytest.fixture
def log(log):
    """Give a log of nine entries under three checkpoints."""
    log.grow(3, 4, 2)
    return log


def forge(log, **changed):
    """Alter an entry and compute its commitment anew, as a careful forger would."""
    with log.metastore.transaction() as connection:
        row = connection.execute(select(event).where(THIRD)).one()._asdict() | changed
        told = [row[name] for name in ("uid", "time", "kind", "actor", "subject", "payload")]
        row["commitment"] = commitment(row["salt"], envelope(*told))
        connection.execute(update(event).where(THIRD).values(row))


def rebuild(log, key):
    """Make tree and checkpoints fit the entries again, signed with a key."""
    with log.metastore.transaction() as connection:
        leaves = list(connection.scalars(select(event.c.commitment).order_by(event.c.position)))
        frontier = Frontier()
        frontier.extend(leaves)
        connection.execute(update(tree).values(size=frontier.size, frontier=frontier.stored()))
        connection.execute(delete(checkpoint).where(checkpoint.c.size > len(leaves)))
        for size in connection.scalars(select(checkpoint.c.size)).all():
            root = root_over(leaves[:size])
            note = signed(Checkpoint("golconda.example/city", size, root), key)
            connection.execute(update(checkpoint).where(checkpoint.c.size == size).values(root=root, note=note))


def test_a_log_that_nobody_touched_is_ok(log):
    verdict = log.verify()
    assert verdict.document()["ok"] is True
    assert (verdict.size, verdict.checked, verdict.problems) == (9, 9, ())


def test_an_empty_log_is_ok(metastore):
    from golconda.metastore.log import verify

    assert verify(metastore).document() == {
        "ok": True,
        "size": 0,
        "root": root_over([]).hex(),
        "checked": 0,
        "problems": [],
    }


@pytest.mark.parametrize("column", ["time", "kind", "actor", "subject", "payload"])
def test_an_altered_entry_is_found(log, column):
    log.tamper(update(event).where(THIRD).values({column: event.c[column] + " "}))
    assert log.verify().problems == ("entry 3 was altered: its commitment does not fit what it says",)


def test_a_flipped_bit_of_a_commitment_is_found(log):
    with log.metastore.read() as connection:
        found = connection.scalar(select(event.c.commitment).where(THIRD))
    log.tamper(update(event).where(THIRD).values(commitment=bytes([found[0] ^ 1]) + found[1:]))
    problems = log.verify().problems
    assert "entry 3 was altered: its commitment does not fit what it says" in problems
    assert "the entries do not give the root of the checkpoint over 7, nor later ones" in problems


def test_an_entry_backdated_with_a_commitment_that_fits_is_found(log):
    forge(log, time="2020-01-01T00:00:00.000000Z")
    assert log.verify().problems[0].startswith("the entries do not give the root of the checkpoint over 7")


def test_entries_that_changed_places_are_found(log):
    swapped = case((event.c.position == 2, 3), else_=2)
    log.tamper(update(event).where(THIRD).values(position=-1))
    log.tamper(update(event).where(event.c.position == 2).values(position=3))
    log.tamper(update(event).where(event.c.position == -1).values(position=2))
    assert swapped is not None
    assert "the entries do not give the root of the checkpoint over 3, nor later ones" in log.verify().problems


def test_a_missing_entry_is_found(log):
    log.tamper(delete(event).where(THIRD))
    assert "entry 3 is missing" in log.verify().problems


def test_a_dropped_tail_is_found(log):
    log.tamper(delete(event).where(event.c.position >= 7))
    assert "the checkpoint over 9 entries stands, but the log has 7" in log.verify().problems


def test_a_tail_dropped_with_its_checkpoint_is_found(log):
    log.tamper(delete(event).where(event.c.position >= 7))
    log.tamper(delete(checkpoint).where(checkpoint.c.size == 9))
    assert log.verify().problems == ("the stored tree of 9 entries is not the tree of the log",)


def test_a_tail_dropped_with_every_trace_is_found_by_a_witness(log):
    kept = log.notes()[-1]
    log.tamper(delete(event).where(event.c.position >= 7))
    rebuild(log, log.key)
    assert log.verify().ok
    assert log.verify(witnessed=[kept]).problems == ("the log has 7 entries, but 9 were witnessed",)


def test_a_history_rewritten_with_the_key_is_found_by_a_witness(log):
    kept = log.notes()[1]
    forge(log, actor="city/nobody")
    rebuild(log, log.key)
    assert log.verify().ok
    assert log.verify(witnessed=[kept]).problems == (
        "the first 7 entries of the log are not those that were witnessed",
    )


def test_a_history_rewritten_without_the_key_is_found(log, make_key):
    forge(log, actor="city/nobody")
    rebuild(log, make_key(2))
    assert "no known key has signed it" in log.verify().problems[0]


def test_a_key_slipped_in_is_found_by_whoever_knows_the_right_one(log, make_key):
    forged = make_key(2)
    forge(log, actor="city/nobody")
    rebuild(log, forged)
    log.tamper(update(signing_key).values(public=forged.public))
    assert log.verify().ok
    assert not log.verify(keys=[log.key.public]).ok


def test_a_checkpoint_moved_to_another_size_is_found(log):
    notes = log.notes()
    log.tamper(update(checkpoint).where(checkpoint.c.size == 9).values(note=notes[1]))
    assert log.verify().problems == ("the checkpoint over 9 entries was signed for another size or root",)


def test_an_erased_payload_still_verifies(log):
    log.tamper(update(event).where(THIRD).values(payload=None, salt=None))
    assert log.verify().ok


@pytest.mark.parametrize("column", ["payload", "salt"])
def test_half_an_erasure_is_found(log, column):
    log.tamper(update(event).where(THIRD).values({column: None}))
    assert log.verify().problems == ("entry 3 is erased by half",)


def test_entries_under_no_checkpoint_are_found(log):
    log.tamper(delete(checkpoint).where(checkpoint.c.size == 9))
    assert log.verify().problems == ("entries from 7 on are under no checkpoint",)


def test_a_false_block_is_found(log):
    log.grow(BLOCK)
    log.tamper(update(subtree).values(root=bytes(32)))
    assert log.verify().problems == ("the stored roots of blocks are not those of the log",)


def test_problems_are_not_listed_without_end(log):
    log.grow(200)
    log.tamper(update(event).values(actor="nobody"))
    assert len(log.verify().problems) == 100


def test_what_waits_is_not_verified_yet(log):
    log.record(1)
    with log.metastore.read() as connection:
        assert connection.scalar(select(func.count()).select_from(event)) == 10
    assert log.verify().checked == 9
