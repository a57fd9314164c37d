"""Profile a snapshot in a few queries: a scan of everything, then what that made worth asking.

1. counts, extremes, means and sketches of every column: one scan, no regular expression;
2. distributions of columns with few values and support of extremes: one scan of those columns;
3. uniqueness of what may be a key: one scan of those columns, and a query for each that it leaves open;
4. quantiles and shapes of values, on a sample where the table is large.
One query for everything would cost three to fifteen scans: quantiles, distinct counts and regular expressions share
badly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.profiling import details, keys, overview, sample
from golconda.profiling.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb
    from sqlglot import exp

    from golconda.kernel.logical_types import Column

_GROUP = 50  # columns a query: each is read once all the same, and a query of thousands takes gigabytes to run


def profile(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], table: str, columns: Sequence[Column]
) -> tuple[Finding, ...]:
    """Return the findings of a table's Parquet files, none released: `release` does that by the contract."""
    found: list[Finding] = []
    for start in range(0, len(columns), _GROUP):
        group = columns[start : start + _GROUP]
        rows, seen = overview.rows_and_columns(_one(connection, overview.query(files, group)), group)
        found.extend([] if found else [Finding(table, None, "rows", rows)])
        found.extend(overview.findings(table, seen, rows))
        found.extend(_deeper(connection, files, table, seen) if rows else ())
    order = {column.name: place for place, column in enumerate(columns)}
    return tuple(sorted(found, key=lambda finding: order.get(finding.column or "", -1)))


def _deeper(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], table: str, seen: Sequence[overview.Seen]
) -> Iterator[Finding]:
    asked = details.query(files, seen)
    answers = _one(connection, asked) if asked else {}
    yield from details.findings(table, seen, answers, _exact(connection, files, seen))
    sampled = sample.query(files, seen)
    if sampled:
        yield from sample.findings(table, seen, _one(connection, sampled))


def _exact(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], seen: Sequence[overview.Seen]
) -> dict[int, int]:
    """Return the exact number of values of each column that may be unique, by its place."""
    asked = [one for one in keys.candidates(seen) if not details.has_few_values(one)]
    query = keys.rising_query(files, asked)
    rising = keys.rising(_one(connection, query)) if query else frozenset()
    return {
        one.place: one.rows if one.place in rising else _one(connection, keys.count_query(files, one))["exact"]
        for one in asked
    }


def _one(connection: duckdb.DuckDBPyConnection, query: exp.Select) -> dict[str, Any]:
    cursor = connection.execute(query.sql("duckdb"))
    names = [description[0] for description in cursor.description or ()]
    return dict(zip(names, cursor.fetchone() or (), strict=True))
