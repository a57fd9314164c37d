"""Publish in a process of its own that is killed at a chosen step; the product knows nothing of this.

    python publish_driver.py NODE MARK --count           print how many steps a publish has
    python publish_driver.py NODE MARK --kill N [N …]    for each N: publish, die at step N, print what is left
    python publish_driver.py NODE MARK --race ROUNDS     publish again and again, print how each round ended

Each publish marks every row of its two tables with MARK, MARK + 1 and so on.

A step is the beginning or the end of a function that touches the disk or the metastore, or one SQL statement. Each
publish is a fork of this process, made before any engine has threads.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import publishing_kit as kit
from sqlalchemy import Engine, event

from golconda.engine.workshop import Workshop
from golconda.kernel.errors import GolcondaError
from golconda.lake import delta, files, recovery, staging
from golconda.lake.storage import Lake
from golconda.metastore import catalog, leases, publishing
from golconda.node import collect, contract_files, recover
from golconda.node.open import open_node
from golconda.node.publish import publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.node.node import Node

PRODUCT = "city/care"
TOUCHING: tuple[tuple[Any, str], ...] = (
    (Workshop, "write"),
    (staging, "take"),
    (staging, "finish"),
    (files, "seal"),
    (Lake, "open_staging"),
    (Lake, "place"),
    (Lake, "close_staging"),
    (delta, "commit"),
    (delta, "_create"),
    (delta, "_replace"),
    (recovery, "restore"),
    (contract_files, "keep"),
    (publishing, "begin"),
    (publishing, "judge"),
    (publishing, "move_pointer"),
    (recover, "move"),
    (collect, "collect_product"),
    (leases, "release"),
)


class Steps:
    """Counts steps, and ends the process at the fatal one as a power cut would."""

    def __init__(self, fatal: int | None) -> None:
        self.taken = 0
        self._fatal = fatal

    def take(self, *_: object) -> None:
        """Count one step."""
        self.taken += 1
        if self.taken == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Count from here on."""
        event.listen(Engine, "before_cursor_execute", self.take)
        event.listen(Engine, "commit", self.take)
        for owner, name in TOUCHING:
            setattr(owner, name, self._counted(getattr(owner, name)))

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def counted(*given: Any, **named: Any) -> Any:
            self.take()
            answer = function(*given, **named)
            self.take()
            return answer

        return counted


def forked(action: Callable[[], object]) -> str:
    """Run an action in a fork; return the JSON of what it gives, or ``killed``."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(writing, json.dumps(action()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    return "killed" if os.WIFSIGNALED(status) else answer


def attempt(directory: Path, mark: int, fatal: int | None = None) -> int:
    """Publish, dying at the fatal step if there is one; return the steps taken."""
    node = open_node(directory)
    folder = directory / f"sources-{mark}"
    folder.mkdir()
    sources = kit.write(folder, **kit.marked(mark))
    steps = Steps(fatal)
    steps.watch()
    publish(node, kit.STEWARD, sources, name=PRODUCT)
    return steps.taken


def seen(node: Node) -> dict[str, Any]:
    """Return what a reader finds: the marks of each table, and how many rows it has."""
    found = kit.rows(node, PRODUCT)
    return {table: sorted({row["mark"] for row in rows}) for table, rows in found.items()}


def aftermath(directory: Path) -> dict[str, Any]:
    """Return what is there after the death, and after the node has settled it."""
    node = open_node(directory)
    before = seen(node)
    recover.recover(node)
    collect.collect(node)
    with node.metastore.read() as connection:
        versions = [version.number for version in catalog.versions(connection, PRODUCT)]
        events = connection.exec_driver_sql("SELECT count(*) FROM event WHERE kind = 'product.published'").scalar_one()
    return {
        "before": before,
        "after": seen(node),
        "versions": versions,
        "events": events,
        "problems": kit.problems(node, PRODUCT),
    }


def race(directory: Path, mark: int) -> str:
    """Publish once beside others; return ``published`` or the code of the refusal."""
    try:
        attempt(directory, mark)
    except GolcondaError as error:
        return error.code
    return "published"


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("node", type=Path)
    parser.add_argument("mark", type=int)
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--kill", nargs="*", type=int, default=[])
    parser.add_argument("--race", type=int, default=0)
    given = parser.parse_args()
    if given.count:
        print(forked(partial(attempt, given.node, given.mark)))  # noqa: T201
    for mark, fatal in enumerate(given.kill, start=given.mark):
        death = forked(partial(attempt, given.node, mark, fatal))
        print(death, forked(partial(aftermath, given.node)), flush=True)  # noqa: T201
    for mark in range(given.mark, given.mark + given.race):
        print(race(given.node, mark), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
