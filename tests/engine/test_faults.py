"""An engine's fault becomes ours by its kind, whichever way it comes, and says nothing of what the engine said."""

from __future__ import annotations

import duckdb
import pytest

from golconda.engine.faults import is_fatal, translated


@pytest.mark.parametrize(
    ("error", "code", "fatal"),
    [
        (duckdb.ConversionException("SECRET"), "query-value-error", False),
        (OSError("Conversion Error: Could not convert string 'SECRET' to INT32"), "query-value-error", False),
        (OSError("Invalid Input Error: IO Error: SECRET"), "query-value-error", False),
        (OSError("IO Error: No files found that match SECRET"), "files-unreachable", False),
        (FileNotFoundError(2, "SECRET"), "files-unreachable", False),
        (OSError("Out of Memory Error: could not allocate SECRET"), "query-too-large", True),
        (MemoryError(), "query-too-large", True),
        (OSError("INTERNAL Error: SECRET"), "engine-defect", True),
        (duckdb.InternalException("SECRET"), "engine-defect", True),
        (duckdb.InterruptException("INTERRUPT Error: SECRET"), "query-stopped", False),
        (duckdb.BinderException("SECRET"), "query-not-valid", False),
    ],
)
def test_a_fault_is_told_by_its_kind(error: Exception, code: str, fatal: bool) -> None:
    told = translated(error)
    assert (told.code, is_fatal(error)) == (code, fatal)
    assert "SECRET" not in told.message + told.hint
