"""A worker's answers on their way: large frames leave from a thread of their own while the engine computes the next.

The socket holds less than one of them, so that sending and computing would take turns.
"""

from __future__ import annotations

import io
import os
import queue
import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from golconda.engine.workers.frame import END_OF_STREAM
from golconda.engine.workers.wire import Kind, send

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    Pieces = Sequence[bytes | memoryview]

_AHEAD = 1  # frames that wait beside the one being sent
_WORTH_LAYING_OUT = 64 * 1024  # bytes of a batch from which copying it costs more than handing out its parts


class Outgoing:
    """Sends frames in their order."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._waiting: queue.Queue[Pieces] = queue.Queue(_AHEAD)
        self._thread: threading.Thread | None = None

    def part(self, pieces: Pieces) -> None:
        """Have a frame sent, once there is room for it to wait."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="outgoing", daemon=True)
            self._thread.start()
        self._waiting.put(pieces)

    def final(self, kind: Kind, *pieces: bytes | memoryview) -> None:
        """Send what ends an answer, after all that went before."""
        if self._thread is not None:
            self._waiting.join()
        send(self._socket, kind, *pieces)

    def _run(self) -> None:
        while True:
            self._send(self._waiting.get())
            self._waiting.task_done()

    def _send(self, pieces: Pieces) -> None:
        try:
            send(self._socket, Kind.PART, *pieces)
        except OSError:
            os._exit(0)  # the node is gone


def stream_of(schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> Pieces:
    """Return batches as an Arrow stream, in pieces that need no copying together."""
    size = sum(batch.nbytes for batch in batches)
    if size > _WORTH_LAYING_OUT * len(batches) or any(pa.types.is_dictionary(kind) for kind in schema.types):
        return _laid_out(schema, batches)
    return [memoryview(schema.serialize()), *(memoryview(batch.serialize()) for batch in batches), END_OF_STREAM]


def _laid_out(schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> Pieces:
    """Return the columns where they lie, with what belongs between them."""
    sink = _Pieces()
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.written


class _Pieces(io.RawIOBase):
    """Keeps what is written without copying it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[memoryview] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:  # whatever has a buffer
        piece = memoryview(content)
        self.written.append(piece)
        return piece.nbytes
