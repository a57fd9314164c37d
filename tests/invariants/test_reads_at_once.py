"""Invariants 7, 8 and 9: what is let in is written first, ends once, and never exceeds a limit."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from golconda.gate.settle import settle_abandoned
from golconda.kernel.errors import TryAgain
from golconda.metastore import schema
from golconda.metastore.database import Metastore
from golconda.testing.nodes import TERMS, agreed

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import Popen

    from golconda.node.node import Node
    from golconda.node.session import Session

pytestmark = pytest.mark.parametrize(
    "city", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
LIMITED = TERMS + "limits: {queries: 100, per: total}"


def meter(session: Session, agreement: str) -> tuple[int, int]:
    (found,) = session.agreement(agreement)["meters"]
    return found["used"], found["reserved"]


def test_07_intent_and_reservation_commit_before_the_first_byte(
    node: Node, li: Session, metastore_address: str
) -> None:
    agreement = agreed(node, li, LIMITED)
    answer = li.query("SELECT * FROM care")
    other = Metastore.open(metastore_address)  # sees what is committed, and nothing else
    with other.read() as connection:
        kinds = connection.scalars(select(schema.event.c.kind).order_by(schema.event.c.id.desc()).limit(1)).all()
        reserved = connection.scalars(select(schema.meter.c.reserved)).all()
    other.close()
    assert (kinds, reserved) == (["read.intent"], [1])
    assert len(list(answer.batches())) == 1
    assert meter(li, agreement) == (1, 0)


def test_07_without_a_log_nothing_runs(node: Node, li: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    agreed(node, li)
    ran: list[object] = []
    monkeypatch.setattr(node.gate._engine, "run", lambda *given, **_: ran.append(given))
    node.metastore.freeze(TryAgain("metastore-locked", "Nothing can be written.", hint="Wait."))
    with pytest.raises(TryAgain):
        li.query("SELECT * FROM care")
    assert ran == []


def test_08_each_intent_ends_in_exactly_one_settlement_crashes_included(
    node: Node, li: Session, owner: Session, actors: Callable[..., Popen[str]]
) -> None:
    agreement = agreed(node, li, LIMITED)
    li.query("SELECT * FROM care").document()
    readers = [actors("hold", node.directory) for _ in range(2)]
    held = [reader.stdout.readline().strip() for reader in readers if reader.stdout]
    assert meter(li, agreement) == (1, 2)
    for reader in readers:
        reader.send_signal(signal.SIGKILL)
        reader.wait()
    closers = [threading.Thread(target=settle_abandoned, args=(node.metastore, node.clock.now())) for _ in range(4)]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join()
    ended = {entry["subject"]: entry["payload"]["outcome"] for entry in owner.log(kind="read.ended")["entries"]}
    assert {name: ended[name] for name in held} == dict.fromkeys(held, "unfinished")
    subjects = [
        [entry["subject"] for entry in owner.log(kind=kind)["entries"]] for kind in ("read.intent", "read.ended")
    ]
    assert len(subjects[0]) == 3
    assert sorted(subjects[0]) == sorted(subjects[1])
    assert meter(li, agreement) == (3, 0)


def test_09_eight_processes_at_a_limit_of_a_hundred_are_served_a_hundred(
    node: Node, li: Session, actors: Callable[..., Popen[str]]
) -> None:
    agreement = agreed(node, li, LIMITED)
    told, _ = actors("read", node.directory, 8, 15).communicate(timeout=120)
    assert Counter(told.split()) == {"served": 100, "limit-reached": 20}
    assert meter(li, agreement) == (100, 0)
