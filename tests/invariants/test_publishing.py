"""Invariants 12 to 15: a product moves as one, whatever dies; what is rejected never comes, what is used never goes."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from golconda.node.collect import collect
from golconda.testing.nodes import agreed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import Popen

    from golconda.node.node import Node
    from golconda.node.session import Session

MARKS = """
SELECT (SELECT min(mark) FROM pairs.visits), (SELECT max(mark) FROM pairs.visits), (SELECT count(*) FROM pairs.visits),
       (SELECT min(mark) FROM pairs.people), (SELECT max(mark) FROM pairs.people), (SELECT count(*) FROM pairs.people)
"""
EVERYTHING = "purposes: [epidemic-statistics]"


def marks(session: Session) -> tuple[int, ...]:
    """Return the least and greatest mark, and the rows, of both tables, in one query."""
    (row,) = session.query(MARKS).document()["rows"]
    return tuple(row)


def one(mark: int) -> tuple[int, ...]:
    """Return what `marks` gives of a version that is of one piece."""
    return (mark, mark, 200) * 2


@contextmanager
def reading(session: Session) -> Iterator[list[tuple[int, ...]]]:
    """Read with two readers at once as long as the block runs; give what they saw, in the order of the answers."""
    done, seen, failed = threading.Event(), list[tuple[int, ...]](), list[BaseException]()

    def read() -> None:
        try:
            while not done.is_set():
                seen.append(marks(session))
        except BaseException as error:
            failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        yield seen
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert failed == []


@pytest.fixture
def pairs(node: Node, li: Session, actors: Callable[..., Popen[str]]) -> Node:
    """Give the node with version 1 of the product ``pairs`` and an agreement of the reader's on it."""
    actors("publish", node.directory, 1, 1).communicate(timeout=60)
    agreed(node, li, EVERYTHING, product="city/pairs")
    return node


def test_12_one_pointer_move_publishes_all_tables_of_a_product(
    pairs: Node, li: Session, actors: Callable[..., Popen[str]]
) -> None:
    with reading(li) as seen:
        told, _ = actors("publish", pairs.directory, 2, 5).communicate(timeout=120)
    assert told.split() == ["published"] * 5
    assert set(seen) <= {one(mark) for mark in range(1, 7)}
    assert len(set(seen)) > 2
    assert marks(li) == one(6)


def test_13_killed_anywhere_readers_see_the_old_version_or_the_new(
    pairs: Node, li: Session, actors: Callable[..., Popen[str]]
) -> None:
    with reading(li) as seen:
        told, _ = actors("kill", pairs.directory, 10, 6, 20261124).communicate(timeout=120)
    assert told.split() == ["killed"] * 6
    assert set(seen) <= {one(mark) for mark in (1, *range(10, 17))}
    assert marks(li) in {one(mark) for mark in range(10, 17)}
    actors("publish", pairs.directory, 30, 1).communicate(timeout=60)
    assert marks(li) == one(30)


def test_14_a_rejected_row_is_in_no_later_version(owner: Session, tmp_path: Path) -> None:
    source = tmp_path / "stays.csv"
    for days in ("4", "4\n3,5", "4\n3,5\n4,6"):
        source.write_text(f"id,days\n1,3\n99999,2,ragged\n2,{days}\n", encoding="utf-8")
        owner.publish([str(source)], name="stays")
        assert owner.query("SELECT count(*) FROM stays WHERE id = 99999").document()["rows"] == [[0]]
    assert len(owner.product("stays")["versions"]) == 3
    files = list((owner.node.directory / ".golconda" / "lake" / "city" / "stays").rglob("*.parquet"))
    assert len(files) == 3
    assert all(99999 not in pq.read_table(file).column("id").to_pylist() for file in files)


def test_15_garbage_collection_removes_nothing_that_a_read_still_leans_on(
    node: Node, owner: Session, li: Session, tmp_path: Path
) -> None:
    agreed(node, li, EVERYTHING)
    (before,) = lake(node, "care")
    answer = li.query("SELECT sum(age), count(*) FROM care, range(1000)")
    for _ in range(node.config.versions_kept + 1):
        owner.publish([str(tmp_path / "visits.csv")], name="care")
    collect(node)
    assert before.is_file()
    assert answer.document()["rows"] == [["207000", 5000]]
    collect(node)
    assert not before.exists()
    assert len(lake(node, "care")) == node.config.versions_kept


def test_15_nor_what_is_staged(node: Node, owner: Session, tmp_path: Path) -> None:
    stages: list[str] = []

    def collecting(stage: str, *_: object) -> None:
        stages.append(stage)
        collect(node)

    owner.publish([str(tmp_path / "visits.csv")], name="other", progress=collecting)
    assert len(stages) > 2
    assert owner.query("SELECT count(*) FROM other").document()["rows"] == [[5]]


def test_15_nor_what_an_agreement_is_pinned_to(node: Node, owner: Session, li: Session, tmp_path: Path) -> None:
    agreed(node, li, EVERYTHING)
    source = tmp_path / "care.csv"
    source.write_text("region,days\nR1,3\n", encoding="utf-8")
    (node.directory / "contracts" / "care.odcs.yaml").unlink()  # a new one is drafted, which breaks the old
    for _ in range(node.config.versions_kept + 1):
        owner.publish([str(source)], name="care")
    collect(node)
    assert owner.query("SELECT count(*) FROM care").document()["rows"] == [[1]]
    assert li.query("SELECT count(*) FROM care").document()["rows"] == [[5]]


def lake(node: Node, product: str) -> list[Path]:
    return sorted((node.directory / ".golconda" / "lake" / "city" / product).rglob("*.parquet"))
