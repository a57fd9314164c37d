"""What connectors of files have in common: the errors about paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput, NotFound
from golconda.kernel.names import repeated

if TYPE_CHECKING:
    from collections.abc import Sequence


def existing(address: str) -> Path:
    """Return the path, or raise ``file-missing`` or, if it cannot be looked at, ``file-unreadable``."""
    path = Path(address)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound("file-missing", f"There is no file {address}.", hint="Check the path.") from None
    except OSError as error:
        raise unreadable(path) from error
    return path


def unreadable(path: Path) -> InvalidInput:
    """Return the error for what is no file, or that this user may not read."""
    return InvalidInput(
        "file-unreadable",
        f"{path} cannot be read.",
        hint="Name a file, and check that this user may read it and the folders above it.",
    )


def refuse_repeated(path: Path, columns: Sequence[str]) -> None:
    """Raise ``column-duplicate`` where two columns have one name, case aside."""
    if twice := repeated(columns):
        raise InvalidInput(
            "column-duplicate",
            f"{path.name} has more than one column called {', '.join(twice)}.",
            hint="Names must differ in more than their case: rename the columns.",
        )
