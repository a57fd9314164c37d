"""Bytes of an answer while they arrive, and the Arrow table they make once they are all there."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Arriving:
    """The pieces of an answer; pulling them raises if the answer breaks off."""

    pieces: Iterator[bytes]
    receipt: Mapping[str, Any]  # a JSON document; empty where the format itself carries it


def whole(arriving: Arriving) -> tuple[pa.Table, dict[str, Any]]:  # a JSON document
    """Return the table, and the receipt with what was charged for a table of this size."""
    import pyarrow as pa

    source = _Source(arriving.pieces)
    try:
        table = pa.ipc.open_stream(source).read_all()
    except pa.ArrowInvalid as error:
        raise TryAgain(
            "answer-broken",
            "The answer is no whole Arrow stream, so nothing of it is used.",
            hint="The agreement may just have ended: see `golconda agreements`. Else ask again.",
        ) from error
    source.finish()
    receipt = dict(arriving.receipt)
    receipt.setdefault("charged", {"queries": 1, "rows": table.num_rows, "bytes": table.nbytes})
    return table, receipt


class _Source(io.RawIOBase):
    """A file over pieces. Arrow stops at the end mark; the response has still to end well."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # a writable buffer
        if not self._held:
            self._held = memoryview(next(self._pieces, b""))
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def read(self, size: int = -1) -> bytes:
        """Return exactly so many bytes unless the stream ends: Arrow takes less for the end."""
        parts, missing = [], size
        while missing != 0:
            if not self._held:
                self._held = memoryview(next(self._pieces, b""))
                if not self._held:
                    break
            part = self._held if missing < 0 else self._held[:missing]
            parts.append(part)
            self._held = self._held[len(part) :]
            missing -= len(part)
        return b"".join(parts)

    def finish(self) -> None:
        """Read on to the end of the response, which raises if it was cut."""
        for _ in self._pieces:
            pass
