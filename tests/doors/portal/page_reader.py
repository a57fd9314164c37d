"""Read a page the way a person and a screen reader do: text, headings, links, forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "rect", "path", "circle", "img", "hr", "option"}


@dataclass
class Element:
    """An element with its attributes and the text inside it."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    parents: tuple[str, ...] = ()


@dataclass
class Page:
    """All elements of a page in order."""

    elements: list[Element] = field(default_factory=list)

    def all(self, name: str, /, **attributes: str) -> list[Element]:
        """Return the elements of a name that have these attributes."""
        return [
            element
            for element in self.elements
            if element.name == name
            and all(element.attributes.get(key.replace("_", "-")) == value for key, value in attributes.items())
        ]

    def classed(self, name: str) -> list[Element]:
        """Return the elements of a class."""
        return [element for element in self.elements if name in element.attributes.get("class", "").split()]

    @property
    def text(self) -> str:
        """Return all the text."""
        return self.all("body")[0].text

    @property
    def form_token(self) -> str:
        """Return the token of the page's first posted form."""
        return self.all("input", name="form_token")[0].attributes["value"]

    def links(self) -> list[str]:
        """Return where the page's links lead."""
        return [element.attributes.get("href", "") for element in self.all("a")]

    def posts_to(self) -> list[str]:
        """Return where the page's posted forms go."""
        return [element.attributes["action"] for element in self.all("form", method="post")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(
            tag,
            {name: value or "" for name, value in attrs},
            parents=tuple(outer.name for outer in self.open),
        )
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}> at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def read_page(text: str) -> Page:
    """Read a page; tags that do not nest fail."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open, [element.name for element in reader.open]
    return reader.page
