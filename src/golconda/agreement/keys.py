"""Keys on disk: one file each, mode 600, made once even when two processes want it at the same time."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from golconda.kernel.errors import AccessRefused, InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_OWNER = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MASTER = "master.key"


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key (RFC 8032) from its 32-byte seed, which no text or log ever shows."""

    owner: str
    _seed: bytes

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed)

    @cached_property
    def public(self) -> bytes:
        """Return the 32 bytes others verify with."""
        return self._private.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """Return the name of the public key: 32 hex digits of its SHA-256."""
        return key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey(owner={self.owner!r}, id={self.id!r})"


def key_id(public: bytes) -> str:
    """Return the name of a public key: 32 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:32]


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether the signature is this key's over exactly these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class KeyStore:
    """The keys of a node in one directory: a signing key per owner, and one master secret for pseudonyms."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def signing(self, owner: str) -> SigningKey:
        """Return the owner's signing key (``node`` or an organisation), made on first use."""
        if not _OWNER.fullmatch(owner):
            raise InvalidInput("name-invalid", f"{owner!r} owns no key.", hint="Name an organisation, or node.")
        return SigningKey(owner, self._secret(f"{owner}.ed25519"))

    def pseudonym(self, scope: str) -> bytes:
        """Return 32 bytes of a scope such as ``agreement:agr-…``: HKDF-SHA256 of the master (RFC 5869)."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        information = b"golconda pseudonym 1\x00" + scope.encode()
        return HKDF(SHA256(), 32, salt=None, info=information).derive(self._secret(_MASTER))

    def _secret(self, name: str) -> bytes:
        file = self._directory / name
        if not file.exists():
            self._create(file)
        return _read(file)

    def _create(self, file: Path) -> None:
        """Write the secret beside its place and link it there: the first to link wins, nobody sees a part."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        try:
            _write(draft, secrets.token_bytes(32))
            os.link(draft, file)
            _persist(self._directory)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)


def _write(file: Path, secret: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(secret)
        out.flush()
        os.fsync(out.fileno())


def _persist(directory: Path) -> None:
    """Make the link itself survive a power cut, else a signed statement could outlive its key."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(file: Path) -> bytes:
    with file.open("rb") as source:
        mode = os.fstat(source.fileno()).st_mode
        secret = source.read(64)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AccessRefused(
            "key-permissions",
            f"The key file {file.name} can be read by others than its owner.",
            hint=f"Run chmod 600 {file}, and replace the key if others may have read it.",
        )
    if len(secret) != 32:
        raise InvalidInput("key-invalid", f"The key file {file.name} is damaged.", hint="Restore it from a backup.")
    return secret
