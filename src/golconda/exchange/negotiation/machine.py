"""What may follow what in a negotiation and in the life of an agreement: pure decisions.

request → requested ⇄ countered → agreed        (either side may reject)
active ⇄ suspended → revoked by the owner, terminated by the reader, expired, superseded
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from golconda.kernel.errors import AccessRefused, InvalidInput, NotFound


class Talk(StrEnum):
    """The states of a negotiation: ``requested`` waits for the owner, ``countered`` for the assignee."""

    REQUESTED = "requested"
    COUNTERED = "countered"
    AGREED = "agreed"
    REJECTED = "rejected"


class Answer(StrEnum):
    """What a party may do with the proposal on the table."""

    ACCEPT = "accept"
    COUNTER = "counter"
    REJECT = "reject"


class State(StrEnum):
    """The states of an agreement."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    TERMINATED = "terminated"


class Change(StrEnum):
    """What may befall an agreement."""

    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    EXPIRE = "expire"
    SUPERSEDE = "supersede"
    TERMINATE = "terminate"


_ENDED = (Talk.AGREED, Talk.REJECTED)

_LIFE = {
    (State.ACTIVE, Change.SUSPEND): State.SUSPENDED,
    (State.SUSPENDED, Change.RESUME): State.ACTIVE,
    (State.ACTIVE, Change.REVOKE): State.REVOKED,
    (State.SUSPENDED, Change.REVOKE): State.REVOKED,
    (State.ACTIVE, Change.TERMINATE): State.TERMINATED,
    (State.SUSPENDED, Change.TERMINATE): State.TERMINATED,
    (State.ACTIVE, Change.EXPIRE): State.EXPIRED,
    (State.SUSPENDED, Change.EXPIRE): State.EXPIRED,
    (State.ACTIVE, Change.SUPERSEDE): State.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Table:
    """A negotiation as deciding needs it."""

    id: str
    state: Talk
    owner: str
    assignee: str

    @property
    def turn(self) -> str | None:
        """Return who must answer, None once it has ended."""
        return {Talk.REQUESTED: self.owner, Talk.COUNTERED: self.assignee}.get(self.state)


def answer(table: Table, party: str, given: Answer) -> Talk:
    """Return the state that follows, or raise.

    ``request-unknown`` for strangers, ``request-ended``, and ``not-your-turn``. Either party may reject at
    any time, which is how a request is taken back.
    """
    if party not in (table.owner, table.assignee):
        raise NotFound(
            "request-unknown",
            f"There is no request {table.id}.",
            hint="`golconda requests` lists those you may see.",
            request=table.id,
        )
    if table.state in _ENDED:
        raise InvalidInput(
            "request-ended",
            f"The request {table.id} was {table.state.value} already.",
            hint="Make a new request if things have changed.",
            request=table.id,
            state=table.state.value,
        )
    if given is Answer.REJECT:
        return Talk.REJECTED
    if table.turn != party:
        raise AccessRefused(
            "not-your-turn",
            f"The request {table.id} waits for {table.turn}.",
            hint="Wait for their answer.",
            request=table.id,
            turn=table.turn,
        )
    if given is Answer.ACCEPT:
        return Talk.AGREED
    return Talk.COUNTERED if party == table.owner else Talk.REQUESTED


def follow(state: State, change: Change, *, agreement: str) -> State:
    """Return the state of an agreement after a change, or raise ``agreement-state``."""
    following = _LIFE.get((state, change))
    if following is None:
        raise InvalidInput(
            "agreement-state",
            f"The agreement {agreement} is {state.value}: there is nothing to {change.value}.",
            hint="`golconda show` tells how an agreement stands.",
            agreement=agreement,
            state=state.value,
        )
    return following
