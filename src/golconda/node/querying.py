"""Ask, and have explained what asking would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.gate.query import Question
from golconda.node import explain as explaining
from golconda.node.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from golconda.node.session import Session


def query(session: Session, sql: str, *, agreements: Sequence[str], purpose: str | None) -> Answer:
    """Ask through the gate."""
    session.node.engine.warm()  # a worker starts while the query is read
    question = Question(sql, tuple(agreements), purpose)
    return Answer(session.node.gate.ask(question, session.known(), session.door))


def explain(session: Session, sql: str, *, agreements: Sequence[str], purpose: str | None) -> dict[str, Any]:
    """Return how the gate would answer."""
    question = Question(sql, tuple(agreements), purpose)
    return explaining.document(session.node.gate.explain(question, session.known()))
