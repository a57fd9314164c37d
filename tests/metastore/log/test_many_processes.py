"""Several processes record while others sequence: the log is dense and complete."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import func, select

from golconda.metastore.log.reading import waiting
from golconda.metastore.schema import event

RECORD = """
import sys
from datetime import UTC, datetime
from golconda.metastore.database import Metastore
from golconda.metastore.log import record

metastore = Metastore.open(sys.argv[1])
for number in range(60):
    with metastore.transaction() as connection:
        record(connection, kind="k", actor=sys.argv[2], subject=str(number), payload={}, time=datetime.now(UTC))
"""

SEQUENCE = """
import sys
from hashlib import sha256
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from golconda.kernel.clock import SystemClock
from golconda.metastore.database import Metastore
from golconda.metastore.log import sequence

class Key:
    private = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
    public = private.public_key().public_bytes_raw()
    id = sha256(public).hexdigest()[:32]
    sign = staticmethod(private.sign)

metastore = Metastore.open(sys.argv[1])
print("ready", flush=True)
while sys.stdin.readline():
    sequence(metastore, Key(), SystemClock(), origin="golconda.example/city")
    print("done", flush=True)
"""


def start(program, *arguments):
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(process):
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline()


def test_nothing_is_lost_and_nothing_stands_twice(log, metastore_url):
    sequencers = [start(SEQUENCE, metastore_url) for _ in range(2)]
    recorders = [start(RECORD, metastore_url, f"city/{number}") for number in range(3)]
    for process in sequencers:
        assert process.stdout.readline() == "ready\n"
    while any(process.poll() is None for process in recorders):
        for process in sequencers:
            ask(process)
    for process in sequencers:
        ask(process)
        process.communicate()
    for process in recorders:
        process.communicate()
    assert [process.returncode for process in (*recorders, *sequencers)] == [0] * 5
    assert_complete(log)


def assert_complete(log):
    with log.metastore.read() as connection:
        assert waiting(connection) == 0
        assert connection.scalar(select(func.count(func.distinct(event.c.position)))) == 180
        assert connection.scalar(select(func.max(event.c.position))) == 179
        told = connection.execute(select(event.c.actor, event.c.subject).order_by(event.c.position)).all()
    for number in range(3):
        own = [subject for actor, subject in told if actor == f"city/{number}"]
        assert own == [str(count) for count in range(60)]
    assert log.verify().ok


BOTH = (
    SEQUENCE.partition("print(")[0]
    + """
from datetime import UTC, datetime
from golconda.metastore.log import record

print("ready", flush=True)
while True:
    with metastore.transaction() as connection:
        record(connection, kind="k", actor="city/li", subject="s", payload={}, time=datetime.now(UTC))
    sequence(metastore, Key(), SystemClock(), origin="golconda.example/city")
    print("done", flush=True)
"""
)


@pytest.mark.parametrize("rounds", [1, 4, 9])
def test_a_sequencer_killed_anywhere_leaves_a_log_that_goes_on(log, metastore_url, rounds):
    process = start(BOTH, metastore_url)
    for _ in range(1 + rounds):
        assert process.stdout.readline()
    process.kill()
    process.communicate()
    log.record(1)
    log.sequence()  # the lease of a process that is gone is free at once
    with log.metastore.read() as connection:
        assert waiting(connection) == 0
    verdict = log.verify()
    assert verdict.ok
    assert verdict.checked > rounds
