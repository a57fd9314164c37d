"""Killed at fifty random steps of a publish: readers see the old version or the new one, never a mixture.

Invariants 12 to 15 and 17: one pointer move for all tables; no mixture; no rejected row; no garbage taken that is
kept, none left; one event a version.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import publishing_kit as kit
import pytest

from golconda.metastore import catalog
from golconda.node.open import open_node
from golconda.node.publish import publish

DRIVER = Path(__file__).with_name("publish_driver.py")
DEATHS = 50
SEED = 20_261_124


def _drive(*arguments: object) -> list[str]:
    done = subprocess.run(
        [sys.executable, DRIVER, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def node(tmp_path: Path) -> Path:
    with kit.new_node(tmp_path / "city") as opened:
        publish(opened, kit.STEWARD, kit.write(tmp_path, **kit.marked(1)), name="care")
    return tmp_path / "city"


@pytest.mark.slow
def test_killed_anywhere_readers_see_one_version_or_the_other(node: Path) -> None:
    (steps,) = _drive(node, 2, "--count")
    fatal = random.Random(SEED).sample(range(1, int(steps) + 1), DEATHS)  # noqa: S311 - chance with a seed
    ends = [line.split(" ", 1) for line in _drive(node, 10, "--kill", *fatal)]
    assert [death for death, _ in ends].count("killed") >= DEATHS - 2  # collecting garbage varies by a step or two
    old, versions = 2, 2
    outcomes = set()
    for mark, (_, left) in enumerate(ends, start=10):
        found = json.loads(left)
        assert found["problems"] == []
        assert found["before"] in (_all(old), _all(mark))
        assert found["after"] in (found["before"], _all(mark))
        new = found["after"] == _all(mark)
        old, versions = (mark, versions + 1) if new else (old, versions)
        assert found["versions"] == list(range(versions, 0, -1))
        assert found["events"] == versions
        outcomes.add(new)
    assert outcomes == {True, False}


def _all(mark: int) -> dict[str, list[int]]:
    """Return what a reader sees of a version: both tables, one mark, no rejected row."""
    return {"visits": [mark], "people": [mark]}


@pytest.mark.parametrize("part", [0.2, 0.5, 0.75, 0.9])
def test_killed_in_the_first_publish_nothing_is_left_or_all_is_there(tmp_path: Path, part: float) -> None:
    for name in ("spare", "city"):
        kit.new_node(tmp_path / name).close()
    (steps,) = _drive(tmp_path / "spare", 1, "--count")
    (line,) = _drive(tmp_path / "city", 1, "--kill", int(int(steps) * part))
    found = json.loads(line.removeprefix("killed "))
    assert found["problems"] == []
    assert found["after"] in ({}, _all(1))


@pytest.mark.slow
def test_two_publishers_of_one_product_take_turns(node: Path) -> None:
    rounds = 8
    racers = [
        subprocess.Popen(
            [sys.executable, DRIVER, node, str(mark), "--race", str(rounds)], stdout=subprocess.PIPE, text=True
        )
        for mark in (100, 200)
    ]
    ends = [line for racer in racers for line in racer.communicate(timeout=280)[0].splitlines()]
    assert len(ends) == 2 * rounds
    assert set(ends) <= {"published", "lease-held"}
    with open_node(node) as opened:
        assert kit.problems(opened, "city/care") == []
        with opened.metastore.read() as connection:
            published = [version.number for version in catalog.versions(connection, "city/care")]
    assert published == list(range(1 + ends.count("published"), 0, -1))
