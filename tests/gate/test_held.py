"""What is held back comes out as it went in, and is not held at all beyond what its limits bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from golconda.gate.held import Held
from golconda.kernel.errors import AccessRefused, TryAgain
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from pathlib import Path

BATCHES = [pa.record_batch({"n": [number, None], "text": [f"t{number}", "é"]}) for number in range(5)]


@pytest.mark.parametrize("in_memory", [0, 60, 10_000])
def test_batches_come_back_whole_and_in_order(in_memory: int, tmp_path: Path) -> None:
    held = Held(BATCHES[0].schema, tmp_path, in_memory=in_memory)
    for batch in BATCHES:
        held.add(batch)
    assert list(held) == BATCHES
    held.close()


def test_an_answer_beyond_its_limit_is_given_up_before_its_end(tmp_path: Path) -> None:
    with care_node(tmp_path) as node:
        li = reader(node)
        agreed(node, li, "purposes: [epidemic-statistics]\nlimits: {rows: 10, per: day}")
        crossed = ", ".join(f"care c{number}" for number in range(16))  # 5 to the 16th rows: nobody could wait for all
        with pytest.raises(AccessRefused, match="10 rows"):
            li.query(f"SELECT c0.region FROM {crossed}").rows()
        (meter,) = li.agreements()["agreements"][0]["meters"]
        assert meter["used"] == 0


def test_what_does_not_fit_in_memory_goes_where_the_node_spills(tmp_path: Path) -> None:
    held = Held(BATCHES[0].schema, tmp_path / "gone", in_memory=0)
    with pytest.raises(TryAgain) as caught:
        held.add(BATCHES[0])
    assert caught.value.code == "disk-full"
