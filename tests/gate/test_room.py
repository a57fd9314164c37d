"""So many reads may be open at once, and no organisation takes all of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.gate.room import MOST_OF_ONE, Room
from golconda.kernel.errors import GolcondaError, TryAgain
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from pathlib import Path


def test_one_organisation_leaves_room_for_others() -> None:
    room = Room(3, of_one=2)
    room.enter("acme")
    room.enter("acme")
    with pytest.raises(TryAgain, match="acme has 2 reads open"):
        room.enter("acme")
    room.enter("other")
    with pytest.raises(TryAgain, match="has 3 reads open"):
        room.enter("third")
    room.leave("acme")
    room.enter("third")


def test_reads_left_open_make_the_next_wait_until_one_is_closed(tmp_path: Path) -> None:
    with care_node(tmp_path) as node:
        li = reader(node)
        agreed(node, li)
        answers = [li.query("SELECT region FROM care") for _ in range(MOST_OF_ONE)]
        with pytest.raises(TryAgain) as busy:
            li.query("SELECT region FROM care")
        assert busy.value.code == "node-busy"
        answers.pop().close()
        answers.append(li.query("SELECT region FROM care"))
        for answer in answers:
            answer.close()


def test_reads_that_fail_or_end_take_no_room(tmp_path: Path) -> None:
    with care_node(tmp_path) as node:
        li = reader(node)
        agreed(node, li)
        for _ in range(MOST_OF_ONE + 1):
            assert li.query("SELECT count(*) FROM care").rows() == [(3,)]
            with pytest.raises(GolcondaError):
                li.query("SELECT nothing FROM care")
            with pytest.raises(GolcondaError):
                li.query("SELECT region::INT FROM care").rows()
