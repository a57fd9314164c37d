"""A worker as the node sees it: a process, a socket for queries and answers, another to stop it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from golconda.engine.faults import timed_out, too_large
from golconda.engine.workers import wire
from golconda.engine.workers.wire import FINAL, Kind
from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from golconda.engine.workers.wire import Hello, Request
    from golconda.kernel.errors import GolcondaError

_PROGRAM = "golconda.engine.workers"
_ENDED_BY_ITSELF = {wire.TOO_LARGE: too_large, wire.TOO_LONG: timed_out}
_SOURCES = str(Path(__file__).parents[3])
# What Python and the libraries need to start; tokens and passwords are not among it.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV")
_ALLOCATING = {
    # Arrow's own pool reserves a gigabyte at a time, which would count as taken (limits.py).
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    # What batches lie in is freed and wanted again at once; given back to the system meanwhile, it would be cleared
    # page by page for each batch anew: half of the page faults of a large answer (glibc; bytes).
    "MALLOC_TRIM_THRESHOLD_": str(32 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
}
_END_SECONDS = 2.0


class Worker:
    """One worker process. It answers one query at a time; `is_busy` from the question to the end of the answer."""

    def __init__(self) -> None:
        self.number = 0
        self.is_busy = False
        self.is_leaving = False
        self.idle_since = 0.0
        self.knows: set[str] = set()  # instances, by key, that it was told how to set up
        self.socket, asked = socket.socketpair()
        self._control, told = socket.socketpair()
        self._receiver = wire.Receiver(self.socket)
        with asked, told:
            self._process = _started(asked, told)

    @property
    def pid(self) -> int:
        """Return the process's number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Say whether the process runs."""
        return self._process.poll() is None

    @property
    def has_more(self) -> bool:
        """Say whether something was read from the socket that was not asked for yet."""
        return self._receiver.has_more

    def greet(self, hello: Hello) -> None:
        """Say what holds for every query; it says READY when it has what it needs."""
        with suppress(OSError):  # it may be gone already, as reading from it will tell
            wire.send(self.socket, Kind.HELLO, wire.hello_bytes(hello))

    def pose(self, request: Request) -> None:
        """Ask a query; a worker that is gone is found out when its answer is read."""
        self.number = request.number
        self.is_busy = True
        with suppress(OSError):
            wire.send(self.socket, Kind.RUN, wire.request_bytes(request))

    def answer(self) -> tuple[Kind, memoryview]:
        """Return the next frame of the answer; raise why there is none."""
        try:
            frame = self._receiver.frame()
        except OSError:
            frame = None
        if frame is None:
            self.is_busy, self.is_leaving = False, True
            raise self._why_gone()
        if frame[0] in FINAL:
            self.is_busy = False
        if frame[0] is Kind.FAULT:
            fault, self.is_leaving = wire.fault_of(frame[1])
            raise fault
        return frame

    def stop(self, number: int) -> None:
        """Have a query end early; one that ended meanwhile is not concerned."""
        with suppress(OSError):
            self._control.send(wire.number_bytes(number), socket.MSG_DONTWAIT)

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def end(self) -> None:
        """Let the process go and wait until it is gone; it leaves when nobody can talk to it any more."""
        self.is_leaving = True
        for connection in (self.socket, self._control):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _why_gone(self) -> GolcondaError:
        self._process.kill()  # it may have closed the socket only
        status = self._process.wait()
        return _ENDED_BY_ITSELF.get(status, _lost)()


def _started(asked: socket.socket, told: socket.socket) -> subprocess.Popen[bytes]:
    """Start the program in a group of its own: Ctrl+C is for the node, which ends its workers itself.

    What it writes goes nowhere, since an engine that breaks may print values.
    """
    ends = (asked.fileno(), told.fileno())
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-P", "-m", _PROGRAM, *map(str, ends)],
        pass_fds=ends,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        process_group=0,
    )


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith("PYTHON")}
    before = kept.get("PYTHONPATH")
    sources = f"{_SOURCES}{os.pathsep}{before}" if before else _SOURCES
    return {**kept, **_ALLOCATING, "PYTHONPATH": sources}


def _lost() -> TryAgain:
    return TryAgain(
        "worker-lost",
        "The process that answered the query ended before its answer did.",
        hint="Ask again; if it happens again, ask for less, and tell whoever runs the node.",
    )
