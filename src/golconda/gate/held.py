"""An answer that may not leave before it is known to fit: in memory while it is small, then in a nameless file."""

from __future__ import annotations

import os
import tempfile
from typing import IO, TYPE_CHECKING

from golconda.engine.faults import too_large
from golconda.engine.workers import frame as frames
from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from golconda.engine.workers.frame import Frame

IN_MEMORY = 64 * 2**20


class Held:
    """Frames, given back in the order in which they came; `folder` takes at most `most` bytes of them. Close it."""

    def __init__(self, folder: Path, *, most: int, in_memory: int = IN_MEMORY) -> None:
        self._folder = folder
        self._memory_left = in_memory
        self._disk_left = most
        self._first: list[Frame] = []
        self._file: IO[bytes] | None = None
        self._lengths: list[int] = []

    def add(self, frame: Frame) -> None:
        """Hold one more frame, or raise ``query-too-large`` or ``disk-full``."""
        length = len(frame.stream)
        if self._file is None and length <= self._memory_left:
            self._memory_left -= length
            self._first.append(frame)
            return
        self._disk_left -= length
        if self._disk_left < 0:
            raise too_large()
        try:
            self._write(frame.stream)
        except OSError as error:
            raise _full() from error
        self._lengths.append(length)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames."""
        yield from self._first
        start = 0
        for length in self._lengths:
            yield self._read(start, length)
            start += length

    def close(self) -> None:
        """Let go of all; the file is gone with its last handle."""
        self._first = []
        if self._file is not None:
            self._file.close()

    def _write(self, rest: memoryview) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - closed by `close`
        while rest:
            rest = rest[self._file.write(rest) :]

    def _read(self, start: int, length: int) -> Frame:
        import pyarrow as pa

        whole = memoryview(pa.allocate_buffer(length)).cast("B")
        if self._file is None or os.preadv(self._file.fileno(), [whole], start) != length:
            raise _lost()
        return frames.read(whole)


def _full() -> TryAgain:
    return TryAgain(
        "disk-full",
        "The node has no disk left to hold the answer until it is known to fit its limits.",
        hint="Ask for less at a time, or try again later.",
    )


def _lost() -> TryAgain:
    return TryAgain("files-unreachable", "What the node held of the answer cannot be read back.", hint="Try again.")
