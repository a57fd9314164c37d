"""Turns Spark's errors into ours. Its own words are never passed on: they quote values, plans and paths."""

from __future__ import annotations

from golconda.engine.faults import too_large
from golconda.kernel.errors import Defect, GolcondaError, InvalidInput, TryAgain

_CANCELLED = ("cancelled", "CANCELLED", "OPERATION_CANCELED", "JOB_CANCELLED")
_NO_MEMORY = ("OutOfMemoryError", "maxResultSize", "UNABLE_TO_ACQUIRE_MEMORY", "No space left")
# What Spark says of an expression that fails on a value, by its condition.
_ON_A_VALUE = (
    *("CAST_INVALID_INPUT", "CAST_OVERFLOW", "ARITHMETIC_OVERFLOW", "DIVIDE_BY_ZERO", "NUMERIC_VALUE_OUT_OF_RANGE"),
    *("SCALAR_SUBQUERY_TOO_MANY_ROWS", "INTERVAL_ARITHMETIC_OVERFLOW", "DATETIME_OVERFLOW", "REMAINDER_BY_ZERO"),
    *("BINARY_ARITHMETIC_OVERFLOW", "INVALID_FRACTION_OF_SECOND", "COLLECTION_SIZE_LIMIT_EXCEEDED"),
)
_LOST = frozenset(
    {"Py4JNetworkError", "Py4JError", "AnswerException"}
)  # the connection, before the process is seen dead
_TOO_DEEP = ("StackOverflowError", "Max iterations")  # of what nests deeper than Spark reads, and DuckDB still does
_UNREAD = ("AnalysisException", "ParseException")
_FILES = ("FAILED_READ_FILE", "FileNotFoundException", "PATH_NOT_FOUND")


def translated(error: Exception, *, alive: bool) -> GolcondaError:
    """Return the error to raise instead; it depends on the kind of the fault and on the query, on no value."""
    if isinstance(error, GolcondaError):
        return error
    if not alive or isinstance(error, (OSError, EOFError)) or type(error).__name__ in _LOST:
        return gone()
    said = str(error)
    if any(word in said for word in _ON_A_VALUE):
        return InvalidInput(
            "query-value-error",
            "The query fails on a value: a conversion, a range or an arithmetic error.",
            hint="Use TRY_CAST, or filter with a condition that cannot fail.",
        )
    if any(word in said for word in _NO_MEMORY):
        return too_large()
    if any(word in said for word in _CANCELLED):
        return TryAgain("query-stopped", "The query was stopped before it ended.", hint="Ask again.")
    if any(word in said for word in _FILES):
        return TryAgain("files-unreachable", "The product's files cannot be read just now.", hint="Try again.")
    if type(error).__name__ in _UNREAD or any(word in said for word in _TOO_DEEP):
        return InvalidInput(
            "engine-differs",
            "Spark does not accept the query as it is written.",
            hint="Ask with --engine duckdb, or write it with what docs/explain/engines.md lists.",
            engine="spark",
        )
    return Defect("engine-defect", "The engine broke on this query.", hint="Report it with the query's text.")


def gone() -> GolcondaError:
    """Return what is said where Spark's process died."""
    return TryAgain("engine-gone", "Spark ended while it worked on the query.", hint="Ask again: it is started anew.")
