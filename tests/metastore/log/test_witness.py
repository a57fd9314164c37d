"""A log is held against a checkpoint kept elsewhere."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from golconda.kernel.errors import InvalidInput
from golconda.metastore.log.note import Checkpoint, signed
from golconda.metastore.log.witness import Relation, compare, ensure_kept
from golconda.metastore.schema import checkpoint


def relation(log, note):
    with log.metastore.read() as connection:
        return compare(connection, note, keys=[log.key.public]).relation


def refusal(log, note):
    with log.metastore.read() as connection, pytest.raises(InvalidInput) as caught:
        ensure_kept(connection, note, keys=[log.key.public])
    return caught.value.code


def test_a_log_is_the_same_as_its_newest_checkpoint_and_ahead_of_older_ones(log):
    log.grow(3, 4)
    old, new = log.notes()
    assert (relation(log, old), relation(log, new)) == (Relation.AHEAD, Relation.SAME)


def test_a_log_restored_from_a_backup_is_behind(log):
    log.grow(3, 4)
    newest = log.notes()[-1]
    log.tamper(delete(checkpoint).where(checkpoint.c.size == 7))
    assert refusal(log, newest) == "log-behind-witness"


def test_a_log_that_lost_everything_is_behind(log):
    note = signed(Checkpoint("golconda.example/city", 1, bytes(32)), log.key)
    assert refusal(log, note) == "log-behind-witness"


def test_another_history_is_a_fork(log):
    log.grow(3)
    note = signed(Checkpoint("golconda.example/city", 2, bytes(32)), log.key)
    assert refusal(log, note) == "log-forked"


def test_a_note_nobody_signed_says_nothing(log, make_key):
    note = signed(Checkpoint("golconda.example/city", 1, bytes(32)), make_key(2))
    assert refusal(log, note) == "checkpoint-invalid"


def test_what_is_kept_passes(log):
    log.grow(3)
    with log.metastore.read() as connection:
        ensure_kept(connection, log.notes()[0], keys=[log.key.public])
