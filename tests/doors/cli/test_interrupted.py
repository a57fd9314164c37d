"""Ctrl-C in a long command: one line, status 130, and nothing half done."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from golconda.node.open import open_node
from golconda.testing.nodes import care_node

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENDLESS = "SELECT care.region FROM care, range(10000000) AS a, range(1000) AS b"
PATIENCE_SECONDS = 60


@pytest.fixture
def city(tmp_path: Path) -> Path:
    care_node(tmp_path).close()
    rows = "".join(f"{number},{os.urandom(20).hex()}\n" for number in range(400_000))
    (tmp_path / "large.csv").write_text(f"id,text\n{rows}", encoding="utf-8")
    return tmp_path / "city"


def interrupted(city: Path, *words: str, when: Callable[[], object]) -> tuple[int, str]:
    """Run a command, send it what Ctrl-C sends once `when` holds, and return its status and what it says."""
    command = [sys.executable, "-m", "golconda", *words, "--node", str(city)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        until(when, process)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, told.lstrip("\n")  # the terminal shows ^C before it


def until(holds: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until a condition holds, as long as the process lives."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert process.poll() is None
        assert time.monotonic() < end
        select.select([], [], [], 0.01)


def test_a_publish_leaves_no_version_and_no_litter(city: Path) -> None:
    staging = city / ".golconda" / "lake"

    def begun() -> bool:
        return any("pub-" in file.name or "pub-" in str(file.parent) for file in staging.rglob("part-0.parquet"))

    words = ("publish", str(city.parent / "large.csv"), "--as", "large")
    assert interrupted(city, *words, when=begun) == (130, "Stopped.\n")
    with open_node(city) as node:
        assert [found["name"] for found in node.owner_session("test").products()["products"]] == ["city/care"]
        assert node.lake.stagings() == ()


def test_an_answer_to_a_file_leaves_no_file(city: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    def begun() -> bool:
        return any(file.stat().st_size for file in folder.iterdir())

    words = ("query", ENDLESS, "--format", "csv", "-o", str(folder / "answer.csv"))
    assert interrupted(city, *words, when=begun) == (130, "Stopped.\n")
    assert list(folder.iterdir()) == []
    with open_node(city) as node:
        (ended,) = node.owner_session("test").log(kind="read.ended")["entries"]
        assert ended["payload"]["outcome"] != "whole"


def test_it_may_come_before_anything_begins(city: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "golconda", "products", "--node", str(city)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("sqlalchemy" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        told = [line for line in process.stderr if not line.startswith("import time:")]
    assert (process.returncode, "".join(told).strip()) in [(130, "Stopped."), (0, "")]
