"""An answer that the node holds and gives a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Document = dict[str, Any]  # plain JSON


class PagedAnswer:
    """The first page, and the way to the others. `receipt` says what the whole answer cost."""

    def __init__(self, first: Document, ask: Callable[[str], Document]) -> None:
        self._first = first
        self._ask = ask
        self.receipt: Document = first["receipt"]

    @property
    def columns(self) -> list[str]:
        """Return the names of the columns."""
        return [column["name"] for column in self._first["columns"]]

    def pages(self) -> Iterator[list[list[Any]]]:  # JSON values
        """Yield the rows of each page as JSON values; raise ``page-unknown`` for one asked for too late."""
        page = self._first
        yield page["rows"]
        while page["next"] is not None:
            page = self._ask("pages/" + page["next"].rpartition("/")[2])
            yield page["rows"]
