"""What is held back comes out as it went in, and is not held at all beyond what its limits bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from golconda.engine.workers.frame import read
from golconda.gate.held import Held
from golconda.kernel.errors import AccessRefused, InvalidInput, TryAgain
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.engine.workers.frame import Frame

BATCHES = [pa.record_batch({"n": [number, None], "text": [f"t{number}", "é"]}) for number in range(5)]
PLENTY = 2**30


def frame(batch: pa.RecordBatch) -> Frame:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return read(memoryview(sink.getvalue()).cast("B"))


FRAMES = [frame(batch) for batch in BATCHES]


@pytest.mark.parametrize("in_memory", [0, 600, 10_000])
def test_frames_come_back_whole_and_in_order(in_memory: int, tmp_path: Path) -> None:
    held = Held(tmp_path, most=PLENTY, in_memory=in_memory)
    for each in FRAMES:
        held.add(each)
    assert [batch for each in held for batch in each.batches] == BATCHES
    held.close()


def test_more_than_a_query_may_take_of_the_disk_is_not_held(tmp_path: Path) -> None:
    held = Held(tmp_path, most=len(FRAMES[0].stream), in_memory=0)
    held.add(FRAMES[0])
    with pytest.raises(InvalidInput) as caught:
        held.add(FRAMES[1])
    assert caught.value.code == "query-too-large"
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
    held = Held(tmp_path / "gone", most=PLENTY, in_memory=0)
    with pytest.raises(TryAgain) as caught:
        held.add(FRAMES[0])
    assert caught.value.code == "disk-full"
