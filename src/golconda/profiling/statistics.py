"""Profile a snapshot in at most three queries: a scan of everything, then what that made worth asking.

1. counts, extremes, means and sketches of every column: one scan, no regular expression;
2. distributions of columns with few values, support of extremes, uniqueness of what may be a key;
3. quantiles and shapes of values, on a sample where the table is large.
One query for everything would cost three to fifteen scans: quantiles and regular expressions share badly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.profiling import details, overview, sample
from golconda.profiling.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb
    from sqlglot import exp

    from golconda.kernel.logical_types import Column


def profile(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], table: str, columns: Sequence[Column]
) -> tuple[Finding, ...]:
    """Return the findings of a table's Parquet files, none released: `release` does that by the contract."""
    rows, seen = overview.rows_and_columns(_one(connection, overview.query(files, columns)), columns)
    found: list[Finding] = [Finding(table, None, "rows", rows)]
    found.extend(overview.findings(table, seen, rows))
    if rows:
        found.extend(_deeper(connection, files, table, seen))
    order = {column.name: place for place, column in enumerate(columns)}
    return tuple(sorted(found, key=lambda finding: order.get(finding.column or "", -1)))


def _deeper(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], table: str, seen: Sequence[overview.Seen]
) -> Iterator[Finding]:
    asked = details.query(files, seen)
    answers = _one(connection, asked) if asked else {}
    yield from details.findings(table, seen, answers)
    sampled = sample.query(files, seen)
    if sampled:
        yield from sample.findings(table, seen, _one(connection, sampled))


def _one(connection: duckdb.DuckDBPyConnection, query: exp.Select) -> dict[str, Any]:
    cursor = connection.execute(query.sql("duckdb"))
    names = [description[0] for description in cursor.description or ()]
    return dict(zip(names, cursor.fetchone() or (), strict=True))
