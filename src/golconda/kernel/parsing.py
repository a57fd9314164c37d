"""SQLGlot's parsers, kept from reading one text again and again.

``INT(INT(INT(x)))`` is tried as a type and then as a call, at every bracket: with forty of them for years.
"""

from __future__ import annotations

_FREE, _PER_TOKEN = 1_000, 20  # honest queries go back less than once a token


class ReadTooOftenError(Exception):
    """The parser went back so often that its time no longer grows with the text."""


class Bounded:
    """What a parser of SQLGlot is made with, before SQLGlot's own class; one object for each text."""

    _went_back = 0

    def _retreat(self, index: int) -> None:
        self._went_back += 1
        if self._went_back > _FREE + _PER_TOKEN * len(self._tokens):  # type: ignore[attr-defined]  # of the other class
            raise ReadTooOftenError
        super()._retreat(index)  # type: ignore[misc]
