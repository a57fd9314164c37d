"""What is said of what Spark cannot mean the same by."""

from __future__ import annotations

from golconda.kernel.errors import InvalidInput


def refused(part: str) -> InvalidInput:
    """Return the refusal of a part of a query."""
    return InvalidInput(
        "engine-differs",
        f"The engine spark is not asked for {part}, since its answer might differ from DuckDB's.",
        hint="Ask with --engine duckdb, or write it with what docs/explain/engines.md lists.",
        engine="spark",
    )
