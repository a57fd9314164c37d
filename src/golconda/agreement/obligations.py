"""What a decision demands of the bytes of one table: the input of the gate's compilers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from golconda.agreement.terms import MaskClause


@dataclass(frozen=True, slots=True)
class TableObligations:
    """Filter on raw values, then masks, then projection; and the least group, if only aggregates may leave.

    `columns`: the visible columns in contract order. `where`: canonical predicate texts, all of which must
    hold, with ``:organisation``, ``:person`` and ``:region`` still unbound. `masks`: by visible column; more
    than one different clause gives NULL. `unit`: the column whose distinct values a group counts, None = the
    row. `key_scope`: what the pseudonym key is derived for, such as ``agreement:…`` or ``organisation:acme``.
    """

    columns: tuple[str, ...]
    where: tuple[str, ...] = ()
    masks: tuple[tuple[str, tuple[MaskClause, ...]], ...] = ()
    min_group: int | None = None
    unit: str | None = None
    key_scope: str = ""
