"""An answer that may not leave before it is known to fit: in memory while it is small, then in a nameless file."""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING

from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

IN_MEMORY = 64 * 2**20


class Held:
    """Batches of one schema, given back in the order in which they came; `folder` is where they spill. Close it."""

    def __init__(self, schema: pa.Schema, folder: Path, *, in_memory: int = IN_MEMORY) -> None:
        self._schema = schema
        self._folder = folder
        self._room = in_memory
        self._first: list[pa.RecordBatch] = []
        self._file: IO[bytes] | None = None
        self._writer: pa.RecordBatchStreamWriter | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        """Hold one more batch, or raise ``disk-full``."""
        if self._writer is None and batch.nbytes <= self._room:
            self._room -= batch.nbytes
            self._first.append(batch)
            return
        try:
            self._written().write_batch(batch)
        except OSError as error:
            raise _full() from error

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches."""
        import pyarrow as pa

        yield from self._first
        if self._file is not None and self._writer is not None:
            self._writer.close()
            self._file.seek(0)
            yield from pa.ipc.open_stream(self._file)

    def close(self) -> None:
        """Let go of all; the file is gone with its last handle."""
        self._first = []
        if self._file is not None:
            self._file.close()

    def _written(self) -> pa.RecordBatchStreamWriter:
        import pyarrow as pa

        if self._writer is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by `close`
            self._writer = pa.ipc.new_stream(self._file, self._schema)
        return self._writer


def _full() -> TryAgain:
    return TryAgain(
        "disk-full",
        "The node has no disk left to hold the answer until it is known to fit its limits.",
        hint="Ask for less at a time, or try again later.",
    )
