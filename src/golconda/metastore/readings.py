"""Reads under way and reads that ended. An intent is written before the first byte; each ends in one settlement."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from golconda.kernel.clock import moment, stamp
from golconda.metastore import schema
from golconda.metastore.meters import Reservation
from golconda.metastore.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

_READING = schema.reading
_BEGIN = Prepared(
    insert(_READING),
    values=(
        "id",
        "principal",
        "door",
        "purpose",
        "agreements",
        "owners",
        "reserved",
        "state",
        "process",
        "started",
    ),
)
_END = Prepared(
    update(_READING)
    .where(_READING.c.id == bindparam("which"), _READING.c.state == "running")
    .values(
        state=bindparam("outcome"),
        rows=bindparam("released_rows"),
        bytes=bindparam("released_bytes"),
        ended=bindparam("at"),
    )
)


class Outcome(StrEnum):
    """How a read ended."""

    SETTLED = "settled"
    FAILED = "failed"  # an error of the query's: it may tell something, so it is charged
    REFUNDED = "refunded"  # the node's own fault: nothing is charged
    UNFINISHED = "unfinished"  # the process died: charged as reserved


@dataclass(frozen=True, slots=True)
class Intent:
    """A read that was let in: by whom and for what, under which agreements, of whose products, with what set aside."""

    id: str
    principal: str
    door: str
    purpose: str | None
    agreements: tuple[str, ...]
    owners: tuple[str, ...]
    reserved: tuple[Reservation, ...]
    process: str
    started: datetime


def begin(connection: Connection, intent: Intent) -> None:
    """Write an intent."""
    _BEGIN.change(
        connection,
        {
            "id": intent.id,
            "principal": intent.principal,
            "door": intent.door,
            "purpose": intent.purpose,
            "agreements": json.dumps(intent.agreements),
            "owners": json.dumps(intent.owners),
            "reserved": json.dumps([asdict(reservation) for reservation in intent.reserved]),
            "state": "running",
            "process": intent.process,
            "started": stamp(intent.started),
        },
    )


def end(connection: Connection, reading: str, outcome: Outcome, *, rows: int, size: int, now: datetime) -> bool:
    """Close an intent; False where it is closed already, so that only one of two settles it."""
    values = {
        "which": reading,
        "outcome": outcome.value,
        "released_rows": rows,
        "released_bytes": size,
        "at": stamp(now),
    }
    return _END.change(connection, values) == 1


def running(connection: Connection, *, processes: Iterable[str] | None = None) -> tuple[Intent, ...]:
    """List the reads that have not ended, of some processes or of all."""
    query = select(_READING).where(_READING.c.state == "running")
    if processes is not None:
        query = query.where(_READING.c.process.in_(tuple(processes)))
    return tuple(
        Intent(
            id=row.id,
            principal=row.principal,
            door=row.door,
            purpose=row.purpose,
            agreements=tuple(json.loads(row.agreements)),
            owners=tuple(json.loads(row.owners)),
            reserved=tuple(Reservation(**reservation) for reservation in json.loads(row.reserved)),
            process=row.process,
            started=moment(row.started),
        )
        for row in connection.execute(query)
    )
