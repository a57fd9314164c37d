"""Names: ASCII slugs for organisations, products and tables; any script for columns."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")
_PERSON = re.compile(r"[a-z][a-z0-9_.-]{0,62}")


def slug(text: str, *, what: str) -> str:
    """Return `text` if it is a slug, else raise ``name-invalid``; `what` names the thing in the message."""
    if _SLUG.fullmatch(text):
        return text
    raise InvalidInput(
        "name-invalid",
        f"{text!r} is no name for {what}.",
        hint="Use small letters, digits and _, beginning with a letter, at most 63; a title may be in any language.",
        name=text,
    )


def slugify(text: str) -> str:
    """Return the slug nearest to `text`, for names drafted from files.

    >>> slugify("Visits 2013-07"), slugify("2013年航班"), slugify("报表")
    ('visits_2013_07', 't_2013', 'table')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    cleaned = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not cleaned:
        return "table"
    return (cleaned if cleaned[0].isalpha() else f"t_{cleaned}")[:63]


@dataclass(frozen=True, slots=True, order=True)
class ProductName:
    """``organisation/product``: the identity of a product wherever it is found."""

    organisation: str
    product: str

    def __str__(self) -> str:
        return f"{self.organisation}/{self.product}"

    @classmethod
    def parse(cls, text: str, *, home: str | None = None) -> ProductName:
        """Read ``organisation/product``, or ``product`` alone where `home` gives the organisation."""
        organisation, slash, product = text.partition("/")
        if slash:
            return cls(slug(organisation, what="an organisation"), slug(product, what="a product"))
        if home is None:
            raise InvalidInput(
                "name-invalid",
                f"{text!r} does not say whose product it is.",
                hint="Write organisation/product.",
                name=text,
            )
        return cls(home, slug(text, what="a product"))


@dataclass(frozen=True, slots=True, order=True)
class VersionName:
    """``organisation/product@3``: an immutable state of a product."""

    product: ProductName
    number: int

    def __str__(self) -> str:
        return f"{self.product}@{self.number}"


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """``organisation.product.table``: the three names of SQL, of Delta Sharing and of the portal."""

    product: ProductName
    table: str

    def __str__(self) -> str:
        return f"{self.product.organisation}.{self.product.product}.{self.table}"


@dataclass(frozen=True, slots=True, order=True)
class PrincipalName:
    """``organisation/person``: who asks."""

    organisation: str
    person: str

    def __str__(self) -> str:
        return f"{self.organisation}/{self.person}"

    @classmethod
    def parse(cls, text: str) -> PrincipalName:
        """Read ``organisation/person``."""
        organisation, slash, person = text.partition("/")
        if not slash or not _PERSON.fullmatch(person):
            raise InvalidInput(
                "principal-invalid",
                f"{text!r} names nobody.",
                hint="Write organisation/person, as in acme/li.",
            )
        return cls(slug(organisation, what="an organisation"), person)


def split_version(text: str) -> tuple[str, int | None]:
    """Split ``care@3`` into its name and number; without ``@`` the number is None, the published one."""
    name, at, number = text.partition("@")
    if not at:
        return name, None
    if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number)):
        raise InvalidInput(
            "version-invalid",
            f"{number[:40]!r} is no version of {name}.",
            hint="Write a whole number, as in care@1.",
        )
    return name, int(number)


def column_name(text: str) -> str:
    """Return a column's name as we keep it: NFC, trimmed."""
    return unicodedata.normalize("NFC", text).strip()


def repeated(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names that stand more than once without regard to case, in order of first repetition."""
    seen: set[str] = set()
    twice: list[str] = []
    for column in columns:
        key = column.casefold()
        if key in seen and column not in twice:
            twice.append(column)
        seen.add(key)
    return tuple(twice)
