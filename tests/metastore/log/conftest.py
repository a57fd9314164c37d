"""A node's key, a clock that stands still until told, and a log with something in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from golconda.metastore.log import Fact, record_all, sequence, verify
from golconda.metastore.log.reading import checkpoints

ORIGIN = "golconda.example/city"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Key:
    """A key made from one byte."""

    def __init__(self, seed: int) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32))
        self.public = self._private.public_key().public_bytes_raw()
        self.id = sha256(self.public).hexdigest()[:32]

    def sign(self, content: bytes) -> bytes:
        return self._private.sign(content)


@dataclass
class StillClock:
    """A clock that the test sets."""

    time: datetime = field(default=NOON)

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def facts(count, *, first=0, kind="read.intent"):
    """Make events that differ, with what is hard to write canonically in them."""
    return [
        Fact(
            kind,
            "acme/li",
            f"read-{number}",
            {"n": number, "x": number / 3, "名": '报\u2028\x07"\\', "e": 1e21},
            NOON,
        )
        for number in range(first, first + count)
    ]


@dataclass
class Log:
    """A metastore with a sequencer's means."""

    metastore: object
    key: Key
    clock: StillClock

    def record(self, count, *, first=0):
        with self.metastore.transaction() as connection:
            return record_all(connection, facts(count, first=first))

    def sequence(self):
        return sequence(self.metastore, self.key, self.clock, origin=ORIGIN)

    def grow(self, *counts):
        """Record and place this many events, with a checkpoint after each number."""
        events = []
        for count in counts:
            events += self.record(count, first=len(events))
            self.sequence()
        return events

    def verify(self, **witness):
        return verify(self.metastore, **witness)

    def tamper(self, statement):
        """Do what whoever holds the database can do."""
        with self.metastore.transaction() as connection:
            connection.execute(statement)

    def notes(self):
        with self.metastore.read() as connection:
            return [checkpoint.note for checkpoint in checkpoints(connection)]


@pytest.fixture
def log(metastore):
    """Give an empty log, on SQLite and then on PostgreSQL."""
    return Log(metastore, Key(1), StillClock())


@pytest.fixture
def make_key():
    """Give keys by number; 1 is the node's."""
    return Key
