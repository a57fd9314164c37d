"""Ask, and have explained what asking would give."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from golconda.gate import statement
from golconda.gate.query import Question
from golconda.kernel.errors import InvalidInput
from golconda.kernel.given import given
from golconda.node import explain as explaining
from golconda.node import formats, paging, readable
from golconda.node.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from golconda.kernel.given import Values
    from golconda.node.readable import ReadableTable
    from golconda.node.session import Session


def query(
    session: Session,
    sql: str,
    *,
    agreements: Sequence[str],
    purpose: str | None,
    parameters: Values,
    timeout_seconds: float | None,
    made: Callable[[Answer], object],
    engine: str | None,
) -> Answer:
    """Ask through the gate."""
    session.node.engine.warm()  # a worker starts while the query is read
    demand_time(timeout_seconds)
    question = Question(sql, tuple(agreements), purpose, given(parameters), engine)
    return Answer(
        session.node.gate.ask(
            question,
            session.known(),
            session.door,
            timeout_seconds=timeout_seconds,
            made=lambda release: made(Answer(release)),
        )
    )


def paged(session: Session, sql: str, page_size: int, *, at: str, **asked: Any) -> bytes:  # as `Session.query` takes
    """Ask, hold the answer, and return its first page."""
    paging.demand_size(page_size)
    session.node.pages.demand_room(session.known().organisation, session.node.clock.now())
    return paging.first_page(session, session.query(sql, **asked), page_size, at=at)


def parameter_names(session: Session, sql: str) -> tuple[str, ...]:
    """Return the names of a query's parameters."""
    session.known()
    return statement.parameter_names(sql)


def schema(
    session: Session,
    sql: str,
    *,
    agreements: Sequence[str],
    purpose: str | None,
    parameters: Values,
) -> pa.Schema:
    """Return the columns that DuckDB's answer would have."""
    session.node.engine.warm()
    question = Question(sql, tuple(agreements), purpose, given(parameters), "duckdb")
    return formats.plain(session.node.gate.schema(question, session.known(), session.door))


def demand_time(seconds: float | None) -> None:
    """Raise ``timeout-refused`` for what is no time to wait."""
    if seconds is not None and not 0 < seconds < math.inf:
        raise InvalidInput(
            "timeout-refused",
            f"A query cannot run for {seconds} seconds.",
            hint="Give a number of seconds above 0, or none for as long as the node lets any query run.",
        )


def explain(session: Session, sql: str, *, agreements: Sequence[str], purpose: str | None) -> dict[str, Any]:
    """Return how the gate would answer."""
    question = Question(sql, tuple(agreements), purpose)
    return explaining.document(session.node.gate.explain(question, session.known()))


def tables(session: Session, *, agreements: Sequence[str]) -> tuple[ReadableTable, ...]:
    """Return what may be queried."""
    return readable.tables(session, named=agreements)
