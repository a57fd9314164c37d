"""The node's own witness: its newest signed checkpoint, kept in a file outside the metastore.

A metastore restored from a backup knows nothing of what was revoked, used up or logged since. The file does: a node
whose log does not contain what the file says was signed writes nothing, and so serves nothing.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput, TryAgain
from golconda.metastore.log.note import parsed
from golconda.metastore.log.reading import newest_checkpoint
from golconda.metastore.log.verify import own_keys
from golconda.metastore.log.witness import ensure_kept

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.node.node import Node


def hold(node: Node) -> None:
    """Freeze the metastore if its log does not contain the kept checkpoint; without a note nothing is known."""
    note = _read(_file(node))
    if note is None or node.metastore.frozen:
        return
    with node.metastore.read() as connection:  # begun after the note was read, so that it cannot be older
        keys = (node.keys.signing("node").public, *own_keys(connection))
        try:
            ensure_kept(connection, note, keys=keys)
        except InvalidInput as error:
            node.metastore.freeze(_frozen(error, _file(node)))


def keep(node: Node) -> None:
    """Write the newest checkpoint beside the metastore: the old file or the new one is there, whatever happens."""
    with node.metastore.read() as connection:
        newest = newest_checkpoint(connection)
    file = _file(node)
    known = _read(file)
    if newest is None or (known is not None and parsed(known)[0].size >= newest.size):
        return  # another process was faster
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, newest.note)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _file(node: Node) -> Path:
    return node.directory / ".golconda" / "witness.note"


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return ""  # no checkpoint, which is what it is then said to be


def _write(file: Path, text: str) -> None:
    with file.open("x", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _frozen(error: InvalidInput, file: Path) -> TryAgain:
    """Say it as whoever wanted to read or write must hear it: nothing they do helps, and later it may work."""
    return TryAgain(
        error.code,
        f"The node is read-only: {error.message[0].lower()}{error.message[1:]}",
        hint=f"Its keeper must restore the newest metastore, or remove {file} to give up knowingly what came after.",
    )
