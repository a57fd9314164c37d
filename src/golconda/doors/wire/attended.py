"""A reader who waits for an answer's first byte: gone before it, the query is stopped. `Stream` sees to the rest."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from golconda.doors.wire.faults import cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Scope

    from golconda.node.answer import Answer


class Reader:
    """Whoever waits; the answer is known once the query is let in, which may be after its reader has left."""

    def __init__(self) -> None:
        self._answer: Answer | None = None
        self._gone = False

    def awaits(self, answer: Answer) -> None:
        """Take the answer in hand, before it is computed."""
        self._answer = answer
        if self._gone:
            answer.stop(cancelled())

    def leaves(self) -> None:
        """Stop the query."""
        self._gone = True
        if self._answer is not None:
            self._answer.stop(cancelled())


@contextmanager
def attended(scope: Scope) -> Iterator[Reader]:
    """Give the reader of one request; the server tells in the block when its connection is lost."""
    reader = Reader()
    lost = scope.get("state", {}).get("lost", _nothing)
    lost(reader.leaves)
    try:
        yield reader
    finally:
        lost(None)


def _nothing(_: object) -> None:
    """Tell nobody: this server does not know."""
