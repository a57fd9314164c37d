"""Write the log as files that anybody can read and verify without Golconda."""

from __future__ import annotations

import json
import shutil
from json.encoder import encode_basestring as _quote
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from golconda.kernel.errors import InvalidInput
from golconda.metastore import schema
from golconda.metastore.log.note import parsed, verifier_key
from golconda.metastore.log.reading import checkpoints, newest_checkpoint
from golconda.metastore.log.verify import stream

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from golconda.metastore.database import Metastore

_TOLD = ("uid", "time", "kind", "actor", "subject")
_README = """\
The log of a Golconda node, as far as it had been put into its tree.

events.jsonl    one event a line, in order. `commitment` is SHA-256 over the bytes of `salt` (hex) followed
                by the canonical JSON (RFC 8785) of uid, time, kind, actor, subject and payload. Where an
                event was erased, payload and salt are null; its commitment still stands in the tree.
checkpoints/    signed notes (C2SP signed-note, tlog-checkpoint), one for each size that was signed: origin,
                size, root of the Merkle tree (RFC 9162) whose leaves are the commitments, Ed25519 signature.
keys.json       the public keys. Compare them with what the node's operator told you by another way.
verify.py       checks all of this with Python's standard library alone:

    python verify.py .                      the log is whole, by the keys that came with it
    python verify.py . --key HEX            by the key you know
    python verify.py . kept/000000001234    and it contains a checkpoint that you kept

What it proves: nothing was altered, nothing was removed up to the newest checkpoint, and this is the order.
What no log proves: that everything was written down. Whoever keeps checkpoints from time to time makes it
impossible to show two people two histories.
"""


def export(metastore: Metastore, directory: Path) -> int:
    """Write the log into a new directory, all or nothing, and return the number of events.

    Raises ``export-exists`` where something is there already.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InvalidInput(
            "export-exists",
            f"{directory} is there already.",
            hint="Name a directory that does not exist or is empty.",
        )
    directory.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        draft.chmod(0o755)
        count = _write(metastore, draft)
        draft.replace(directory)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return count


def _write(metastore: Metastore, folder: Path) -> int:
    with metastore.read() as connection:
        count = _write_events(connection, folder / "events.jsonl")
        _write_checkpoints(connection, folder / "checkpoints")
        _write_keys(connection, folder / "keys.json")
    (folder / "README").write_text(_README, encoding="utf-8")
    shutil.copyfile(Path(__file__).with_name("verifier.py"), folder / "verify.py")
    return count


def _write_events(connection: Connection, file: Path) -> int:
    count = 0
    with file.open("w", encoding="utf-8") as lines:
        for row in stream(connection):
            lines.write(_line(row))
            count += 1
    return count


def _line(row: tuple[Any, ...]) -> str:  # as `stream` gives it
    """Return an event as a line of JSON; its payload is canonical already and goes in as it is."""
    position, *told, payload, salt, commitment = row
    names = "".join(f'"{name}":{_quote(value)},' for name, value in zip(_TOLD, told, strict=True))
    salted = "null" if salt is None else f'"{salt.hex()}"'
    return (
        f'{{"position":{position},{names}"payload":{payload or "null"},'
        f'"salt":{salted},"commitment":"{commitment.hex()}"}}\n'
    )


def _write_checkpoints(connection: Connection, folder: Path) -> None:
    folder.mkdir()
    for checkpoint in checkpoints(connection):
        (folder / f"{checkpoint.size:012}").write_text(checkpoint.note, encoding="utf-8")


def _write_keys(connection: Connection, file: Path) -> None:
    newest = newest_checkpoint(connection)
    origin = parsed(newest.note)[0].origin if newest else ""
    key = schema.signing_key.c
    rows = connection.execute(select(schema.signing_key).where(key.owner == "node").order_by(key.created)).all()
    keys = [
        {
            "id": row.id,
            "public": row.public.hex(),
            "verifier": verifier_key(origin, row.public),
            "created": row.created,
            "retired": row.retired,
        }
        for row in rows
    ]
    file.write_text(json.dumps({"origin": origin, "keys": keys}, indent=2) + "\n", encoding="utf-8")
