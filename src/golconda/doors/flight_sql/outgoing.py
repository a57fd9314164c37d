"""An answer on its way out over gRPC, and the watch over all that are under way."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from golconda.doors.flight_sql.connections import cut
from golconda.doors.flight_sql.faults import spoken
from golconda.doors.wire.faults import cancelled
from golconda.kernel.errors import GolcondaError, TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from pyarrow import flight

    from golconda.node.answer import Answer

SLICE_BYTES = 2 * 2**20  # a client takes 16 MiB at a time, if it was not told otherwise
WATCH_SECONDS = 0.2
GRACE_SECONDS = 0.5  # for a stream that was stopped to end by itself
STALL_SECONDS = 60.0  # in which a client must take what is buffered for it


class Outgoing:
    """One call for rows: from the waiting for them to the last one. Ends when the call does."""

    def __init__(self, context: flight.ServerCallContext, *, principal: str, number: str) -> None:
        self.principal = principal
        self.number = number
        self.answer: Answer | None = None
        self._context = context
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._stopped: GolcondaError | None = None
        self._since = time.monotonic()
        self._is_with_client = False
        self._batch: pa.RecordBatch | None = None
        self._at = 0
        self._step = 1

    # ── the call's own thread ─────────────────────────────────────────────────────────────────────────────

    def hold(self, answer: Answer) -> None:
        """Take the answer in hand, before it is computed."""
        self.answer = answer
        self._batches = answer.plain_batches()
        if self._stopped is not None:
            answer.stop(self._stopped)

    def demand(self) -> None:
        """Raise if the call was stopped."""
        if self._stopped is not None:
            if self.answer is not None:
                self.answer.stop(self._stopped)
            raise self._stopped

    def __iter__(self) -> Outgoing:
        """Return itself: Flight takes a batch when the one before is on its way."""
        return self

    def __next__(self) -> pa.RecordBatch:
        """Return the next part of the answer, once it may leave."""
        self._is_with_client = False
        with spoken():
            self.demand()
            part = self._part()
        if part is None:
            raise StopIteration
        self._since, self._is_with_client = time.monotonic(), True
        return part

    def _part(self) -> pa.RecordBatch | None:
        while self._batch is None or self._at >= self._batch.num_rows:
            self._batch = next(self._batches, None)
            if self._batch is None:
                return None
            self._at = 0
            self._step = max(1, SLICE_BYTES * self._batch.num_rows // max(1, self._batch.nbytes))
        if self._at and self.answer is not None:
            self.answer.check()
        part = self._batch.slice(self._at, self._step)
        self._at += self._step
        return part

    def end(self) -> None:
        """Give everything back; what went out is settled."""
        closing = getattr(self._batches, "close", None)
        try:
            if closing is not None:
                closing()
        finally:
            if self.answer is not None:
                self.answer.close()

    # ── the watch's thread ────────────────────────────────────────────────────────────────────────────────

    def stop(self, why: GolcondaError) -> None:
        """End the call; it is told why, if it is there to be told."""
        self._stopped = self._stopped or why
        if self.answer is not None:
            self.answer.stop(self._stopped)

    def look(self, now: float) -> None:
        """Stop what nobody waits for any more; cut off a client who holds on to what may not leave any longer."""
        if self._stopped is None:
            if self._context.is_cancelled():
                self.stop(cancelled())
            elif (why := self._revoked()) is not None:
                self.stop(why)
            elif self._is_with_client and now - self._since > STALL_SECONDS:
                self.stop(_stalled())
            if self._stopped is not None:
                self._since_stop = now
        elif self._is_with_client and now - self._since_stop > GRACE_SECONDS:
            cut(self._context.peer())

    def _revoked(self) -> GolcondaError | None:
        try:
            if self.answer is not None:
                self.answer.check()
        except GolcondaError as why:
            return why
        return None

    _since_stop = 0.0


class Watch:
    """Looks at every call a few times a second; idle servers look at nothing."""

    def __init__(self) -> None:
        self._calls: set[Outgoing] = set()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="golconda-flight-watch", daemon=True)
        self._thread.start()

    def add(self, call: Outgoing) -> None:
        """Watch a call."""
        with self._changed:
            self._calls.add(call)
            self._changed.notify()

    def discard(self, call: Outgoing) -> None:
        """Watch a call no longer: from here on its context is not touched."""
        with self._changed:
            self._calls.discard(call)

    def cancel(self, principal: str, number: str) -> bool:
        """Stop the calls that a ticket of a principal's began; False where there are none."""
        with self._changed:
            found = [call for call in self._calls if (call.principal, call.number) == (principal, number)]
            for call in found:
                call.stop(cancelled())
        return bool(found)

    def stop_all(self, why: GolcondaError) -> None:
        """Stop every call."""
        with self._changed:
            for call in self._calls:
                call.stop(why)

    def close(self) -> None:
        """End the watch."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._calls)
                if self._closed:
                    return
                now = time.monotonic()
                for call in self._calls:  # under the lock: a call that ends waits, and its context lives as long
                    call.look(now)
            time.sleep(WATCH_SECONDS)


def _stalled() -> TryAgain:
    return TryAgain(
        "reader-slow",
        f"Nothing of the answer was taken for {STALL_SECONDS:.0f} seconds.",
        hint="Read faster, or ask for less at a time.",
    )
