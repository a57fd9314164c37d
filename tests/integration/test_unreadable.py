"""What this user may not read; root may read everything, so root becomes nobody for it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = """
import os, sys
from pathlib import Path
from golconda.integration.reading import sources
from golconda.kernel import plugin
from golconda.kernel.errors import GolcondaError
for name in plugin.names("connector"):
    plugin.load("connector", name)  # nobody may not read this Python
"".encode("utf-8-sig")
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
try:
    for source in sources.discover([sys.argv[1]]):
        source.connector.read(source.table, options={}, scratch=Path(sys.argv[2]))
    print("read")
except GolcondaError as error:
    print(error.code)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not below tmp_path, whose parents only its user may enter.
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _as_somebody_else(address: object, scratch: Path) -> str:
    command = [sys.executable, "-c", SCRIPT, str(address), str(scratch)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_file_one_may_not_read_is_one_sentence(folder: Path, name: str) -> None:
    (folder / name).write_text("a\n1\n")
    (folder / name).chmod(0)
    assert _as_somebody_else(folder / name, folder) == "file-unreadable"


@pytest.mark.parametrize("address", ["closed", "closed/a.csv", "closed/a.parquet"])
def test_a_folder_one_may_not_enter_is_one_sentence(folder: Path, address: str) -> None:
    (folder / "closed").mkdir()
    (folder / "closed" / "a.csv").write_text("a\n1\n")
    (folder / "closed").chmod(0)
    try:
        assert _as_somebody_else(folder / address, folder) == "file-unreadable"
    finally:
        (folder / "closed").chmod(0o755)
