"""What publishing needs of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from golconda.engine.workshop import Allowance

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.kernel.clock import Clock
    from golconda.lake.storage import Lake
    from golconda.metastore.database import Metastore
    from golconda.metastore.publishing import Signer


class Settings(Protocol):
    """What publishing may use of the machine, and how long it keeps versions."""

    @property
    def threads(self) -> int:
        """Return how many threads one publish may use."""
        ...

    @property
    def memory_megabytes(self) -> int:
        """Return how much memory it may use."""
        ...

    @property
    def spill_megabytes(self) -> int:
        """Return how much disk it may spill to."""
        ...

    @property
    def versions_kept(self) -> int:
        """Return how many versions of a product keep their files."""
        ...


class Keys(Protocol):
    """Who signs."""

    def signing(self, owner: str) -> Signer:
        """Return an organisation's key."""
        ...


class Publisher(Protocol):
    """A node, as far as publishing knows it."""

    @property
    def directory(self) -> Path:
        """Return where the node's own files lie."""
        ...

    @property
    def home(self) -> str:
        """Return the organisation whose node it is."""
        ...

    @property
    def config(self) -> Settings:
        """Return its settings."""
        ...

    @property
    def clock(self) -> Clock:
        """Return its clock."""
        ...

    @property
    def metastore(self) -> Metastore:
        """Return its metastore."""
        ...

    @property
    def lake(self) -> Lake:
        """Return its storage."""
        ...

    @property
    def keys(self) -> Keys:
        """Return its keys."""
        ...


def allowance(node: Publisher) -> Allowance:
    """Return what one publish may use of the machine."""
    config = node.config
    return Allowance(config.threads, f"{config.memory_megabytes}MB", f"{config.spill_megabytes}MB")
