"""Whose query runs next is decided by who has what, not by who asks most."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from golconda.engine.workers.turns import Bounds
from golconda.engine.workers.turns import next_turn as next_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def next_turn(waiting: Sequence[str], *, running: Mapping[str, int], served: Mapping[str, int]) -> int | None:
    """Ask where everybody may run."""
    return next_of(waiting, running=running, served=served, bounds=Bounds(100))


def test_an_organisation_without_a_worker_goes_before_one_that_has_some() -> None:
    assert next_turn(["noisy", "noisy", "quiet"], running={"noisy": 2}, served={"noisy": 9, "quiet": 8}) == 2


def test_among_equals_the_one_served_longest_ago_goes_first() -> None:
    assert next_turn(["a", "b", "c"], running={}, served={"a": 3, "b": 1, "c": 2}) == 1
    assert next_turn(["a", "new"], running={}, served={"a": 3}) == 1


def test_of_one_organisation_who_came_first_goes_first() -> None:
    assert next_turn(["b", "a", "b"], running={"a": 1}, served={}) == 0


def test_beyond_the_usual_number_only_those_run_who_have_nothing_running() -> None:
    running, bounds = {"noisy": 2, "other": 1}, Bounds(3)
    may = [bounds.allow(running, name, is_late=False) for name in ("noisy", "other", "new")]
    assert may == [False, False, True]
    assert Bounds(4).allow(running, "noisy", is_late=False)
    assert next_of(["noisy", "other"], running=running, served={}, bounds=bounds) is None
    assert next_of(["noisy", "new"], running=running, served={}, bounds=bounds) == 1


def test_who_has_waited_may_run_beyond_the_usual_number_but_not_without_end() -> None:
    bounds = Bounds(1)
    assert next_of(["noisy", "noisy"], running={"noisy": 2}, served={}, bounds=bounds, late={1}) == 1
    assert next_of(["noisy", "noisy"], running={"noisy": 3}, served={}, bounds=bounds, late={0, 1}) is None
    assert next_of(["noisy", "new"], running={"noisy": 3}, served={}, bounds=bounds, late={0}) == 1


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=30))
def test_nobody_waits_longer_than_one_turn_of_each_other(asked: list[str]) -> None:
    """One worker: between two turns of an organisation that waits, no other has two."""
    waiting, served, order = list(asked), dict[str, int](), list[str]()
    while waiting:
        taken = waiting.pop(next_turn(waiting, running={}, served=served) or 0)
        served[taken] = len(order) + 1
        order.append(taken)
    assert Counter(order) == Counter(asked)
    for at, organisation in enumerate(order):
        until = next((later for later in range(at + 1, len(order)) if order[later] == organisation), None)
        if until is not None:
            assert max(Counter(order[at + 1 : until]).values(), default=0) <= 1
