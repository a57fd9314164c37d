"""Signed checkpoints, in the formats other witnesses read: C2SP signed-note and tlog-checkpoint.

A checkpoint is three lines (origin, size, root in base 64), an empty line, and a line for each signature. The
signer's name is the origin; a witness adds lines of its own under its own name.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

_ED25519 = b"\x01"  # signed-note's number for it
_DASH = "\u2014 "
_HASH_BYTES = 32


class Signer(Protocol):
    """Whoever holds a private key of Ed25519."""

    @property
    def id(self) -> str:
        """Return the key's id."""
        ...

    @property
    def public(self) -> bytes:
        """Return the 32 bytes of the public key."""
        ...

    def sign(self, content: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log claims to be: `size` leaves under `root`.

    >>> Checkpoint("example.com/log", 0, bytes(32)).text().splitlines()[:2]
    ['example.com/log', '0']
    """

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def signed(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the checkpoint as a note signed in the name of its origin."""
    text = checkpoint.text()
    tag = _tag(checkpoint.origin, signer.public)
    return f"{text}\n{_DASH}{checkpoint.origin} {b64encode(tag + signer.sign(text.encode())).decode()}\n"


def opened(note: str, keys: Iterable[bytes]) -> Checkpoint:
    """Return a note's checkpoint if one of these public keys signed it in the name of its origin.

    Lines of other signers are passed over, as signed-note wants it. Raises ``checkpoint-invalid``.
    """
    checkpoint, signatures = parsed(note)
    tags = {_tag(checkpoint.origin, key): key for key in keys}
    known = [(tags[signature[:4]], signature[4:]) for signature in signatures if signature[:4] in tags]
    if not known:
        raise _invalid("no known key has signed it")
    if not all(_is_signature(key, value, checkpoint.text().encode()) for key, value in known):
        raise _invalid("its signature is wrong")
    return checkpoint


def parsed(note: str) -> tuple[Checkpoint, list[bytes]]:
    """Read a note, trusting nothing: its checkpoint and what was signed in the name of its origin."""
    text, gap, tail = note.partition("\n\n")
    lines = text.split("\n")
    if not gap or len(lines) != 3 or not lines[0] or not lines[1].isascii() or not lines[1].isdigit():
        raise _invalid("it is not of three lines: origin, size and root")
    root = _bytes(lines[2])
    if len(root) != _HASH_BYTES or str(int(lines[1])) != lines[1]:
        raise _invalid("its size or root is not written as it must be")
    checkpoint = Checkpoint(lines[0], int(lines[1]), root)
    starts = f"{_DASH}{checkpoint.origin} "
    return checkpoint, [_bytes(line[len(starts) :]) for line in tail.split("\n") if line.startswith(starts)]


def origin_of(text: str) -> str:
    """Return `text` if it can be the name of a log and of its key, else raise ``origin-invalid``."""
    if text and not any(letter.isspace() or letter == "+" for letter in text):
        return text
    raise InvalidInput("origin-invalid", f"{text!r} cannot name a log.", hint="Use neither spaces nor +.")


def verifier_key(origin: str, public: bytes) -> str:
    """Return the key as other witnesses take it: ``name+tag+base64``."""
    return f"{origin}+{_tag(origin, public).hex()}+{b64encode(_ED25519 + public).decode()}"


def _tag(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _is_signature(public: bytes, signature: bytes, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid("it holds what is no base 64") from None


def _invalid(why: str) -> InvalidInput:
    return InvalidInput(
        "checkpoint-invalid",
        f"This is no checkpoint of this log: {why}.",
        hint="Give the note as the node handed it out, unchanged.",
    )
