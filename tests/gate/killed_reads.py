"""Reads a product in children that are killed at random points. Run by test_crashes.py in a process of its own,
so that what is forked holds no thread and no connection of the tests."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from golconda.gate import query, release  # noqa: F401 - imported before forking, so that children begin at once
from golconda.node.open import open_node


def read_on(directory: Path) -> None:
    """Read again and again until killed."""
    with open_node(directory) as node:
        session = node.local_session("acme/li", "test")
        while True:
            session.query("SELECT * FROM care").document()
            os.write(1, b".")


def main(directory: Path, seed: int, times: int) -> None:
    """Kill so many readers, each at a random moment of its reading."""
    chance = random.Random(seed)  # noqa: S311 - a seed for repeating, no secret
    for _ in range(times):
        ready, told = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(told, 1)
            read_on(directory)
        os.close(told)
        for _ in range(chance.randint(1, 4)):
            os.read(ready, 1)
        os.close(ready)
        time.sleep(chance.uniform(0, 0.02))  # the moment of death is what is varied, nothing is waited for
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
