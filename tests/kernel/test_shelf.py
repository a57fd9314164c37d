"""What a shelf keeps is bounded, by count or by weight."""

from __future__ import annotations

from golconda.kernel.shelf import Shelf


def kept(shelf: Shelf[str, str], key: str) -> bool:
    """Say whether asking for a key makes nothing."""
    made: list[str] = []
    shelf.kept(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]
    return not made


def test_the_least_recently_asked_for_goes_first() -> None:
    shelf = Shelf[str, str](2)
    for key in ("a", "b", "a", "c"):
        shelf.kept(key, str)
    assert kept(shelf, "a")
    assert not kept(shelf, "b")


def test_what_weighs_much_takes_the_place_of_several() -> None:
    shelf = Shelf[str, str](10, weight=len)
    for key in ("aaa", "bbb", "cccccccc"):
        shelf.kept(key, str)
    assert len(shelf) == 1
    assert kept(shelf, "cccccccc")


def test_what_weighs_more_than_the_shelf_bears_is_not_kept() -> None:
    shelf = Shelf[str, str](10, weight=len)
    assert shelf.kept("a" * 11, lambda: "made") == "made"
    assert len(shelf) == 0


def test_what_was_dropped_weighs_nothing() -> None:
    shelf = Shelf[str, str](10, weight=len)
    for key in ("aaaaaaaa", "bbbbbbbb"):
        shelf.kept(key, str)
        shelf.drop(key)
    shelf.kept("cccccccc", str)
    assert kept(shelf, "cccccccc")
