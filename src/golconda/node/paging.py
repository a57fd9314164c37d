"""Answers in pages: one read, charged once, whose rows are held as ready JSON and handed out a page at a time.

They lie in nameless files under the node's spill, so that they go with the process; who asked reads them, nobody else.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

from golconda.gate.revocation import ended, in_force, source_ended
from golconda.kernel.clock import stamp
from golconda.kernel.errors import InvalidInput, NotFound, TryAgain
from golconda.node.formats import json_rows
from golconda.node.values import columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    import pyarrow as pa

    from golconda.node.answer import Answer
    from golconda.node.session import Session

LARGEST_PAGE = 10_000  # rows
KEPT = timedelta(minutes=10)  # since a page was asked for last
MOST_OF_ONE = 16  # organisation
MOST = 64
MOST_BYTES = 64 * 2**20  # of one answer


@dataclass(slots=True)
class Held:
    """An answer in pages: where each lies in the file, and for whom."""

    principal: str
    organisation: str
    at: str  # what stands before a page's address
    agreements: tuple[str, ...]
    leans: tuple[str, ...]  # these, and those that derived products are made under
    columns: str
    receipt: str
    file: IO[bytes]
    used: datetime
    places: list[tuple[int, int]] = field(default_factory=list)


class Pages:
    """The answers that are held. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()

    def demand_room(self, organisation: str, now: datetime) -> None:
        """Raise ``pages-full`` where an organisation, or all together, have as many answers held as they may."""
        with self._lock:
            for name in [name for name, held in self._held.items() if now - held.used > KEPT]:
                self._held.pop(name).file.close()
            own = sum(held.organisation == organisation for held in self._held.values())
        if own >= MOST_OF_ONE or len(self._held) >= MOST:
            raise TryAgain(
                "pages-full",
                f"As many answers are held in pages as may be, {own} of them for {organisation}.",
                hint="Read one to its last page, or wait ten minutes; or ask without page_size.",
            )

    def file(self) -> IO[bytes]:
        """Return a file for an answer's rows."""
        return tempfile.TemporaryFile(dir=self._folder, buffering=0)

    def keep(self, held: Held) -> str:
        """Hold an answer and return its name."""
        name = secrets.token_urlsafe(18)
        with self._lock:
            self._held[name] = held
        return name

    def find(self, name: str, principal: str, now: datetime) -> Held:
        """Return an answer, or raise ``page-unknown``, for another's too."""
        with self._lock:
            held = self._held.get(name)
            if held is None or held.principal != principal or now - held.used > KEPT:
                raise _unknown()
            held.used = now
        return held

    def drop(self, name: str) -> None:
        """Let go of an answer."""
        with self._lock:
            held = self._held.pop(name, None)
        if held is not None:
            held.file.close()

    def close(self) -> None:
        """Let go of all."""
        for name in list(self._held):
            self.drop(name)


def first_page(session: Session, answer: Answer, page_size: int, *, at: str) -> bytes:
    """Hold an answer and return its first page; one that fits on it is not held. `at`: where pages are found."""
    node, principal = session.node, session.known()
    held = Held(
        principal.name,
        principal.organisation,
        at,
        tuple(answer.receipt["agreements"]),
        answer.leans,
        _text(columns(answer.schema)),
        "",
        node.pages.file(),
        node.clock.now(),
    )
    try:
        for page in _pages(answer, page_size):
            _add(held, page)
    except BaseException:
        held.file.close()
        raise
    finally:
        answer.close()
    held.receipt = _text(answer.receipt)
    if len(held.places) > 1:
        return _page(held, node.pages.keep(held), 0)
    body = _page(held, "", 0)
    held.file.close()
    return body


def page(session: Session, address: str) -> bytes:
    """Return a page that another one named as the next, while every agreement it leans on is in force."""
    name, _, number = address.partition(".")
    node, now = session.node, session.node.clock.now()
    held = node.pages.find(name, session.known().name, now)
    if not (number.isascii() and number.isdigit() and len(number) < 8 and int(number) < len(held.places)):
        raise _unknown()
    with node.metastore.read() as connection:
        gone = sorted(set(held.leans) - in_force(connection, held.leans, now=stamp(now)))
    if gone:
        node.pages.drop(name)
        named = [agreement for agreement in gone if agreement in held.agreements]
        raise ended(named[0]) if named else source_ended()
    return _page(held, name, int(number))


def demand_size(rows: int) -> None:
    """Raise ``page-size-refused`` for what is no size of a page."""
    if not 1 <= rows <= LARGEST_PAGE:
        raise InvalidInput(
            "page-size-refused",
            f"A page cannot have {rows} rows.",
            hint=f"Give page_size from 1 to {LARGEST_PAGE:,}.",
        )


def _pages(answer: Answer, rows: int) -> Iterator[list[Any]]:
    """Yield the rows of each page as JSON values; an answer without rows has one page."""
    waiting: list[Any] = []
    some = False
    for batch in answer.batches():
        for start in range(0, batch.num_rows, LARGEST_PAGE):
            waiting += json_rows(_slice(batch, start))
            while len(waiting) >= rows:
                yield waiting[:rows]
                some, waiting = True, waiting[rows:]
    if waiting or not some:
        yield waiting


def _slice(batch: pa.RecordBatch, start: int) -> pa.RecordBatch:
    return batch.slice(start, LARGEST_PAGE)


def _add(held: Held, rows: list[Any]) -> None:
    body = _text(rows).encode()
    start = sum(held.places[-1]) if held.places else 0
    if start + len(body) > MOST_BYTES:
        raise InvalidInput(
            "pages-too-large",
            f"The answer takes more than {MOST_BYTES // 2**20} MiB as JSON, and so much is not held in pages.",
            hint="Ask for less, or without page_size and as Arrow, which streams.",
        )
    try:
        written = memoryview(body)
        while written:
            written = written[held.file.write(written) :]
    except OSError as error:
        raise TryAgain(
            "disk-full", "The node has no disk left to hold the answer in pages.", hint="Ask for less, or try later."
        ) from error
    held.places.append((start, len(body)))


def _page(held: Held, name: str, number: int) -> bytes:
    start, length = held.places[number]
    try:
        rows = os.pread(held.file.fileno(), length, start).decode()
    except ValueError:  # it was let go of just now
        raise _unknown() from None
    following = _text(f"{held.at}{name}.{number + 1}") if number + 1 < len(held.places) else "null"
    return f'{{"columns":{held.columns},"rows":{rows},"next":{following},"receipt":{held.receipt}}}'.encode()


def _text(value: Any) -> str:  # any JSON value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _unknown() -> NotFound:
    return NotFound(
        "page-unknown",
        "There is no such page of an answer of yours.",
        hint="Take the address from `next` of the page before, within ten minutes; else ask the query again.",
    )
