"""What node and worker say to each other: frames of a kind and a length, over a pair of sockets.

The worker's answers are read as Arrow and JSON alone, never unpickled: the engine behind them is not trusted.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import Defect, GolcondaError, InvalidInput, TryAgain

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

Value = bytes | str | float | bool | date | None

_FAULTS = {kind.__name__: kind for kind in (InvalidInput, TryAgain, Defect)}
_HEAD = struct.Struct("<II")
TOO_LARGE = 91  # statuses with which a worker ends itself
TOO_LONG = 92
_NUMBER = struct.Struct("<Q")
_AT_ONCE = 64 * 1024
_MOST_PIECES = 500  # of one system call; the system takes 1024


class Kind(IntEnum):
    """What a frame is."""

    HELLO = 1  # to the worker: settings
    RUN = 2  # to the worker: a query
    READY = 3  # from the worker, once
    PART = 4  # an Arrow stream of some batches; more comes
    LAST = 5  # an Arrow stream of the last batches, perhaps none
    FAULT = 6  # why there is no answer, or no more of it
    SETUP_WANTED = 7  # the instance is not open here: say how to set it up


_KINDS = frozenset(int(kind) for kind in Kind)
FINAL = frozenset({Kind.LAST, Kind.FAULT, Kind.SETUP_WANTED})


@dataclass(frozen=True, slots=True)
class Trial:
    """The leak test as text: write a file, set an instance up on it, and try each query; see engine/leak_test.py."""

    writing: Sequence[str]
    setup: Sequence[str]
    queries: Sequence[str]
    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class Hello:
    """What a worker is told first: how instances are opened, its memory in bytes, and the trials by kind of source."""

    config: Mapping[str, Any]  # DuckDB takes text, numbers and booleans
    memory: int
    trials: Mapping[str, Trial]


@dataclass(frozen=True, slots=True)
class Request:
    """One query: `key` names the instance to run on and `setup` opens it; `source` is the trial to pass before."""

    number: int
    key: str
    source: str
    sql: str
    parameters: Mapping[str, Value]
    seconds: float
    setup: Sequence[str] | None = None


class Receiver:
    """Reads frames from a socket, in one call where a frame is small."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._left = b""
        self._is_midway = False

    @property
    def has_more(self) -> bool:
        """Say whether bytes were read beyond the last frame."""
        return bool(self._left)

    def frame(self) -> tuple[Kind, memoryview] | None:
        """Return the next frame, or None once the other side is gone, or nobody can tell where the next one begins.

        That is so after a call that was interrupted midway, as Ctrl-C does, and after a frame of no kind.
        """
        if self._is_midway:
            return None
        self._is_midway = True
        found = self._next()
        self._is_midway = found is None
        return found

    def _next(self) -> tuple[Kind, memoryview] | None:
        read = self._left or self._connection.recv(_AT_ONCE)
        while read and len(read) < _HEAD.size:
            more = self._connection.recv(_AT_ONCE)
            read = read + more if more else b""
        if not read:
            return None
        number, length = _HEAD.unpack_from(read)
        if number not in _KINDS:
            return None
        kind = Kind(number)
        end = _HEAD.size + length
        self._left = read[end:]
        if len(read) >= end:
            return kind, memoryview(read)[_HEAD.size : end]
        payload = self._filled(memoryview(read)[_HEAD.size :], length)
        return None if payload is None else (kind, payload)

    def _filled(self, begun: memoryview, length: int) -> memoryview | None:
        import pyarrow as pa

        whole = memoryview(pa.allocate_buffer(length)).cast("B")
        at = len(begun)
        whole[:at] = begun
        while at < length:
            count = self._connection.recv_into(whole[at:])
            if not count:
                return None
            at += count
        return whole


def send(connection: socket.socket, kind: Kind, *pieces: bytes | memoryview) -> None:
    """Send one frame of some pieces, waiting for the other side to take it."""
    whole = [memoryview(piece) for piece in pieces]
    whole.insert(0, memoryview(_HEAD.pack(kind, sum(piece.nbytes for piece in whole))))
    for start in range(0, len(whole), _MOST_PIECES):
        _send_all(connection, whole[start : start + _MOST_PIECES])


def _send_all(connection: socket.socket, pieces: Sequence[memoryview]) -> None:
    sent = connection.sendmsg(pieces)
    for piece in pieces:
        if sent < piece.nbytes:
            connection.sendall(piece[sent:])
        sent = max(0, sent - piece.nbytes)


def hello_bytes(hello: Hello) -> bytes:
    """Return what a worker is told first, as it travels."""
    return json.dumps(asdict(hello)).encode()


def hello_of(payload: memoryview) -> Hello:
    """Read what `hello_bytes` wrote."""
    told = json.loads(bytes(payload))
    trials = {source: Trial(**trial) for source, trial in told.pop("trials").items()}
    return Hello(**told, trials=trials)


def request_bytes(request: Request) -> bytes:
    """Return a query as it travels."""
    parameters = {name: _written(value) for name, value in request.parameters.items()}
    fields = (request.number, request.key, request.source, request.sql, parameters, request.seconds, request.setup)
    return json.dumps(fields).encode()


def request_of(payload: memoryview) -> Request:
    """Read what `request_bytes` wrote."""
    number, key, source, sql, parameters, seconds, setup = json.loads(bytes(payload))
    values = {name: _read(value) for name, value in parameters.items()}
    return Request(number, key, source, sql, values, seconds, setup)


def _written(value: Value) -> Any:  # what JSON can hold
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _read(value: Any) -> Value:  # as `_written` gives it
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]  # text, a number, a truth value or nothing
    ((kind, text),) = value.items()
    readers: dict[str, Callable[[str], Value]] = {
        "bytes": bytes.fromhex,
        "time": datetime.fromisoformat,
        "date": date.fromisoformat,
    }
    return readers[kind](text)


def number_bytes(number: int) -> bytes:
    """Return the number of a query to stop, as it travels on the second socket."""
    return _NUMBER.pack(number)


def number_of(last: bytes) -> int:
    """Read the last number of those that came."""
    found: int = _NUMBER.unpack(last[-_NUMBER.size :])[0]
    return found


def fault_bytes(fault: GolcondaError, *, leaving: bool) -> bytes:
    """Return a fault as it travels; `leaving`: the worker ends with it."""
    return json.dumps([type(fault).__name__, fault.code, fault.message, fault.hint, leaving]).encode()


def fault_of(payload: memoryview) -> tuple[GolcondaError, bool]:
    """Read what `fault_bytes` wrote."""
    kind, code, message, hint, leaving = json.loads(bytes(payload))
    return _FAULTS[kind](code, message, hint=hint), leaving
