"""An Arrow stream while it arrives, and the table it makes once it is all there."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import TryAgain

if TYPE_CHECKING:
    from http.client import HTTPResponse

    import pyarrow as pa


def whole(response: HTTPResponse) -> pa.Table:
    """Return the table of an answer; one that breaks off anywhere before the response has ended well is none."""
    import pyarrow as pa

    try:
        table = pa.ipc.open_stream(_Source(response)).read_all()
    except pa.ArrowInvalid as error:
        raise TryAgain(
            "answer-broken",
            "The answer is no whole Arrow stream, so nothing of it is used.",
            hint="The agreement may just have ended: see `golconda agreements`. Else ask again.",
        ) from error
    response.read()  # Arrow stops at its own end mark; this raises if the response has not ended too
    return table


class _Source(io.RawIOBase):
    """A body as Arrow reads it: each message lands in memory that its columns then keep."""

    def __init__(self, response: HTTPResponse) -> None:
        super().__init__()
        self._response = response

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> Any:  # pyarrow.Buffer: Arrow takes whatever gives its bytes
        """Return exactly so many bytes unless the stream ends: Arrow takes less for the end."""
        import pyarrow as pa

        whole = pa.allocate_buffer(size)
        return whole.slice(0, self._filled(memoryview(whole)))

    read_buffer = read  # the name under which Arrow asks for what it will keep

    def _filled(self, place: memoryview) -> int:
        """Read until a place is full or the stream ends, and say how much of it is."""
        filled = 0
        while filled < len(place) and (count := self._response.readinto(place[filled:])):
            filled += count
        return filled
