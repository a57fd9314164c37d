"""Files a person names: read with one clear sentence for each way it can fail."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from pathlib import Path


def read_text(path: Path) -> str:
    """Return a file's text, or raise ``file-missing``, ``file-unreadable`` or ``file-encoding``."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound("file-missing", f"There is no file {path}.", hint="Check the path.") from None
    except UnicodeDecodeError:
        raise InvalidInput(
            "file-encoding", f"{path} is not UTF-8 text.", hint="Save it as UTF-8 and try again."
        ) from None
    except OSError as error:
        raise InvalidInput(
            "file-unreadable",
            f"{path} cannot be read: {error.strerror}.",
            hint="Check what it is and its permissions.",
        ) from error


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read, or raise ``file-exists``."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InvalidInput(
            "file-exists", f"{path} is there already.", hint="Choose another name or remove it first."
        ) from None
    except OSError as error:
        raise InvalidInput(
            "file-unwritable", f"{path} cannot be written: {error.strerror}.", hint="Choose another place."
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
