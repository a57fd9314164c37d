"""The few messages of Flight SQL, read and written by hand: protobuf's wire format is small, its libraries are not.

A message is a mapping from field numbers to what came under each, in order: whole numbers, and bytes for all else.
Numbers are those of FlightSql.proto and Flight.proto.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Fields = dict[int, "list[int | bytes]"]

TYPES = "type.googleapis.com/arrow.flight.protocol.sql."
_VARINT, _LONG, _BYTES, _SHORT = 0, 1, 2, 5
_FIXED = {_LONG: 8, _SHORT: 4}
_LONGEST_VARINT = 10


@dataclass(frozen=True, slots=True)
class Message:
    """A message by its name in FlightSql.proto."""

    name: str
    fields: Fields = field(default_factory=dict)

    def blob(self, number: int) -> bytes:
        """Return a field's bytes, empty where it is not there; of several the last counts."""
        found = self.fields.get(number, [b""])[-1]
        if not isinstance(found, bytes):
            raise _unreadable()
        return found

    def text(self, number: int) -> str | None:
        """Return a field's text, None where it is not there."""
        return _text(self.blob(number)) if number in self.fields else None

    def texts(self, number: int) -> tuple[str, ...]:
        """Return every text of a repeated field."""
        return tuple(_text(each) for each in self.fields.get(number, ()) if isinstance(each, bytes))

    def flag(self, number: int) -> bool:
        """Return whether a field is set and true."""
        return self.fields.get(number, [0])[-1] not in (0, b"")

    def numbers(self, number: int) -> tuple[int, ...]:
        """Return every number of a repeated field, packed or not."""
        found: list[int] = []
        for each in self.fields.get(number, ()):
            found += [each] if isinstance(each, int) else _packed(each)
        return tuple(found)


def packed(body: bytes) -> Message:
    """Return the message that a ``google.protobuf.Any`` holds, or raise ``flight-request-unreadable``."""
    outer = Message("Any", fields(body))
    address = outer.text(1) or ""
    if not address.startswith(TYPES):
        raise _unreadable()
    return Message(address.removeprefix(TYPES), fields(outer.blob(2)))


def pack(name: str, content: Mapping[int, Sequence[int | bytes]]) -> bytes:
    """Return the bytes of a message within a ``google.protobuf.Any``.

    >>> packed(pack("ActionCreatePreparedStatementResult", {1: [b"handle"]})).blob(1)
    b'handle'
    """
    return encode({1: [f"{TYPES}{name}".encode()], 2: [encode(content)]})


def encode_message(message: Message) -> bytes:
    """Return a message as `packed` reads it."""
    return pack(message.name, message.fields)


def encode(content: Mapping[int, Sequence[int | bytes]]) -> bytes:
    """Return the bytes of a message.

    >>> encode({1: [150], 2: [b"testing"]}).hex()
    '089601120774657374696e67'
    """
    return b"".join(_field(number, value) for number, values in content.items() for value in values)


def fields(body: bytes) -> Fields:
    """Return the fields of a message, or raise ``flight-request-unreadable``."""
    found: Fields = {}
    for number, value in _parts(memoryview(body)):
        found.setdefault(number, []).append(value)
    return found


def _parts(body: memoryview) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(body):
        key, at = _varint(body, at)
        number, kind = key >> 3, key & 7
        if not number:
            raise _unreadable()
        if kind == _VARINT:
            value, at = _varint(body, at)
            yield number, value
            continue
        length, at = _varint(body, at) if kind == _BYTES else (_FIXED.get(kind, -1), at)
        if length < 0 or at + length > len(body):
            raise _unreadable()
        yield number, bytes(body[at : at + length])
        at += length


def _varint(body: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_LONGEST_VARINT):
        if at + place >= len(body):
            break
        byte = body[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise _unreadable()


def _packed(body: bytes) -> list[int]:
    found: list[int] = []
    at = 0
    while at < len(body):
        value, at = _varint(memoryview(body), at)
        found.append(value)
    return found


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _number(number << 3 | _VARINT) + _number(value)
    return _number(number << 3 | _BYTES) + _number(len(value)) + value


def _number(value: int) -> bytes:
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise _unreadable() from None


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "flight-request-unreadable",
        "This is no message of Flight SQL that is known here.",
        hint="Use a Flight SQL client, such as adbc_driver_flightsql.",
    )
