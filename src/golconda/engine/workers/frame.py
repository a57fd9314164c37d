"""A part of an answer as a worker sent it: an Arrow stream of its own, looked into and neither copied nor rewritten.

Whoever passes Arrow on takes `messages`, whoever makes something else of it `batches`; what is charged is the same.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_CONTINUED = b"\xff\xff\xff\xff"
_LENGTH = struct.Struct("<i")


@dataclass(frozen=True, slots=True)
class Frame:
    """Some batches, perhaps none: counted here and not by the worker, whose word is not taken for what is charged."""

    stream: memoryview
    schema: pa.Schema
    batches: tuple[pa.RecordBatch, ...]

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return sum(batch.num_rows for batch in self.batches)

    @property
    def size(self) -> int:
        """Return the bytes of the values, as Arrow counts them."""
        return sum(batch.nbytes for batch in self.batches)

    @property
    def messages(self) -> memoryview:
        """Return the stream without its schema and its end, to stand among others of the same schema."""
        return self.stream[_first_message(self.stream) : len(self.stream) - len(END_OF_STREAM)]


def read(stream: memoryview) -> Frame:
    """Look into a stream; raise `pa.ArrowException` where it is none."""
    import pyarrow as pa

    reader = pa.ipc.open_stream(pa.py_buffer(stream))
    return Frame(stream, reader.schema, tuple(reader))


def _first_message(stream: memoryview) -> int:
    """Return where the schema ends: a mark, its length, itself; it has no body (Arrow's format, "Encapsulated")."""
    at = len(_CONTINUED) if stream[: len(_CONTINUED)] == _CONTINUED else 0
    length: int = _LENGTH.unpack_from(stream, at)[0]
    return at + _LENGTH.size + length
