"""Garbage: nothing that is kept, leased or staged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from golconda.kernel.names import ProductName
from golconda.lake import garbage

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.lake.files import DataFile
    from golconda.lake.storage import Lake

MAJORS = st.lists(st.booleans(), min_size=1, max_size=12)


def _versions(breaks: list[bool]) -> list[tuple[int, int]]:
    return [(number, 1 + sum(breaks[:number])) for number in range(1, len(breaks) + 1)]


@given(breaks=MAJORS, newest=st.integers(1, 5))
def test_the_last_of_each_major_is_kept_and_so_are_the_newest(breaks: list[bool], newest: int) -> None:
    versions = _versions(breaks)
    kept = garbage.kept(versions, current=versions[-1][0], newest=newest)
    last = {major: number for number, major in versions}
    assert set(last.values()) <= kept
    assert {number for number, _ in versions[-newest:]} <= kept


def test_the_published_version_is_kept_even_if_it_is_not_the_last() -> None:
    assert 2 in garbage.kept([(1, 1), (2, 1), (3, 1)], current=2, newest=1)


def test_a_file_that_is_named_stays(lake: Lake, placed: Callable[..., DataFile]) -> None:
    first, second = placed("pub-1", [1]), placed("pub-2", [2])
    assert garbage.sweep(lake, ProductName("city", "care"), {second.path}) == (first.path,)
    assert not lake.resolve(first.path).exists()
    assert lake.resolve(second.path).exists()


def test_another_product_is_not_touched(lake: Lake, placed: Callable[..., DataFile]) -> None:
    file = placed("pub-1", [1])
    assert garbage.sweep(lake, ProductName("city", "car"), ()) == ()
    assert lake.resolve(file.path).exists()
