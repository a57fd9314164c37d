"""Times mean the same wherever the node runs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from golconda.engine.governed import Allowance, GovernedEngine
engine = GovernedEngine(Allowance(), spill_directory=Path(sys.argv[1]))
(batch,) = engine.run("SELECT CAST(TIMESTAMPTZ '2020-01-01 00:00:00+00' AS VARCHAR) AS t", {}, frozenset())
sys.stderr.write(batch.to_pylist()[0]["t"])
"""


def test_queries_run_in_utc_whatever_the_machine_says(tmp_path: Path) -> None:
    elsewhere = {**os.environ, "TZ": "Asia/Shanghai"}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], env=elsewhere, capture_output=True, text=True, check=True
    )
    assert "2020-01-01 00:00:00+00" in ended.stderr
