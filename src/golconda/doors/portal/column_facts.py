"""What released findings say of each column, ready to show. What was not released is simply not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from golconda.doors.portal.ports import Document

MOST_VALUES = 3


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column. `missing` is a share of one; None = not known. `exact` is about `distinct`."""

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
    bars: tuple[float, ...]
    values: tuple[tuple[str, float], ...]


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
    def value(*names: str) -> Any:
        return next((said[name]["value"] for name in names if name in said), None)

    nulls, distinct = value("nulls", "missing"), value("distinct")
    return ColumnFacts(
        name=column["name"],
        type=column["type"],
        nullable=column.get("nullable", True),
        description=column.get("description") or "",
        missing=nulls / rows if rows and isinstance(nulls, int | float) else None,
        distinct=distinct if isinstance(distinct, int) else None,
        exact=said["distinct"].get("exactness") == "exact" if "distinct" in said else True,
        low=_scalar(value("minimum", "min")),
        high=_scalar(value("maximum", "max")),
        mean=_scalar(value("mean")),
        bars=_bars(value("histogram")),
        values=_values(value("top", "top_values"), rows),
    )


def _scalar(value: Any) -> Any:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _bars(histogram: Any) -> tuple[float, ...]:
    """Read counts per interval, given alone, under ``counts`` or one by one."""
    if isinstance(histogram, Mapping):
        histogram = histogram.get("counts") or histogram.get("bins")
    if not isinstance(histogram, Sequence) or isinstance(histogram, str):
        return ()
    return tuple(float(count) for count in map(_count, histogram) if count is not None)


def _count(item: Any) -> float | None:
    if isinstance(item, Mapping):
        item = item.get("rows", item.get("count"))
    elif isinstance(item, Sequence) and not isinstance(item, str):
        item = item[-1] if item else None
    return item if isinstance(item, int | float) else None


def _values(top: Any, rows: int) -> tuple[tuple[str, float], ...]:
    if not isinstance(top, Sequence) or isinstance(top, str) or not rows:
        return ()
    pairs = [(item.get("value"), _count(item)) if isinstance(item, Mapping) else (item[0], item[-1]) for item in top]
    return tuple((str(value), count / rows) for value, count in pairs[:MOST_VALUES] if isinstance(count, int | float))
