"""A read let in, on its way out: an answer is whole or an error, and each ends in exactly one settlement.

Where a limit counts rows or bytes the answer is held back until it is known to fit; else it streams.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from golconda.engine.workers.frame import END_OF_STREAM
from golconda.gate.counting import rows
from golconda.gate.held import Held
from golconda.gate.reserve import exhausted
from golconda.gate.revocation import Watched
from golconda.gate.settle import Settlement, settle
from golconda.kernel.errors import Defect, GolcondaError, InvalidInput, TryAgain
from golconda.metastore.readings import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from golconda.engine.running import Running
    from golconda.engine.workers.frame import Frame
    from golconda.gate.decide import Permit
    from golconda.gate.reserve import Admission
    from golconda.gate.revocation import Watch
    from golconda.gate.settle import Owed
    from golconda.kernel.clock import Clock
    from golconda.metastore.database import Metastore

Part = TypeVar("Part")


class Release:
    """One answer, as batches or as Arrow. Read it once, to its end, or close it; both settle it."""

    def __init__(
        self,
        admission: Admission,
        permit: Permit,
        *,
        metastore: Metastore,
        clock: Clock,
        watch: Watch,
        owed: Owed,
        spill: Path,
        left: Callable[[], object],
    ) -> None:
        self._admission = admission
        self._permit = permit
        self._metastore = metastore
        self._clock = clock
        self._watch = watch
        self._owed = owed
        self._spill = spill
        self._left: Callable[[], object] | None = left
        self._watched = Watched(permit.agreements, permit.leans)
        self._running: Running | None = None
        self._settled = False
        self._rows = 0
        self._bytes = 0

    def start(self, run: Callable[[], Running]) -> None:
        """Start the query, watched from its beginning; a fault while starting settles the read and is raised."""
        try:
            self._running = self._watched.running = run()
            self._watch.add(self._watched)
            self._watched.check()  # it may have been stopped before there was a query to stop
            self._running.begin()
        except BaseException as error:
            self._fail(error)
            self.close()
            raise

    @property
    def permit(self) -> Permit:
        """Return what the read was decided to be."""
        return self._permit

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of the answer."""
        return self._under_way.schema

    @property
    def _under_way(self) -> Running:
        if self._running is None:
            raise Defect("release-unstarted", "The read was never started.", hint="Report it.")
        return self._running

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; raise what ends the read early, never a partial answer that looks whole."""
        return self._released(lambda frame: frame.batches)

    def ipc(self) -> Iterator[memoryview]:
        """Yield the answer as an Arrow stream in pieces, as its worker laid them out; its end only after settlement."""
        yield memoryview(self.schema.serialize())
        yield from self._released(lambda frame: (frame.messages,) if frame.batches else ())
        yield memoryview(END_OF_STREAM)

    def _released(self, parts: Callable[[Frame], Iterable[Part]]) -> Iterator[Part]:
        try:
            for frame in self._held_back() if self._must_fit() else self._streamed():
                for part in parts(frame):
                    self._watched.check()
                    yield part
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            self.close()

    def check(self) -> None:
        """Raise if the read was stopped: for whoever still holds bytes of it."""
        self._watched.check()

    def stop(self, why: GolcondaError) -> None:
        """End the read from another thread; whoever takes its next batch is told why."""
        self._watched.stop(why)

    def close(self) -> None:
        """End the read; what was released before counts. Safe to call twice."""
        self._watch.discard(self._watched)
        if self._running is not None:
            self._running.close()
        self._leave()
        if not self._settled:
            self._settle(Outcome.SETTLED)

    def receipt(self) -> dict[str, Any]:
        """Return what was charged and where the log will show it; complete once the last batch is out."""
        return {
            "reading": self._admission.intent.id,
            "event": self._admission.event.uid,
            "purpose": self._permit.purpose,
            "agreements": list(self._permit.agreements),
            "charged": {"queries": 1, "rows": self._rows, "bytes": self._bytes},
            "log": {"promised_within_seconds": 5, "commitment": self._admission.event.commitment.hex()},
        }

    def _leave(self) -> None:
        """Make room for another read, once."""
        left, self._left = self._left, None
        if left is not None:
            left()

    def _must_fit(self) -> bool:
        return any(charge.limit.what != "queries" for charge in self._permit.charges)

    def _streamed(self) -> Iterator[Frame]:
        yield from self._counted()
        self._settle(Outcome.SETTLED)

    def _held_back(self) -> Iterator[Frame]:
        """Compute all, book it, and only then let it out; what no limit could bear is given up at once."""
        with closing(Held(self._spill, most=self._under_way.spill_bytes)) as held:
            for frame in self._counted():
                self._demand_bearable()
                held.add(frame)
            self._settle(Outcome.SETTLED)
            yield from held

    def _demand_bearable(self) -> None:
        counted = {"rows": self._rows, "bytes": self._bytes}
        for charge in self._permit.charges:
            if counted.get(charge.limit.what, 0) > charge.limit.most:
                raise exhausted(charge)

    def _counted(self) -> Iterator[Frame]:
        for frame in self._under_way.frames():
            self._rows += sum(map(rows, frame.batches))
            self._bytes += frame.size
            yield frame

    def _settle(self, outcome: Outcome) -> None:
        held_back = outcome is not Outcome.SETTLED and self._must_fit()
        due = Settlement(
            self._admission.intent,
            outcome,
            self._permit.charges,
            rows=0 if held_back else self._rows,
            size=0 if held_back else self._bytes,
        )
        try:
            with self._metastore.transaction() as connection:
                settle(connection, due, now=self._clock.now())
        except TryAgain:
            self._owed.remember(due)
            self._settled = True
            raise
        self._settled = True

    def _fail(self, error: BaseException) -> None:
        """Settle a read that did not end well, once: the reader's own errors are charged, the node's are not."""
        if self._settled:
            return
        if isinstance(error, GeneratorExit) and not self._must_fit():
            self._settle(Outcome.SETTLED)  # the reader went away; what went out counts
            return
        self._settle(_outcome(error))


def _outcome(error: BaseException) -> Outcome:
    """Say who is to blame: an error of the query's may tell something, so it costs one; a fault of ours nothing."""
    if isinstance(error, (InvalidInput, GeneratorExit)):
        return Outcome.FAILED
    if isinstance(error, GolcondaError) and error.code in {
        "query-timeout",
        "query-cancelled",
        "limit-reached",
        "agreement-not-in-force",
        "source-not-in-force",
    }:
        return Outcome.FAILED
    if isinstance(error, (TryAgain, Defect)) or not isinstance(error, GolcondaError):
        return Outcome.REFUNDED
    return Outcome.FAILED
