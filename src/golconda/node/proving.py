"""The log: look, verify, take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.kernel.errors import GolcondaError
from golconda.metastore.log import reading
from golconda.metastore.log.export import export as write_export
from golconda.metastore.log.verify import verify as recompute
from golconda.node.jobs import sequence

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.node.session import Session

Document = dict[str, Any]  # plain JSON
MOST = 2**53  # no log is as long, and no database counts much further


def log(session: Session, *, after: int | None, limit: int, kind: str | None) -> Document:
    """Return entries: the latest so many in order, or those after a position.

    Stewards of guest organisations see what concerns theirs, and of reads of others' products too not what was asked.
    """
    _place(session)
    principal = session.known()
    session.demand("see-log", principal.organisation)
    mine = None if session.node.policies.allows(principal, "see-log", "") else principal.organisation
    with session.node.metastore.read() as connection:
        if after is None:
            found = tuple(reversed(reading.latest(connection, limit=limit, kind=kind, organisation=mine)))
        else:
            behind = min(after, MOST)
            found = reading.entries(connection, after=behind, limit=limit, kind=kind, organisation=mine)
        newest = reading.newest_checkpoint(connection)
    return {
        "entries": [entry.document() if mine is None else entry.document_for(mine) for entry in found],
        "size": newest.size if newest else 0,
        "root": newest.root.hex() if newest else None,
        "checkpoint": newest.note if newest else None,
        **read_only(session),
    }


def verify(session: Session) -> Document:
    """Recompute the whole log."""
    _place(session)
    session.demand("prove-log", session.node.home)
    found = recompute(session.node.metastore).document()
    why = session.node.metastore.frozen
    return {**found, "ok": False, "problems": [*found["problems"], why.message]} if why else found


def export(session: Session, directory: Path) -> Document:
    """Write the log and its verifier to a directory."""
    _place(session)
    session.demand("prove-log", session.node.home)
    return {"directory": str(directory), "entries": write_export(session.node.metastore, directory)}


def read_only(session: Session) -> Document:
    """Return what to add to a document of a node that may only be looked at: nothing, where all is well."""
    why = session.node.metastore.frozen
    return {"read_only": why.document()} if why else {}


def _place(session: Session) -> None:
    """Give waiting events their place, unless another process is at it."""
    try:
        sequence(session.node)
    except GolcondaError:
        return
