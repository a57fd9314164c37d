"""What the engine spilled to disk and a killed process left behind: raw rows, which must not lie about."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SPILLED = re.compile(r"duckdb_temp_(\d+)_.*")


def sweep(folder: Path) -> int:
    """Remove the spilled files of processes that no longer run, and return how many."""
    left = [path for path in folder.glob("duckdb_temp_*") if _is_left(path.name)]
    for path in left:
        path.unlink(missing_ok=True)  # another process may sweep at the same time
    return len(left)


def sweep_of(folder: Path, process: int) -> None:
    """Remove what one process spilled that is known to be gone."""
    for path in folder.glob(f"duckdb_temp_{process}_*"):
        path.unlink(missing_ok=True)


def _is_left(name: str) -> bool:
    found = _SPILLED.fullmatch(name)
    if found is None:
        return False
    try:
        os.kill(int(found[1]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False
