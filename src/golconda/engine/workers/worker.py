"""A worker at work: it answers one query at a time until the node is gone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import duckdb

from golconda.engine.faults import is_fatal, timed_out, translated
from golconda.engine.workers.instances import Instances
from golconda.engine.workers.limits import confine, resident
from golconda.engine.workers.outgoing import Outgoing, stream_of
from golconda.engine.workers.vigil import Job, Vigil
from golconda.engine.workers.wire import Kind, Receiver, fault_bytes, hello_of, request_of
from golconda.kernel.errors import GolcondaError, InvalidInput

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    import pyarrow as pa

    from golconda.engine.workers.instances import Instance
    from golconda.engine.workers.wire import Request

_BATCH_ROWS = 16_384  # so that a batch of many columns stays in the tens of megabytes
PIECE = 256 * 1024
_MOST_BATCHES = 500  # of one frame
LARGEST_PIECE = 16 * 2**20
LARGEST_ROW = 512 * 2**20


class Worker:
    """Answers what comes over a socket."""

    def __init__(self, asked: socket.socket, told: socket.socket) -> None:
        self._outgoing = Outgoing(asked)
        self._receiver = Receiver(asked)
        self._told = told

    def run(self) -> None:
        """Answer until the node is gone."""
        first = self._receiver.frame()
        if first is None:
            return
        hello = hello_of(first[1])
        self._vigil = Vigil(self._told, confine(hello.memory))
        self._most_kept = resident() + hello.memory // 4
        self._instances = Instances(hello)
        self._instances.prepare()
        self._outgoing.final(Kind.READY)
        while (frame := self._receiver.frame()) is not None:
            self._answer(request_of(frame[1]))
            self._tidy()

    def _tidy(self) -> None:
        """Make ready for the next query, while the last one's answer is on its way."""
        if self._vigil.resident > self._most_kept:
            self._instances.drop()
            self._vigil.resident = 0
        self._instances.prepare()

    def _answer(self, request: Request) -> None:
        try:
            instance = self._instance(request)
            if instance is None:
                self._outgoing.final(Kind.SETUP_WANTED)
                return
        except Exception as error:
            self._fail(error if isinstance(error, GolcondaError) else translated(error), leaving=is_fatal(error))
            return
        job = Job(request.number, request.seconds, instance.connection)
        try:
            with self._vigil.over(job):
                self._stream(request, instance, job)
        except BrokenPipeError:
            os._exit(0)
        except Exception as error:
            self._fail(_fault(error, job), leaving=is_fatal(error))

    def _instance(self, request: Request) -> Instance | None:
        found = self._instances.kept(request.key)
        if found is None and request.setup is not None:
            found = self._instances.made(request.key, request.source, request.setup)
        return found

    def _stream(self, request: Request, instance: Instance, job: Job) -> None:
        """Send an answer in one frame if it is small, else frame by frame, as the node takes them."""
        with job.at_work():
            reader = begun(instance, request)
        schema = reader.schema
        held: list[pa.RecordBatch] = []
        size, is_small = 0, True
        for batch in _batches(reader, job):
            held.append(batch)
            size += batch.nbytes
            if size > PIECE or len(held) == _MOST_BATCHES:
                self._outgoing.part(stream_of(schema, held))
                held, size, is_small = [], 0, False
        if is_small and not request.parameters:
            instance.note_small(request.sql)
        self._outgoing.final(Kind.LAST, *stream_of(schema, held))

    def _fail(self, fault: GolcondaError, *, leaving: bool) -> None:
        """Say why there is no answer; an engine that broke is given up with its process."""
        self._outgoing.final(Kind.FAULT, fault_bytes(fault, leaving=leaving))
        if leaving:
            os._exit(0)


def _fault(error: Exception, job: Job) -> GolcondaError:
    if job.overdue:
        return timed_out()
    return error if isinstance(error, GolcondaError) else translated(error)


def begun(instance: Instance, request: Request) -> pa.RecordBatchReader:
    """Begin a query, streaming.

    `sql` binds a query before it is run and binds it again, 0.7 of the 1.7 ms that a point read takes the engine;
    `execute` does not, but keeps the whole answer. What both are made of is not public, so it may be gone one day.
    """
    parameters = dict(request.parameters) or None
    sql = request.sql if parameters else instance.planned(request.sql)
    submit = getattr(instance.connection, "_submit", None)
    if submit is None:
        return instance.connection.sql(sql, params=parameters).to_arrow_reader(_BATCH_ROWS)
    return submit(sql, parameters, "stream", _BATCH_ROWS).arrow_reader()


def _batches(reader: pa.RecordBatchReader, job: Job) -> Iterator[pa.RecordBatch]:
    """Yield the batches in slices of bounded size."""
    while True:
        with job.at_work():
            batch = next(reader, None)
        if batch is None:
            return
        if batch.nbytes <= LARGEST_PIECE:
            yield batch
        else:
            yield from _sliced(batch, job)


def _sliced(batch: pa.RecordBatch, job: Job) -> Iterator[pa.RecordBatch]:
    rows = max(1, batch.num_rows * LARGEST_PIECE // batch.nbytes)
    for start in range(0, batch.num_rows, rows):
        piece = batch.slice(start, rows)
        if piece.nbytes > LARGEST_ROW:
            raise InvalidInput(
                "query-too-large",
                "A row of the answer is larger than what one query may give at once.",
                hint="Read fewer or shorter columns.",
            )
        if job.stopped or job.overdue:
            raise duckdb.InterruptException
        yield piece
