"""A shelf: what is dear to make and never changes is made once and kept, the least recently asked for going first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Key = TypeVar("Key", bound="Hashable")
Value = TypeVar("Value")


class Shelf(Generic[Key, Value]):
    """Holds at most `most` values, or as many as weigh that much together where `weight` says what one weighs.

    Safe to share between threads; two that miss at once may both make the value.

    >>> shelf = Shelf[str, int](2)
    >>> [shelf.kept(word, lambda: len(word)) for word in ("a", "bb", "ccc")], len(shelf)
    ([1, 2, 3], 2)
    """

    def __init__(self, most: int, *, weight: Callable[[Key], int] = lambda _: 1) -> None:
        self._most = most
        self._weight = weight
        self._held = 0
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return what is kept under a key, made now if it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            self._held += 0 if key in self._values else self._weight(key)
            self._values[key] = made
            while self._held > self._most:
                self._held -= self._weight(self._values.popitem(last=False)[0])
        return made

    def drop(self, key: Key) -> None:
        """Forget what is kept under a key."""
        with self._lock:
            if key in self._values:
                del self._values[key]
                self._held -= self._weight(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._held = 0

    def __len__(self) -> int:
        """Return how many values are kept."""
        return len(self._values)
