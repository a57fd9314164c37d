"""Data files: hashed, synced to disk and read-only before any table names them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.kernel.errors import Defect

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file of a snapshot. `path` is relative to the storage root, with slashes."""

    path: str
    size: int
    sha256: str
    rows: int

    def document(self) -> dict[str, str | int]:
        """Return it as JSON."""
        return {"path": self.path, "size": self.size, "sha256": self.sha256, "rows": self.rows}


def hash_of(file: Path) -> str:
    """Return the hex SHA-256 of a file, in one reading."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def copy(source: Path, target: Path) -> str:
    """Copy a file's bytes and return their hex SHA-256, in one reading of the source."""
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
    return digest.hexdigest()


def seal(file: Path) -> None:
    """Make a file's bytes outlast a power cut, and refuse further writing."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    file.chmod(0o444)


def sync_folder(folder: Path) -> None:
    """Make a folder's entries outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def verify(file: Path, expected: DataFile) -> None:
    """Raise ``file-altered`` unless a file is there with the size and the hash that were recorded."""
    if not file.is_file() or file.stat().st_size != expected.size or hash_of(file) != expected.sha256:
        raise Defect(
            "file-altered",
            f"{expected.path} in the storage is not the file that was recorded.",
            hint="Do not edit the storage by hand; restore it from a backup, or publish again.",
        )
