"""The rest of an answer, taken from its worker so that others can have it; its reader follows at its own pace."""

from __future__ import annotations

import os
import tempfile
import threading
from collections import deque
from typing import TYPE_CHECKING

from golconda.engine.workers.wire import FINAL, Kind
from golconda.kernel.errors import GolcondaError, TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from golconda.engine.workers.process import Worker


class Spilled:
    """Frames in a nameless file of at most `most` bytes, written by a thread of its own."""

    def __init__(self, worker: Worker, folder: Path, *, most: int, done: Callable[[Worker], object]) -> None:
        self._worker = worker
        self._room = most
        self._done = done
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by whoever is last
        self._frames: deque[tuple[Kind, int, int]] = deque()
        self._end = 0
        self._fault: GolcondaError | None = None
        self._taken = False
        self._closed = False
        self._changed = threading.Condition()
        threading.Thread(target=self._take, name="golconda-spill", daemon=True).start()

    def answer(self) -> tuple[Kind, memoryview]:
        """Return the next frame, once it is there; raise what ended the answer early."""
        import pyarrow as pa

        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._fault or self._closed)
            if not self._frames:
                raise self._fault or _gone()
            kind, start, length = self._frames.popleft()
        whole = memoryview(pa.allocate_buffer(length)).cast("B")
        if os.preadv(self._file.fileno(), [whole], start) != length:
            raise _gone()
        return kind, whole

    def close(self) -> None:
        """Want no more; the file is gone with its last user."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if self._taken:
                self._file.close()

    def _take(self) -> None:
        try:
            self._take_all()
        except GolcondaError as fault:
            self._fault = fault
        except OSError:
            self._fault = _full()
        finally:
            self._done(self._worker)
            with self._changed:
                self._taken = True
                self._changed.notify_all()
                if self._closed:
                    self._file.close()

    def _take_all(self) -> None:
        kind = Kind.PART
        while kind not in FINAL and not self._closed:
            kind, payload = self._worker.answer()
            self._room -= len(payload)
            if self._room < 0:
                raise _too_slow()
            self._write(payload)
            with self._changed:
                self._frames.append((kind, self._end, len(payload)))
                self._end += len(payload)
                self._changed.notify_all()

    def _write(self, payload: memoryview) -> None:
        while payload:
            payload = payload[self._file.write(payload) :]


def _full() -> TryAgain:
    return TryAgain(
        "disk-full",
        "The node has no disk left for an answer that is read more slowly than it is made.",
        hint="Read faster or ask for less at a time, or try again later.",
    )


def _too_slow() -> TryAgain:
    return TryAgain(
        "reader-slow",
        "The answer was read too slowly while others waited, and its rest is more than the node may keep.",
        hint="Read faster, or ask for less at a time.",
    )


def _gone() -> TryAgain:
    return TryAgain("query-stopped", "The query was stopped before it ended.", hint="Ask again.")
