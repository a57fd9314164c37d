"""What a killed process spilled is removed; what a living one uses stays."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from golconda.engine.spill import sweep

if TYPE_CHECKING:
    from pathlib import Path


def test_the_spilled_files_of_the_dead_are_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name in (f"duckdb_temp_{gone.pid}_0_storage_DEFAULT-0.tmp", f"duckdb_temp_{os.getpid()}_0_owner", "other"):
        (tmp_path / name).touch()
    assert sweep(tmp_path) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"duckdb_temp_{os.getpid()}_0_owner", "other"]
