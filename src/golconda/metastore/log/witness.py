"""Hold the log against a checkpoint kept elsewhere: by a peer, a regulator, or the node's own outside copy.

A database that was restored from a backup is behind what it once signed. Such a node must not go on as if
nothing had been: it would sign a second history.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput
from golconda.metastore.log.note import opened
from golconda.metastore.log.reading import newest_checkpoint, subtree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


class Relation(Enum):
    """How the log stands to a witnessed checkpoint."""

    SAME = "same"
    AHEAD = "ahead"
    BEHIND = "behind"
    FORKED = "forked"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The log's own size beside the witnessed one, and how the two relate."""

    relation: Relation
    size: int
    witnessed: int

    @property
    def is_kept(self) -> bool:
        """Say whether all that was witnessed is still there."""
        return self.relation in (Relation.SAME, Relation.AHEAD)

    @property
    def sentence(self) -> str:
        """Say in words how the two relate."""
        match self.relation:
            case Relation.SAME | Relation.AHEAD:
                return f"the log of {self.size} entries contains the {self.witnessed} that were witnessed"
            case Relation.BEHIND:
                return f"the log has {self.size} entries, but {self.witnessed} were witnessed"
            case Relation.FORKED:
                return f"the first {self.witnessed} entries of the log are not those that were witnessed"


def compare(connection: Connection, note: str, *, keys: Sequence[bytes]) -> Comparison:
    """Compare the log with a checkpoint that one of these keys signed; raises ``checkpoint-invalid``."""
    witnessed = opened(note, keys)
    newest = newest_checkpoint(connection)
    size = newest.size if newest else 0
    if size < witnessed.size:
        return Comparison(Relation.BEHIND, size, witnessed.size)
    if subtree(connection, 0, witnessed.size) != witnessed.root:
        return Comparison(Relation.FORKED, size, witnessed.size)
    return Comparison(Relation.SAME if size == witnessed.size else Relation.AHEAD, size, witnessed.size)


def ensure_kept(connection: Connection, note: str, *, keys: Sequence[bytes]) -> None:
    """Raise ``log-behind-witness`` or ``log-forked`` unless the log contains what was witnessed."""
    found = compare(connection, note, keys=keys)
    if found.relation is Relation.BEHIND:
        raise InvalidInput(
            "log-behind-witness",
            f"Something is missing: {found.sentence}.",
            hint="Restore a newer backup; until then the node must accept nothing, or history would part in two.",
        )
    if found.relation is Relation.FORKED:
        raise InvalidInput(
            "log-forked",
            f"This is another history: {found.sentence}.",
            hint="Keep both as evidence, and find out which database was changed.",
        )
