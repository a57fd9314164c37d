"""What a demonstration consists of, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Title:
    """A text in both languages."""

    en: str
    zh: str

    @property
    def document(self) -> dict[str, str]:
        """Return it as the node takes it."""
        return {"en": self.en, "zh": self.zh}


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation of the demonstration. It has a steward and a reader called as their role."""

    name: str
    title: Title

    @property
    def steward(self) -> str:
        """Return who publishes and decides for it."""
        return f"{self.name}/steward"

    @property
    def reader(self) -> str:
        """Return who asks questions for it."""
        return f"{self.name}/reader"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, how it comes out of the archives' members, and what its columns mean."""

    name: str
    title: Title
    clean: Callable[[Mapping[str, Path]], pa.Table]
    columns: Mapping[str, str]  # what they mean


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms as a steward writes them; `automatic` means that a request is approved by itself."""

    title: Title
    terms: str
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its tables and offers. Deals refer to the first offer."""

    name: str  # organisation/product
    title: Title
    description: Title
    domain: str
    grade: str
    tables: tuple[Table, ...]
    offers: tuple[Offer, ...]
    synthetic: bool = False

    @property
    def organisation(self) -> str:
        """Return whose product it is."""
        return self.name.partition("/")[0]


class Ending(StrEnum):
    """Where a deal stands when the demonstration is built."""

    ACTIVE = "active"
    REQUESTED = "requested"
    COUNTERED = "countered"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Deal:
    """Who asks for what, for which purpose, and how it ends. `counter`: terms that the owner answers with."""

    assignee: str  # an organisation
    product: str
    purpose: str
    ending: Ending = Ending.ACTIVE
    counter: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a reader's agreements answer, and the answer that was checked without Golconda."""

    title: Title
    asker: str  # an organisation
    purpose: str
    sql: str
    answer: tuple[tuple[Any, ...], ...]  # numbers within 0.001
