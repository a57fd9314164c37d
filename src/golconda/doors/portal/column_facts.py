"""What released findings say of each column, ready to show. What was not released is simply not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.doors.portal.spread import MOMENTS, Spread, of_moments, of_quantiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from golconda.doors.portal.ports import Document

Bar = tuple[float, int]  # a value and its rows

MOST_VALUES = 3
LEAST_BARS = 4
NEARLY_ALL = 0.95  # below, bars would draw a shape that the column does not have


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column. `missing` and `rest` are shares of one; None = not known. `exact` is about `distinct`.

    `own`: some of what is shown was not released and is the owner's alone. `rest`: rows with none of `values`.
    """

    name: str
    type: str
    nullable: bool
    description: str
    missing: float | None
    distinct: int | None
    exact: bool
    low: Any  # JSON scalars
    high: Any
    mean: Any
    deviation: Any
    bars: tuple[Bar, ...]
    values: tuple[tuple[str, float], ...]
    rest: float
    spread: Spread | None
    own: bool

    @property
    def numbers(self) -> bool:
        """Tell whether ends or a mean say more than the values do: not where there is but one value or names."""
        has_ends = self.low is not None and self.high is not None and not (self.values and isinstance(self.low, str))
        return self.distinct != 1 and (has_ends or self.mean is not None)


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table and its columns."""

    name: str
    title: Any  # a title document
    rows: int
    columns: tuple[ColumnFacts, ...]


def tables(product: Document) -> tuple[TableFacts, ...]:
    """Return a product's tables with what its findings say of them."""
    said: dict[tuple[str, str | None], dict[str, Document]] = {}
    for finding in product.get("findings", ()):
        said.setdefault((finding["table"], finding.get("column")), {})[finding["name"]] = finding
    return tuple(
        TableFacts(
            name=table["name"],
            title=table.get("title") or {},
            rows=table["rows"],
            columns=tuple(
                _column(column, table["rows"], said.get((table["name"], column["name"]), {}))
                for column in table["columns"]
            ),
        )
        for table in product["tables"]
    )


def _column(column: Document, rows: int, said: Mapping[str, Document]) -> ColumnFacts:
    def value(name: str) -> Any:  # JSON
        return said[name]["value"] if name in said else None

    top, distinct, missing = value("top_values") or (), value("distinct"), _share(value("missing"), rows)
    bars, values = _bars(top, rows), _values(top, rows)
    rest = 1 - missing - sum(part for _, part in values) if values and missing is not None else 0
    seen = bool(bars) or (bool(values) and rest <= 1 - NEARLY_ALL)
    spread = (
        None
        if bars
        else of_quantiles(value("quantiles")) or (None if seen else of_moments([value(name) for name in MOMENTS]))
    )
    return ColumnFacts(
        name=column["name"],
        type=column["type"],
        nullable=column.get("nullable", True),
        description=column.get("description") or "",
        missing=missing,
        distinct=distinct if isinstance(distinct, int) else None,
        exact="distinct" not in said or said["distinct"].get("exactness") == "exact",
        low=_scalar(value("minimum")),
        high=_scalar(value("maximum")),
        mean=_scalar(value("mean")),
        deviation=_scalar(value("deviation")),
        bars=bars,
        values=values,
        rest=rest,
        spread=spread,
        own=_is_own(said, spread),
    )


def _is_own(said: Mapping[str, Document], spread: Spread | None) -> bool:
    drawn = "quantiles" if spread and spread.kind == "quantiles" else "top_values"
    return any(said[name].get("released") is False for name in (drawn, *MOMENTS) if name in said)


def _share(count: Any, rows: int) -> float | None:
    return count / rows if rows and isinstance(count, int | float) else None


def _scalar(value: Any) -> Any:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _bars(top: Sequence[Document], rows: int) -> tuple[Bar, ...]:
    """Return value and count in the order of the values, where these are numbers and stand for nearly all rows."""
    numbers = [(item["value"], item["rows"]) for item in top if isinstance(item["value"], int | float)]
    covered = sum(count for _, count in numbers)
    if len(numbers) < LEAST_BARS or len(numbers) < len(top) or covered < NEARLY_ALL * rows:
        return ()
    return tuple(sorted(numbers))


def _values(top: Sequence[Document], rows: int) -> tuple[tuple[str, float], ...]:
    return tuple((str(item["value"]), item["rows"] / rows) for item in top[:MOST_VALUES]) if rows else ()
