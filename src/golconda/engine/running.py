"""A query under way, on whichever engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from golconda.engine.workers.frame import Frame


class Running(Protocol):
    """Begun, looked at, read to its end, stopped from another thread, closed; alike on every engine."""

    @property
    def is_overdue(self) -> bool:
        """Say whether it has been worked on for longer than allowed."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of the answer; the query begins if it has not."""
        ...

    @property
    def spill_bytes(self) -> int:
        """Return how much of the disk it may take."""
        ...

    def begin(self) -> object:
        """Compute until there is something to give, once."""
        ...

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches of the frames."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Yield the answer as it comes; raise what stopped the query, or its own fault without a value in it."""
        ...

    def stop(self, why: BaseException) -> None:
        """End it from another thread; its reader is told `why`."""
        ...

    def close(self) -> None:
        """Give everything back; safe to call twice."""
        ...
