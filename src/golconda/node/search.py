"""Search the catalogue in Chinese and English: words of Latin script, pairs of Chinese characters."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Document = dict[str, Any]  # plain JSON

_WORD = re.compile(r"[a-z0-9]+")
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]+")


def terms(text: str) -> frozenset[str]:
    """Return what a text is found by: words, and Chinese characters in pairs (single where alone).

    >>> sorted(terms("2013年 Flights, 航班数据"))
    ['2013', 'flights', '年', '数据', '班数', '航班']
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = set(_WORD.findall(folded))
    for run in _HAN.findall(folded):
        words |= {run[at : at + 2] for at in range(len(run) - 1)} or {run}
    return frozenset(words)


def search(products: Iterable[Document], text: str) -> list[Document]:
    """Return the products that hold every term of the text, best first, with ``score`` and ``matched``.

    A term counts most in the name and titles, then in the domain and organisation, then in columns and descriptions.
    A word also matches what begins with it. Cost: one pass over the catalogue.
    """
    wanted = terms(text)
    scored = [(_score(product, wanted), product) for product in products] if wanted else []
    found = [
        {**product, "score": round(score, 3), "matched": matched} for (score, matched), product in scored if score > 0
    ]
    return sorted(found, key=lambda product: (-product["score"], product["name"]))


def _score(product: Mapping[str, Any], wanted: frozenset[str]) -> tuple[float, list[str]]:
    fields = [(place, weight, terms(text)) for place, weight, text in _fields(product)]
    matched: dict[str, None] = {}
    total = 0.0
    for term in wanted:
        hits = [(weight, place) for place, weight, held in fields if _holds(held, term)]
        if not hits:
            return 0.0, []
        total += max(hits)[0]
        matched.update(dict.fromkeys(place for _, place in sorted(hits, reverse=True)[:3]))
    return total / len(wanted), list(matched)


def _holds(held: frozenset[str], term: str) -> bool:
    return term in held or any(word.startswith(term) for word in held)


def _fields(product: Mapping[str, Any]) -> Iterator[tuple[str, float, str]]:
    yield "name", 10.0, product["name"]
    yield "title", 10.0, _all(product["title"])
    yield "domain", 4.0, product["domain"] or ""
    yield "organisation", 4.0, _all(product["organisation"]["title"])
    yield "description", 2.0, _all(product["description"])
    for service in product.get("services", ()):
        yield f"service {service['name']}", 3.0, f"{service['name']} {_all(service['title'])}"
    for table in product["tables"]:
        yield f"table {table['name']}", 3.0, f"{table['name']} {_all(table['title'])}"
        for column in table["columns"]:
            yield f"column {column['name']}", 1.5, f"{column['name']} {column['description']}"


def _all(texts: Mapping[str, str]) -> str:
    return " ".join(texts.values())


def within(
    products: Sequence[Document],
    *,
    domain: str | None = None,
    grade: str | None = None,
    organisation: str | None = None,
) -> list[Document]:
    """Keep the products of a domain, grade and organisation; None keeps all."""
    return [
        product
        for product in products
        if domain in (None, product["domain"])
        and grade in (None, product["grade"])
        and organisation in (None, product["organisation"]["name"])
    ]
