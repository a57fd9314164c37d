"""Acts on a node from several processes at once. The forks are made before any engine has threads.

python actors.py read NODE PROCESSES TIMES     each process reads so often; print what each read came to
python actors.py hold NODE                     begin an answer, print its reading, keep it open until killed
python actors.py act NODE PROCESSES TIMES      each process makes tokens and sequences the log
python actors.py publish NODE MARK TIMES       publish so many versions, each row marked MARK, MARK + 1, …
python actors.py kill NODE MARK TIMES SEED     the same, each publish killed at a random moment
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from golconda.gate import query, release  # noqa: F401 - imported before forking, so that children begin at once
from golconda.kernel.errors import GolcondaError
from golconda.node import publish  # noqa: F401
from golconda.node.jobs import sequence
from golconda.node.open import open_node
from golconda.node.recover import recover

if TYPE_CHECKING:
    from collections.abc import Callable

SQL = "SELECT count(*) FROM care"


def say(text: object) -> None:
    """Write a line at once and in one piece."""
    os.write(1, f"{text}\n".encode())


def at_once(processes: int, action: Callable[[int], None]) -> None:
    """Run an action in so many forks, which begin together."""
    ready, go = os.pipe(), os.pipe()
    children = [_fork(number, action, ready[1], go) for number in range(processes)]
    for _ in children:
        os.read(ready[0], 1)
    os.close(go[1])  # all of them see the end of the pipe at the same moment
    for child in children:
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(1)


def _fork(number: int, action: Callable[[int], None], ready: int, go: tuple[int, int]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(go[1])
            os.write(ready, b".")
            os.read(go[0], 1)
            action(number)
            status = 0
        finally:
            os._exit(status)
    return child


def read(directory: Path, times: int) -> None:
    """Read again and again; say ``served`` or the code of the refusal."""
    with open_node(directory) as node:
        session = node.local_session("acme/li", "test")
        for _ in range(times):
            try:
                session.query(SQL).document()
                say("served")
            except GolcondaError as error:
                say(error.code)


def hold(directory: Path) -> None:
    """Begin an answer and keep it open."""
    node = open_node(directory)
    answer = node.local_session("acme/li", "test").query("SELECT care.region FROM care, range(10000000)")
    batches = answer.batches()
    next(batches)
    say(answer.receipt["reading"])
    signal.pause()


def act(directory: Path, times: int) -> None:
    """Change state and sequence the log, as a command line does."""
    with open_node(directory) as node:
        for _ in range(times):
            node.owner_session("test").new_token("acme/li")
            sequence(node)


def publish_marked(directory: Path, mark: int) -> None:
    """Publish two tables, each of whose rows holds the mark."""
    folder = directory / f"sources-{mark}"
    folder.mkdir(exist_ok=True)
    rows = "".join(f"{number},{mark}\n" for number in range(200))
    for name in ("visits", "people"):
        (folder / f"{name}.csv").write_text(f"id,mark\n{rows}", encoding="utf-8")
    with open_node(directory) as node:
        sources = [str(folder / "visits.csv"), str(folder / "people.csv")]
        node.owner_session("test").publish(sources, name="pairs")


def publish_and_die(directory: Path, mark: int, seconds: float) -> None:
    """Publish in a fork that is killed after so many seconds, if it is not done by then."""
    ended, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            publish_marked(directory, mark)
        finally:
            os._exit(0)
    os.close(told)  # the child's end closes when it exits, so that waiting ends then
    select.select([ended], [], [], seconds)
    os.close(ended)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def kill(directory: Path, mark: int, times: int, seed: int) -> None:
    """Measure one publish, then kill others at random moments of it; each time the node settles what is left."""
    began = time.monotonic()
    at_once(1, lambda _: publish_marked(directory, mark))
    whole = time.monotonic() - began
    chance = random.Random(seed)  # noqa: S311 - a seed for repeating, no secret
    for number in range(1, times + 1):
        publish_and_die(directory, mark + number, chance.uniform(0, whole))
        at_once(1, lambda _: recover(open_node(directory)))
        say("killed")


def main(verb: str, directory: Path, *numbers: int) -> None:
    """Do what the arguments say."""
    match verb, *numbers:
        case "read", processes, times:
            at_once(processes, lambda _: read(directory, times))
        case ("hold",):
            hold(directory)
        case "act", processes, times:
            at_once(processes, lambda _: act(directory, times))
        case "publish", mark, times:
            for number in range(times):
                at_once(1, lambda _, now=mark + number: publish_marked(directory, now))  # type: ignore[misc]
                say("published")
        case "kill", mark, times, seed:
            kill(directory, mark, times, seed)


main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
