"""The verdict on one table: which rows are set aside, which rules are broken, whether it may be published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from golconda.governance.quality import rejection
from golconda.governance.quality.promises import misfits, row_promises, table_promises, target_type
from golconda.governance.quality.threshold import holds, in_unit
from golconda.kernel import plugin
from golconda.kernel.errors import InvalidInput
from golconda.kernel.ports import MOST_LISTED, RejectedRow
from golconda.profiling.finding import Finding
from golconda.profiling.scan import parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from golconda.contract.expectation import QualityRule, TableExpectation
    from golconda.governance.quality.promises import RowPromise, TablePromise
    from golconda.kernel.logical_types import Column
    from golconda.kernel.ports import Check

# Severities that only report; any other, and none, stops publishing: a promise is a promise.
MILD = frozenset({"info", "warning", "warn", "low"})
_BATCH_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Result:
    """How one check came out. `holds` None = not run: a rule in words, SQL or for another engine."""

    check: str
    column: str | None
    holds: bool | None
    measured: float | None
    message: str
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks say of a table's staged files.

    `rejected`: bad rows in order, each once, at most `MOST_LISTED` of `rejected_rows`. `accepted`: the query
    of the rows to publish as the promised types, or None where the staged files are right as they are.
    """

    table: str
    results: tuple[Result, ...]
    rejected: tuple[RejectedRow, ...] = ()
    rejected_rows: int = 0
    accepted: exp.Select | None = None

    @property
    def broken(self) -> tuple[Result, ...]:
        """Return the results that stop publishing."""
        return tuple(result for result in self.results if result.blocks)

    @property
    def may_publish(self) -> bool:
        """Say whether the accepted rows may become a version."""
        return not self.broken

    def demand(self) -> None:
        """Raise ``contract-broken`` where the table may not be published."""
        if self.may_publish:
            return
        first, more = self.broken[0], len(self.broken) - 1
        others = f", and {more} more." if more else "."
        raise InvalidInput(
            "contract-broken",
            f"Table {self.table!r} breaks its contract: {first.message}{others}",
            hint="Mend the data, or change the contract if the promise is out of date.",
            broken=[result.message for result in self.broken],
        )

    def findings(self) -> tuple[Finding, ...]:
        """Return each result as a finding; it holds counts alone, so strangers may see it."""
        return tuple(_finding(self.table, result) for result in self.results)


def _finding(table: str, result: Result) -> Finding:
    value = {"holds": result.holds, "measured": result.measured, "says": result.message}
    return Finding(table, result.column, f"check:{result.check}", value, released=True)


def verdict(
    connection: duckdb.DuckDBPyConnection,
    expectation: TableExpectation,
    files: Sequence[str],
    columns: Sequence[Column],
    findings: Sequence[Finding] = (),
) -> Verdict:
    """Judge a table's staged Parquet files. What exact findings already settle is not scanned again."""
    unfit = misfits(expectation, columns)
    if unfit:
        results = tuple(Result("columns", None, False, None, message, blocks=True) for message in unfit)
        return Verdict(expectation.name, results)
    promises = row_promises(expectation, columns)
    promised = rejection.as_promised(expectation, files, columns)
    counts = _counts(connection, promises, files, promised=promised.subquery("promised"), findings=findings)
    failing = rejection.failing(expectation, files, columns) if any(counts) else None
    rejected, rejected_rows = _rejected(connection, failing)
    if rejected:
        accepted: exp.Select | None = rejection.kept(expectation, files, columns)
    else:
        accepted = promised if _changes(expectation, columns) else None
    source = accepted.subquery("accepted") if accepted else parquet(files)
    return Verdict(
        table=expectation.name,
        results=(
            *_row_results(promises, counts),
            *_strangers(expectation, columns),
            *_table_results(connection, expectation, source),
        ),
        rejected=tuple(_row(promises, *pair) for pair in rejected),
        rejected_rows=rejected_rows,
        accepted=accepted,
    )


def _counts(
    connection: duckdb.DuckDBPyConnection,
    promises: Sequence[RowPromise],
    files: Sequence[str],
    *,
    promised: exp.Subquery,
    findings: Sequence[Finding],
) -> list[int]:
    """Count the rows that break each promise: one scan of what findings leave open, and one of keys."""
    settled = _settled(promises, findings)
    counts = [0] * len(promises)
    for row_wise, source in ((True, parquet(files)), (False, promised)):
        open_ = [i for i, p in enumerate(promises) if p.check.row_wise is row_wise and not settled[i]]
        measured = _measured(connection, [promises[index].check for index in open_], source)
        for index, count in zip(open_, measured, strict=True):
            counts[index] = int(count)
    return counts


def _measured(
    connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], source: exp.Table | exp.Subquery
) -> tuple[Any, ...]:
    """Run the measures of many checks in one scan."""
    if not checks:
        return ()
    measures = [exp.alias_(check.measure(), f"m{index}", quoted=True) for index, check in enumerate(checks)]
    return connection.execute(exp.select(*measures).from_(source).sql("duckdb")).fetchone() or ()


def _settled(promises: Sequence[RowPromise], findings: Sequence[Finding]) -> list[bool]:
    """Say of each promise whether exact findings show that no row breaks it; a cast may make two values one."""
    found = {(finding.column, finding.name): finding.value for finding in reversed(findings)}
    cast = {promise.columns for promise in promises if promise.name == "type_fits"}
    return [promise.columns not in cast and _is_shown(promise, found) for promise in promises]


def _is_shown(promise: RowPromise, found: Mapping[tuple[str | None, str], object]) -> bool:
    name, right = {"required": ("missing", 0), "unique": ("unique", True)}.get(promise.name, (None, None))
    return name is not None and len(promise.columns) == 1 and found.get((promise.columns[0], name)) == right


def _rejected(connection: duckdb.DuckDBPyConnection, query: exp.Select | None) -> tuple[list[tuple[int, int]], int]:
    """Return the first rows that are listed, and how many there are in all."""
    if query is None:
        return [], 0
    cursor = connection.execute(query.sql("duckdb"))
    listed = cursor.fetchmany(MOST_LISTED)
    return listed, len(listed) + sum(map(len, iter(lambda: cursor.fetchmany(_BATCH_ROWS), [])))


def _row(promises: Sequence[RowPromise], row: int, index: int) -> RejectedRow:
    promise = promises[index]
    return RejectedRow(row=row, reason=promise.check.reason, column=", ".join(promise.columns))


def _changes(expectation: TableExpectation, columns: Sequence[Column]) -> bool:
    """Say whether a stored column is of another type than promised."""
    known = ((expectation.column(stored.name), stored.type) for stored in columns)
    return any(expected and target_type(expected, type_) != type_ for expected, type_ in known)


def _row_results(promises: Sequence[RowPromise], counts: Sequence[int]) -> Iterator[Result]:
    for promise, count in zip(promises, counts, strict=True):
        named = ", ".join(promise.columns)
        outcome = f"fails in {count} rows" if count else "holds"
        message = f"{promise.name} of {named} {outcome}"
        yield Result(promise.name, named, count == 0, count, message)


def _strangers(expectation: TableExpectation, columns: Sequence[Column]) -> Iterator[Result]:
    for column in columns:
        if expectation.column(column.name) is None:
            message = f"column {column.name!r} is not in the contract"
            yield Result("columns", column.name, False, None, message)


def _table_results(
    connection: duckdb.DuckDBPyConnection, expectation: TableExpectation, source: exp.Table | exp.Subquery
) -> Iterator[Result]:
    yield from (_not_run(rule) for rule in expectation.rules if rule.metric is None)
    promises = list(table_promises(expectation))
    if not promises:
        return
    checks = [plugin.load("check", "row_count")(), *(promise.check for promise in promises)]
    rows, *counts = _measured(connection, checks, source)
    for promise, count in zip(promises, counts, strict=True):
        yield _table_result(promise, in_unit(int(count), int(rows), promise.rule.unit))


def _table_result(promise: TablePromise, value: float) -> Result:
    rule, kept = promise.rule, holds(promise.rule, value)
    unit = " %" if rule.unit == "percent" else ""
    subject = f"{rule.metric} of {rule.column}" if rule.column else str(rule.metric)
    message = f"{subject} is {value:g}{unit}, {_words(rule.operator)} {_shown(rule.threshold)}{unit}"
    blocks = not kept and str(rule.severity or "error").casefold() not in MILD
    return Result(promise.name, rule.column, kept, value, message, blocks)


def _not_run(rule: QualityRule) -> Result:
    return Result("rule", rule.column, None, None, f"{rule.name or 'a rule'} is not one this node can run")


def _words(operator: str | None) -> str:
    """Return ``must be less than`` of mustBeLessThan."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in operator or "")


def _shown(threshold: Any) -> str:  # a number or a pair
    return " and ".join(map(str, threshold)) if isinstance(threshold, tuple) else str(threshold)
