"""The state machine under any sequence of answers and changes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from golconda.exchange.negotiation.machine import Answer, Change, State, Table, Talk, answer, follow
from golconda.kernel.errors import GolcondaError

PARTIES = st.sampled_from(("city", "acme", "other"))
ANSWERS = st.lists(st.tuples(PARTIES, st.sampled_from(Answer)), max_size=12)
CHANGES = st.lists(st.sampled_from(Change), max_size=12)
ENDED = (Talk.AGREED, Talk.REJECTED)
OVER = (State.REVOKED, State.EXPIRED, State.SUPERSEDED)


def talked(answers: list[tuple[str, Answer]]) -> list[tuple[str, Answer, Talk]]:
    """Return the answers that were let through, each with the state after it."""
    table = Table("req-1", Talk.REQUESTED, "city", "acme")
    passed = []
    for party, given_ in answers:
        with suppress(GolcondaError):
            table = replace(table, state=answer(table, party, given_))
            passed.append((party, given_, table.state))
    return passed


@given(ANSWERS)
def test_nothing_follows_an_end(answers: list[tuple[str, Answer]]) -> None:
    assert all(state not in ENDED for _, _, state in talked(answers)[:-1])


@given(ANSWERS)
def test_nobody_accepts_the_own_proposal(answers: list[tuple[str, Answer]]) -> None:
    proposer = "acme"
    for party, given_, _ in talked(answers):
        assert not (given_ is Answer.ACCEPT and party == proposer)
        proposer = party if given_ is Answer.COUNTER else proposer


@given(ANSWERS)
def test_the_parties_take_turns(answers: list[tuple[str, Answer]]) -> None:
    counters = [party for party, given_, _ in talked(answers) if given_ is Answer.COUNTER]

    assert counters == [("city", "acme")[index % 2] for index in range(len(counters))]


@given(ANSWERS)
def test_strangers_change_nothing(answers: list[tuple[str, Answer]]) -> None:
    assert talked(answers) == talked([one for one in answers if one[0] != "other"])


@given(CHANGES)
def test_what_has_ended_never_comes_back(changes: list[Change]) -> None:
    state = State.ACTIVE
    for change in changes:
        before = state
        with suppress(GolcondaError):
            state = follow(state, change, agreement="agr-1")
        assert before not in OVER or state is before


@given(CHANGES)
def test_only_resuming_makes_active(changes: list[Change]) -> None:
    state = State.ACTIVE
    for change in changes:
        before = state
        with suppress(GolcondaError):
            state = follow(state, change, agreement="agr-1")
            assert state is not State.ACTIVE or (before, change) == (State.SUSPENDED, Change.RESUME)
