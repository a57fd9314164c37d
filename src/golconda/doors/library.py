"""The owner's side in Python: ``golconda.open(directory)``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from golconda.node.open import open_node
from golconda.node.session import Session

if TYPE_CHECKING:
    from os import PathLike

DOOR = "python"


@dataclass(frozen=True, slots=True)
class OwnNode(Session):
    """Every use case as the owning organisation's steward. Close it, or use it in a ``with`` block."""

    def close(self) -> None:
        """Give everything back."""
        self.node.close()

    def __enter__(self) -> OwnNode:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def open_own(directory: str | PathLike[str]) -> OwnNode:
    """Open the node in a directory, or raise ``not-a-node``."""
    node = open_node(Path(directory))
    return OwnNode(node, node.owner_session(DOOR).principal, DOOR)
