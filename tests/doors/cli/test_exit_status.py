"""The exit status says how it went, for scripts."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from golconda.testing.nodes import care_node

if TYPE_CHECKING:
    from pathlib import Path


def status(node: Path, *words: str) -> int:
    command = [sys.executable, "-m", "golconda", *words, "--node", str(node)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_verifying_a_log_that_does_not_hold_fails(tmp_path: Path) -> None:
    care_node(tmp_path).close()
    assert status(tmp_path / "city", "audit", "verify") == 0
    with closing(sqlite3.connect(tmp_path / "city" / ".golconda" / "metastore.db")) as metastore:
        metastore.execute("UPDATE event SET payload = '{}' WHERE kind = 'product.published'")
        metastore.commit()
    assert status(tmp_path / "city", "audit", "verify") == 1
