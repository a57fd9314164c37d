"""Lineage as a picture: one box per table, source, or service, from left to right; a line from column to column.

Colours are attributes and stand on a light page as on a dark one: a page's policy may forbid styles, and a file has
no page. Layers are by longest path, and within a layer boxes stand near what they are joined with (the barycentre
heuristic of Sugiyama, Tagawa and Toda, 1981).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Document = dict[str, Any]  # plain JSON

_CHARACTER, _LINE, _HEAD, _PAD = 7.3, 22, 46, 12
_GAP_X, _GAP_Y, _MARGIN = 110, 26, 16
_MOST = 38  # characters of a name
_INK, _FAINT, _BOX, _EDGE, _LIT, _ACCENT = "#14201d", "#4a5752", "#f1f4f3", "#84918c", "#cfe7e1", "#0a6b5d"
_DASHES = {"computed": "6 3", "aggregated": "2 3"}
_SAID = {
    "rows": "rows",
    "product": "",
    "service": "service",
    "source": "source",
    **{h: h for h in ("copied", *_DASHES)},
}


@dataclass(slots=True, eq=False)
class _Box:
    kind: str
    title: str
    note: str
    columns: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    layer: int = 0
    x: float = 0
    y: float = 0

    @property
    def width(self) -> float:
        return max(map(_width, (self.title, self.note, *self.columns))) * _CHARACTER + 2 * _PAD

    @property
    def height(self) -> float:
        return _HEAD + _LINE * len(self.columns) + 6

    def middle(self, column: str) -> float:
        return self.y + _HEAD + _LINE * (self.columns.index(column) + 0.5)


@dataclass(slots=True)
class _Graph:
    boxes: dict[tuple[str, str, int | None], _Box] = field(default_factory=dict)
    edges: dict[tuple[_Box, str, _Box, str], str] = field(default_factory=dict)


def lineage_picture(document: Document, *, says: Mapping[str, str] = _SAID, label: str, describes: str = "") -> str:
    """Return the lineage document as SVG; `says` has the words for kinds of boxes and lines."""
    graph = _graph(document, says)
    _place(graph)
    width = max((box.x + box.width for box in graph.boxes.values()), default=0) + _MARGIN
    height = max((box.y + box.height for box in graph.boxes.values()), default=0) + _GAP_Y
    hows = [how for how in ("copied", *_DASHES) if how in graph.edges.values()]
    parts = [
        *(_line(*edge, how) for edge, how in graph.edges.items()),
        *(part for box in graph.boxes.values() for part in _drawn(box, says)),
        *_legend(hows, height, says),
    ]
    width, height = max(width, 130 * len(hows) + 2 * _MARGIN), height + (34 if hows else 0)
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} class="lineage" role="img"'
    font = 'font-family="ui-monospace, Menlo, Consolas, Noto Sans Mono, Noto Sans CJK SC, monospace" font-size="12"'
    return f"{head} {font}><title>{escape(label)}</title>{_desc(describes)}{''.join(parts)}</svg>"


# ── from trees to a graph ─────────────────────────────────────────────────────────────────────────────────────


def _graph(document: Document, says: Mapping[str, str]) -> _Graph:
    graph = _Graph()
    for column in document["columns"]:
        box = _box(graph, column, says)
        box.asked.add(column["column"])
        _climb(graph, column, says, "up")
        _climb(graph, column, says, "down")
    return graph


def _climb(graph: _Graph, tree: Document, says: Mapping[str, str], way: str) -> None:
    here = _box(graph, tree, says)
    for other in tree.get(way, ()):
        there = _box(graph, other, says)
        ends = (there, other["column"], here, tree["column"])
        graph.edges[ends if way == "up" else (*ends[2:], *ends[:2])] = other["how"]
        _climb(graph, other, says, way)


def _box(graph: _Graph, point: Document, says: Mapping[str, str]) -> _Box:
    thing = str(point[point["kind"]])
    title = f"{thing}.{point['table']}" if point["table"] else thing
    key = (point["kind"], title, point["version"])
    if key not in graph.boxes:
        version = f"@{point['version']}" if point["kind"] == "product" else ""
        note = f"{thing}{version}" if point["kind"] == "product" else says[point["kind"]]
        graph.boxes[key] = _Box(point["kind"], point["table"] or thing, note)
    box = graph.boxes[key]
    if point["column"] not in box.columns:
        box.columns.append(point["column"])
    return box


# ── places ────────────────────────────────────────────────────────────────────────────────────────────────────


def _place(graph: _Graph) -> None:
    _layer(graph)
    layers: dict[int, list[_Box]] = {}
    for box in graph.boxes.values():
        layers.setdefault(box.layer, []).append(box)
    _stack(layers)
    for ordered in (sorted(layers), sorted(layers, reverse=True), sorted(layers)):
        for number in ordered:
            layers[number].sort(key=lambda box: _pull(graph, box))
            _stack(layers)
    x = float(_MARGIN)
    for number in sorted(layers):
        for box in layers[number]:
            box.x = x
        x += max(box.width for box in layers[number]) + _GAP_X


def _layer(graph: _Graph) -> None:
    """Give each box the length of the longest way to it."""
    for _ in graph.boxes:
        moved = False
        for source, _, target, _ in graph.edges:
            if source is not target and target.layer <= source.layer:
                target.layer, moved = source.layer + 1, True
        if not moved:
            break
    for source, _, _, _ in graph.edges:  # what only leads on stands just before it
        if not any(edge[2] is source for edge in graph.edges):
            source.layer = min(edge[2].layer for edge in graph.edges if edge[0] is source) - 1


def _stack(layers: Mapping[int, list[_Box]]) -> None:
    heights = {number: sum(box.height + _GAP_Y for box in boxes) - _GAP_Y for number, boxes in layers.items()}
    tallest = max(heights.values(), default=0)
    for number, boxes in layers.items():
        y = _MARGIN + (tallest - heights[number]) / 2
        for box in boxes:
            box.y = y
            y += box.height + _GAP_Y


def _pull(graph: _Graph, box: _Box) -> float:
    """Return the mean height of what a box is joined with."""
    joined = [
        other.middle(column)
        for source, given, target, got in graph.edges
        for mine, other, column in ((source, target, got), (target, source, given))
        if mine is box
    ]
    return sum(joined) / len(joined) if joined else box.y


# ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────


def _drawn(box: _Box, says: Mapping[str, str]) -> Iterator[str]:
    frame = _ACCENT if box.asked else _EDGE
    yield (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="8" '
        f'fill="{_BOX}" stroke="{frame}"/>'
    )
    yield _text(box.x + _PAD, box.y + 19, box.title, weight=600, name=True)
    yield _text(box.x + _PAD, box.y + 35, box.note, fill=_FAINT, size=11, name=box.kind == "product")
    for column in box.columns:
        middle = box.middle(column)
        if column in box.asked:
            yield (
                f'<rect x="{box.x + 4:.1f}" y="{middle - _LINE / 2 + 1:.1f}" width="{box.width - 8:.1f}" '
                f'height="{_LINE - 2}" rx="4" fill="{_LIT}"/>'
            )
        yield _text(box.x + _PAD, middle + 4, says["rows"] if column == "*" else column, name=column != "*")


def _line(source: _Box, given: str, target: _Box, got: str, how: str) -> str:
    x, y, to_x, to_y = source.x + source.width, source.middle(given), target.x, target.middle(got)
    bend = max(40, (to_x - x) / 2)
    way = f"M{x:.1f} {y:.1f}C{x + bend:.1f} {y:.1f} {to_x - bend:.1f} {to_y:.1f} {to_x - 6:.1f} {to_y:.1f}"
    head = f"M{to_x - 7:.1f} {to_y - 4:.1f}L{to_x:.1f} {to_y:.1f}L{to_x - 7:.1f} {to_y + 4:.1f}z"
    line = f'<path d="{way}" fill="none" stroke="{_EDGE}" stroke-width="1.6"{_dashed(how)}/>'
    return f'{line}<path d="{head}" fill="{_EDGE}"/>'


def _desc(text: str) -> str:
    return f"<desc>{escape(text)}</desc>" if text else ""


def _dashed(how: str) -> str:
    return f' stroke-dasharray="{_DASHES[how]}"' if how in _DASHES else ""


def _legend(hows: Iterable[str], y: float, says: Mapping[str, str]) -> Iterator[str]:
    for place, how in enumerate(hows):
        x = _MARGIN + 130 * place
        yield f'<rect x="{x}" y="{y:.1f}" width="120" height="24" rx="12" fill="{_BOX}" stroke="{_EDGE}"/>'
        yield f'<path d="M{x + 12} {y + 12:.1f}h24" stroke="{_FAINT}" stroke-width="1.6"{_dashed(how)}/>'
        yield _text(x + 42, y + 16, says[how], fill=_FAINT, size=11)


def _text(
    x: float, y: float, text: str, *, fill: str = _INK, size: int = 12, weight: int = 400, name: bool = False
) -> str:
    """Return a text; a name is in no language."""
    tongue = ' lang="und"' if name else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size}" font-weight="{weight}"{tongue}>'
        f"{escape(_cut(text))}</text>"
    )


def _width(text: str) -> int:
    """Return how many letters wide a text is: Chinese ones are two."""
    return sum(1 + (east_asian_width(letter) in "WF") for letter in _cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
