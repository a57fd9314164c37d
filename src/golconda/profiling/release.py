"""Which findings strangers may see: counts always, values of rows only where ten rows share them.

Source: terms, section 2, item 3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from golconda.contract.expectation import TableExpectation
    from golconda.profiling.finding import Finding

MIN_ROWS = 10
COUNTS = frozenset({"rows", "missing", "distinct", "unique", "shapes"})


def release(findings: Sequence[Finding], expectation: TableExpectation) -> tuple[Finding, ...]:
    """Mark the findings of one table by its contract; a column it does not know counts as sensitive."""
    open_columns = {column.name for column in expectation.columns if not column.sensitive}
    return tuple(replace(finding, released=_may_show(finding, open_columns)) for finding in findings)


def _may_show(finding: Finding, open_columns: set[str]) -> bool:
    if finding.name in COUNTS or finding.name.startswith("check:"):
        return True
    return finding.column in open_columns and (finding.support or 0) >= MIN_ROWS
