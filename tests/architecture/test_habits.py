"""Habits of the repository that no linter knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _text_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    suffixes = {".py", ".md", ".toml", ".txt", ".yaml", ".html", ".css", ".cedar", ""}
    files = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    return [file for file in files if file.suffix in suffixes and file.is_file()]


def test_constraints_hold_versions_and_no_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in lines)


def test_no_file_names_a_package_registry() -> None:
    registry = re.compile("py" r"pi\.org|python" r"hosted|npm" r"js|registry\.yarn", re.IGNORECASE)
    assert [file.name for file in _text_files() if registry.search(file.read_text("utf-8", errors="ignore"))] == []
