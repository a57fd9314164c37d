"""Byte ranges of a file (RFC 9110 §14): one range, since nobody who reads Parquet asks for several."""

from __future__ import annotations

import re
from dataclasses import dataclass

from golconda.kernel.errors import InvalidInput

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `first` up to but without `end`."""

    first: int
    end: int

    @property
    def length(self) -> int:
        """Return how many bytes."""
        return self.end - self.first

    def content_range(self, size: int) -> str:
        """Return the value of the content-range header."""
        return f"bytes {self.first}-{self.end - 1}/{size}"


def span(header: str | None, size: int) -> Span | None:
    """Return the range a header asks for, None for the whole file, or raise ``range-unsatisfiable``.

    >>> span("bytes=0-99", 50), span("bytes=-8", 50), span(None, 50)
    (Span(first=0, end=50), Span(first=42, end=50), None)
    """
    if header is None or not header.strip().lower().startswith("bytes="):
        return None
    asked = _ONE.fullmatch(header.replace(" ", "").lower())
    if asked is None or asked.groups() == ("", ""):
        raise _unsatisfiable(header, size)
    first, last = asked.groups()
    if not first:
        found = Span(max(size - int(last), 0), size)
    else:
        found = Span(int(first), min(int(last) + 1, size) if last else size)
    if found.length <= 0:
        raise _unsatisfiable(header, size)
    return found


def _unsatisfiable(header: str, size: int) -> InvalidInput:
    return InvalidInput(
        "range-unsatisfiable",
        f"The range {header[:60]!r} cannot be given from {size} bytes.",
        hint="Ask for one range that begins within the file.",
        status=416,
        size=size,
    )
