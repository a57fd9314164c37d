"""Titles of products, organisations and purposes, for pages whose documents hold names alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from golconda.doors.portal.ports import Document, Reader


@dataclass(frozen=True, slots=True)
class Names:
    """Title documents by name, code or slug; what the reader may not know of has none."""

    products: Mapping[str, Document] = field(default_factory=dict)
    organisations: Mapping[str, Document] = field(default_factory=dict)
    purposes: Mapping[str, Document] = field(default_factory=dict)

    @classmethod
    def known_to(cls, reader: Reader) -> Names:
        """Ask for all of them; costs one listing of the catalogue."""
        listed = reader.products()["products"]
        return cls(
            products={product["name"]: product["title"] for product in listed},
            organisations={product["organisation"]["name"]: product["organisation"]["title"] for product in listed},
            purposes={purpose["code"]: purpose.get("title") or {} for purpose in reader.purposes()},
        )
