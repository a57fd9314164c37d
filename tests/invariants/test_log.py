"""Invariants 16, 17, 18 and 21: the log is dense, only grows, holds each change once, and outlives its payloads."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from golconda.exchange.negotiation.expire import expire
from golconda.gate.settle import settle_abandoned
from golconda.kernel.errors import TryAgain
from golconda.metastore import schema
from golconda.metastore.log import erase, receipt
from golconda.metastore.log.note import opened
from golconda.metastore.log.reading import checkpoints, growth
from golconda.metastore.log.tree import extends, includes, leaf_hash
from golconda.node import releasing, sharing
from golconda.node.downloading import Downloads
from golconda.node.jobs import sequence
from golconda.node.open import open_node
from golconda.testing.nodes import TERMS, agreed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import Popen

    from sqlalchemy import Connection

    from golconda.node.node import Node
    from golconda.node.session import Session

pytestmark = pytest.mark.parametrize(
    "city", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


def test_16_log_indexes_are_dense_and_each_checkpoint_extends_the_last(
    node: Node, actors: Callable[..., Popen[str]]
) -> None:
    sequence(node)
    actors("act", node.directory, 4, 6).communicate(timeout=120)
    sequence(node)
    with node.metastore.read() as connection:
        positions = connection.scalars(select(schema.event.c.position).order_by(schema.event.c.position)).all()
        signed = list(checkpoints(connection))
        proofs = [growth(connection, old.size, new.size) for old, new in pairwise(signed)]
    assert list(positions) == list(range(len(positions)))
    assert len(positions) >= 24
    assert len(signed) > 4
    assert signed[-1].size == len(positions)
    key = node.keys.signing("node").public
    assert all(
        (opened(each.note, [key]).size, opened(each.note, [key]).root) == (each.size, each.root) for each in signed
    )
    assert all(
        extends(proof, old=old.size, old_root=old.root, new=new.size, new_root=new.root)
        for proof, (old, new) in zip(proofs, pairwise(signed), strict=True)
    )


# ── 17 ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Lost(Exception):
    """The transaction fails after all was written in it."""


Prepared = dict[str, Any]
Act = tuple[str, "Callable[[Session, Session, Prepared], Any]"]
# What is done, and the events it writes: a signature is a change of its own.
ACTS: tuple[Act, ...] = (
    ("organisation.added", lambda owner, _li, _now: owner.add_organisation("other", titles={"en": "Other"})),
    ("token.made", lambda owner, _li, _now: owner.new_token("acme/li")),
    ("token.revoked", lambda owner, _li, now: owner.revoke_token(now["token"])),
    ("offer.made", lambda owner, _li, _now: owner.offer("care", TERMS)),
    ("offer.withdrawn", lambda owner, _li, now: owner.withdraw(now["offer"])),
    (
        "agreement.requested agreement.signed",
        lambda _owner, li, now: li.request("city/care", purpose="linkage", offer=now["open"]),
    ),
    (
        "agreement.countered agreement.signed",
        lambda owner, _li, now: owner.approve(now["request"], terms="columns: [region]"),
    ),
    ("agreement.signed agreement.agreed", lambda owner, _li, now: owner.approve(now["request"])),
    ("agreement.rejected", lambda owner, _li, now: owner.reject(now["request"], why="no")),
    ("agreement.suspended", lambda owner, _li, now: owner.suspend(now["agreement"], why="no")),
    ("agreement.resumed", lambda owner, _li, now: owner.resume(now["suspended"])),
    ("agreement.revoked", lambda owner, _li, now: owner.revoke(now["agreement"], why="no")),
    ("agreement.expired", lambda owner, _li, now: expire(owner.node.metastore, now["later"])),
    ("read.intent", lambda _owner, li, now: li.query("SELECT * FROM care", agreements=[now["agreement"]])),
    ("read.ended", lambda owner, _li, now: settle_abandoned(owner.node.metastore, now["later"])),
)


@pytest.fixture
def prepared(node: Node, owner: Session, li: Session) -> Iterator[Prepared]:
    """Give one thing in each state that an act begins from; one agreement ends, and one read is left, later."""
    suspended = agreed(node, li)
    owner.suspend(suspended, why="test")
    short = agreed(node, li, TERMS + "period: P1D")
    offer = owner.offer("care", TERMS)["id"]
    begun = li.query("SELECT * FROM care", agreements=[short])
    yield {
        "agreement": agreed(node, li),
        "suspended": suspended,
        "offer": offer,
        "open": owner.offer("care", "{}")["id"],
        "request": li.request("city/care", purpose="epidemic-statistics", offer=offer)["id"],
        "token": owner.new_token("acme/li")["prefix"],
        "later": node.clock.now() + timedelta(days=2),
    }
    begun.close()


@pytest.mark.parametrize(("kinds", "act"), ACTS, ids=[kinds for kinds, _ in ACTS])
def test_17_each_state_change_has_one_event_in_its_transaction(
    node: Node, owner: Session, li: Session, prepared: Prepared, kinds: str, act: Callable[..., Any]
) -> None:
    before = content(node)
    whole = node.metastore.transaction

    @contextmanager
    def failing() -> Iterator[Connection]:
        with whole() as connection:
            yield connection
            raise Lost

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node.metastore, "transaction", failing)
        with pytest.raises(Lost):
            act(owner, li, prepared)
    assert content(node) == before
    answer = act(owner, li, prepared)
    after = content(node)
    assert [row["kind"] for row in after["event"] if row not in before["event"]] == kinds.split()
    assert sum(after[name] != before[name] for name in after) > 1
    if kinds == "read.intent":
        answer.close()  # settles it, which is a change of its own


def content(node: Node) -> dict[str, list[dict[str, Any]]]:
    """Return every row of the metastore."""
    with node.metastore.read() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in schema.metadata.sorted_tables
        }


# ── 18 and 21 ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_18_erasing_a_payload_leaves_proofs_valid(node: Node, owner: Session, li: Session, tmp_path: Path) -> None:
    agreed(node, li)
    event = li.query("SELECT * FROM care WHERE phone <> 'CANARY'").receipt["event"]
    sequence(node)
    with node.metastore.transaction() as connection:
        held = receipt(connection, event)
        erase(connection, event, actor="city/steward", why="asked for", time=node.clock.now())
    owner.export_log(tmp_path / "out")
    assert owner.verify_log()["ok"]
    assert includes(leaf_hash(held.commitment), held.path, index=held.position, size=held.size, root=held.root)
    verified = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "out" / "verify.py"), str(tmp_path / "out")], check=False
    )
    assert verified.returncode == 0
    assert "CANARY" not in "".join(file.read_text("utf-8") for file in (tmp_path / "out").iterdir() if file.is_file())
    assert "CANARY" not in str(content(node))


def test_21_restored_old_state_never_serves(
    node: Node, owner: Session, li: Session, metastore_address: str, rewind: Callable[[str], Callable[[], None]]
) -> None:
    """Neither through the gate nor from a file that was shared before; what else such a node does: tests/node."""
    agreement = agreed(node, li, "columns: [region]")
    (table,) = sharing.Shares().tables(li)
    shared = releasing.release(li, table, most_rows=None)
    token = owner.new_token("acme/li")["token"]
    file = {"token": token, "agreement": agreement, "reading": shared.reading, "name": shared.files[0].name}
    sequence(node)
    put_back = rewind(metastore_address)
    Downloads(node, "test").open(**file).close()
    owner.revoke(agreement, why="done")
    sequence(node)
    node.close()
    put_back()
    with open_node(node.directory, clock=node.clock) as restored:
        assert restored.owner_session("test").agreement(agreement)["state"] == "active"
        for act in (
            lambda: restored.local_session("acme/li", "test").query("SELECT * FROM care"),
            lambda: restored.owner_session("test").query("SELECT * FROM care"),
            lambda: Downloads(restored, "test").open(**file),
        ):
            with pytest.raises(TryAgain) as caught:
                act()
            assert caught.value.code == "log-behind-witness"
