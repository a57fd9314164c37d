"""What connectors of files have in common: the errors about paths and about names of columns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput, NotFound
from golconda.kernel.names import repeated

if TYPE_CHECKING:
    from collections.abc import Sequence

# Control characters but line ends and tabs, which spreadsheets leave in names, and what turns text around.
_UNPRINTABLE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")


def existing(address: str) -> Path:
    """Return the path, or raise ``file-missing`` or, if it cannot be looked at, ``file-unreadable``."""
    path = Path(address)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound("file-missing", f"There is no file {address}.", hint="Check the path.") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise unreadable(path) from error
    return path


def regular(address: str) -> Path:
    """Return the path of a file with bytes of its own, not a folder, a pipe or a device, or raise."""
    path = existing(address)
    if not path.is_file():
        raise unreadable(path)
    return path


def unreadable(path: Path) -> InvalidInput:
    """Return the error for what is no file, or that this user may not read."""
    return InvalidInput(
        "file-unreadable",
        f"{str(path)!r} cannot be read." if not str(path).isprintable() else f"{path} cannot be read.",
        hint="Name a file, and check that this user may read it and the folders above it.",
    )


def check_columns(path: Path, columns: Sequence[str]) -> None:
    """Raise ``column-duplicate`` where two columns have one name, case aside, or ``column-unprintable``."""
    if twice := repeated(columns):
        raise InvalidInput(
            "column-duplicate",
            f"{path.name} has more than one column called {', '.join(twice)}.",
            hint="Names must differ in more than their case: rename the columns.",
        )
    if place := next((place for place, name in enumerate(columns, start=1) if _UNPRINTABLE.search(name)), None):
        raise InvalidInput(
            "column-unprintable",
            f"The name of column {place} of {path.name} has a character that is not printed.",
            hint="Rename the column: such names look like others, or act on a terminal.",
        )
