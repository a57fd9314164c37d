"""Verify the log as stored: nothing missing, nothing altered, each checkpoint true and signed by the node."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from golconda.kernel.errors import InvalidInput
from golconda.metastore import schema
from golconda.metastore.log import note
from golconda.metastore.log.reading import SignedRoot, checkpoints
from golconda.metastore.log.record import commitment, envelope
from golconda.metastore.log.tree import Frontier
from golconda.metastore.log.witness import compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from golconda.metastore.database import Metastore

MOST_PROBLEMS = 100
_CHUNK = 5_000
_event = schema.event.c
_ENTRIES = (
    select(
        _event.position,
        _event.uid,
        _event.time,
        _event.kind,
        _event.actor,
        _event.subject,
        _event.payload,
        _event.salt,
        _event.commitment,
    )
    .where(_event.position.is_not(None))
    .order_by(_event.position)
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: `checked` counts entries; the log is ok if there is no problem."""

    size: int
    root: bytes
    checked: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Say whether nothing was found."""
        return not self.problems

    def document(self) -> dict[str, Any]:
        """Return the verdict as JSON."""
        return {
            "ok": self.ok,
            "size": self.size,
            "root": self.root.hex(),
            "checked": self.checked,
            "problems": list(self.problems),
        }


def verify(metastore: Metastore, *, keys: Sequence[bytes] | None = None, witnessed: Sequence[str] = ()) -> Verdict:
    """Read the whole log once and check every entry, checkpoint and stored hash.

    `keys` are the public keys to trust, else those the metastore names as the node's: whoever can rewrite it
    can also rewrite these, so a witness gives its own. `witnessed` are checkpoints kept elsewhere, which the
    log must contain.
    """
    with metastore.read() as connection:
        trusted = own_keys(connection) if keys is None else keys
        audit = _Audit(trusted)
        audit.read(connection)
        for text in witnessed:
            audit.compare(connection, text)
        return audit.verdict()


def own_keys(connection: Connection) -> tuple[bytes, ...]:
    """Return the public keys, past ones too, that the metastore names as the node's."""
    key = schema.signing_key.c
    return tuple(connection.scalars(select(key.public).where(key.owner == "node").order_by(key.created)))


@dataclass(slots=True)
class _Audit:
    """One reading of the log, gathering problems."""

    keys: Sequence[bytes]
    frontier: Frontier = field(default_factory=Frontier)
    checked: int = 0
    problems: list[str] = field(default_factory=list)
    _next: int = 0
    _is_forked: bool = False

    def read(self, connection: Connection) -> None:
        rows = stream(connection)
        for claimed in list(checkpoints(connection)):
            self._take(islice(rows, max(0, claimed.size - self.checked)))
            self._check_root(claimed)
            self._check_note(claimed)
        self._take_rest(rows)
        self._check_stored(connection)

    def compare(self, connection: Connection, text: str) -> None:
        found = compare(connection, text, keys=self.keys)
        if not found.is_kept:
            self._say(found.sentence)

    def verdict(self) -> Verdict:
        return Verdict(self.frontier.size, self.frontier.root(), self.checked, tuple(self.problems))

    def _take(self, rows: Iterable[tuple[Any, ...]]) -> None:  # the columns of `_ENTRIES`
        """Check entries and append them: the one loop that runs for each."""
        leaves: list[bytes] = []
        for position, uid, time, kind, actor, subject, payload, salt, leaf in rows:
            if position != self._next:
                self._say(f"entry {self._next} is missing")
            if payload is None or salt is None:
                self._check_erased(position, payload, salt)
            elif leaf != commitment(salt, envelope(uid, time, kind, actor, subject, payload)):
                self._say(f"entry {position} was altered: its commitment does not fit what it says")
            leaves.append(leaf)
            self._next = position + 1
        self.frontier.extend(leaves)
        self.checked += len(leaves)

    def _take_rest(self, rows: Iterator[tuple[Any, ...]]) -> None:  # the columns of `_ENTRIES`
        under = self.checked
        self._take(rows)
        if self.checked > under:
            self._say(f"entries from {under} on are under no checkpoint")

    def _check_erased(self, position: int, payload: str | None, salt: bytes | None) -> None:
        if (payload is None) != (salt is None):
            self._say(f"entry {position} is erased by half")

    def _check_root(self, claimed: SignedRoot) -> None:
        if self.checked < claimed.size:
            self._say(f"the checkpoint over {claimed.size} entries stands, but the log has {self.checked}")
        elif self.frontier.root() != claimed.root and not self._is_forked:
            self._is_forked = True
            self._say(f"the entries do not give the root of the checkpoint over {claimed.size}, nor later ones")

    def _check_note(self, claimed: SignedRoot) -> None:
        try:
            signed = note.opened(claimed.note, self.keys)
        except InvalidInput as error:
            self._say(f"the checkpoint over {claimed.size} entries: {error.message}")
        else:
            if (signed.size, signed.root) != (claimed.size, claimed.root):
                self._say(f"the checkpoint over {claimed.size} entries was signed for another size or root")

    def _check_stored(self, connection: Connection) -> None:
        tree = connection.execute(select(schema.tree.c.size, schema.tree.c.frontier)).one_or_none()
        stored = (0, b"") if tree is None else (tree.size, tree.frontier)
        if stored != (self.frontier.size, self.frontier.stored()):
            self._say(f"the stored tree of {stored[0]} entries is not the tree of the log")
        block = schema.subtree.c
        blocks = connection.execute(select(block.index, block.root).order_by(block.index))
        if [tuple(row) for row in blocks] != list(enumerate(self.frontier.blocks)):
            self._say("the stored roots of blocks are not those of the log")

    def _say(self, problem: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


def stream(connection: Connection) -> Iterator[tuple[Any, ...]]:  # the columns of `_ENTRIES`
    """Go through all placed entries in order, a few thousand at a time, with salt and commitment."""
    rows = connection.execute(_ENTRIES, execution_options={"yield_per": _CHUNK})
    return chain.from_iterable(rows.partitions())
