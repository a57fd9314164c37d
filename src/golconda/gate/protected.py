"""A table as a decision leaves it for the compiler: what is stored, and what may be seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from golconda.agreement.obligations import TableObligations
    from golconda.kernel.logical_types import Column
    from golconda.kernel.names import TableName


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """`columns` are the stored ones; `files` the snapshot's Parquet files.

    `unique`: columns whose values each stand once; `identifiers`: columns that name a person or thing (keys, the
    privacy unit, what the contract grades an identifier).
    """

    name: TableName
    columns: tuple[Column, ...]
    obligations: TableObligations
    files: tuple[str, ...]
    unique: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()

    @property
    def is_filtered(self) -> bool:
        """Say whether rows are hidden from the reader."""
        return bool(self.obligations.where)

    def column(self, name: str) -> Column:
        """Return a stored column by its exact name."""
        return next(column for column in self.columns if column.name == name)
