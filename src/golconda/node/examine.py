"""Tables on their way in: read into staging, profiled, judged by the contract, sealed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from golconda.engine.workshop import Workshop, guarded
from golconda.governance.quality import verdict
from golconda.integration.reading import staging as reader
from golconda.integration.reading.stored_types import logical
from golconda.kernel.errors import InvalidInput
from golconda.kernel.logical_types import Column
from golconda.kernel.names import TableName
from golconda.kernel.ports import MOST_LISTED
from golconda.lake import staging
from golconda.metastore.catalog import Snapshot
from golconda.node.publisher import allowance
from golconda.profiling import profile, release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from golconda.contract import Contract, TableExpectation
    from golconda.governance.quality import Verdict
    from golconda.integration.reading.sources import Source
    from golconda.integration.reading.staging import ReadTable
    from golconda.kernel.names import ProductName
    from golconda.kernel.ports import RejectedRow
    from golconda.lake.staging import StagedFile
    from golconda.node.publisher import Publisher
    from golconda.profiling import Finding


@dataclass(frozen=True, slots=True)
class Looked:
    """A table that is read and profiled."""

    source: Source
    read: ReadTable
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """Return the table's name."""
        return self.source.table.name

    @property
    def title(self) -> dict[str, str]:
        """Return the title that its source gives it."""
        return {"en": self.source.table.title or self.name}


@dataclass(frozen=True, slots=True)
class Made:
    """A table that is judged good and sealed. `rejected_rows` may exceed the rows that are listed."""

    looked: Looked
    expectation: TableExpectation
    columns: tuple[Column, ...]
    staged: StagedFile
    rejected: tuple[RejectedRow, ...]
    rejected_rows: int
    findings: tuple[Finding, ...]

    def snapshot(self, ordinal: int) -> Snapshot:
        """Return the snapshot it becomes, not committed yet."""
        required = {column.name for column in self.expectation.columns if column.required}
        file = self.staged.becomes
        return Snapshot(
            table=self.looked.name,
            ordinal=ordinal,
            title=self.expectation.title or self.looked.title,
            delta_version=-1,
            columns=tuple(replace(c, nullable=c.name not in required) for c in self.columns),
            files=(file,),
            rows=file.rows,
            bytes=file.size,
            rejected=self.rejected_rows,
        )

    def finding_documents(self) -> Iterator[dict[str, object]]:
        """Give the findings as the catalogue keeps them, marked for release by the contract."""
        for finding in release(self.findings, self.expectation):
            yield {
                "table": finding.table,
                "column": finding.column,
                "name": finding.name,
                "value": finding.value,
                "exactness": str(finding.exactness),
                "released": finding.released,
            }

    def rejection_documents(self) -> Iterator[dict[str, object]]:
        """Give the rows that were set aside as the catalogue keeps them."""
        for row in self.rejected:
            yield {
                "table": self.looked.name,
                "row": row.row,
                "column": row.column,
                "reason": row.reason,
                "raw": row.raw,
            }


def look(node: Publisher, source: Source, folder: Path, given: Contract | None, options: Mapping[str, str]) -> Looked:
    """Read a table into staging and profile it."""
    expectation = given.table(source.table.name) if given else None
    if given and expectation is None:
        raise InvalidInput(
            "contract-broken",
            f"The contract knows no table {source.table.name!r}.",
            hint="Correct the file's name or the contract.",
        )
    known = {column.name: column.type for column in expectation.columns} if expectation else {}
    read = reader.read(source, folder, known=known, options=options, allowance=allowance(node))
    return Looked(source, read, _profile(node, source, folder, read.file, read.columns))


def make(
    node: Publisher,
    looked: Looked,
    folder: Path,
    contract: Contract,
    *,
    product: ProductName,
    publish_id: str,
) -> Made:
    """Judge a table by its contract, set bad rows aside, and seal what is left."""
    expectation = contract.table(looked.name)
    assert expectation is not None  # noqa: S101 - `look` refused it, or it was drafted from this table
    judged = _judge(node, looked, folder, expectation)
    judged.demand()
    _refuse_mostly_rejected(looked, judged)
    file, columns, findings = looked.read.file, looked.read.columns, looked.findings
    if judged.accepted is not None:
        file, columns = _rewrite(node, looked, folder, judged)
        findings = _profile(node, looked.source, folder, file, columns)
    table = TableName(product, looked.name)
    return Made(
        looked=looked,
        expectation=expectation,
        columns=columns,
        staged=staging.finish(node.lake, file, table, publish_id, columns),
        rejected=_listed(looked, judged),
        rejected_rows=len(looked.read.absent) + judged.rejected_rows,
        findings=(*findings, *judged.findings()),
    )


def _profile(
    node: Publisher, source: Source, folder: Path, file: Path, columns: tuple[Column, ...]
) -> tuple[Finding, ...]:
    with (
        Workshop(reads=(), folder=folder, allowance=allowance(node)) as workshop,
        guarded(source.table.origin),
    ):
        return profile(workshop.connection, [str(file)], source.table.name, columns)


def _judge(node: Publisher, looked: Looked, folder: Path, expectation: TableExpectation) -> Verdict:
    read = looked.read
    with (
        Workshop(reads=(), folder=folder, allowance=allowance(node)) as workshop,
        guarded(looked.source.table.origin),
    ):
        return verdict(workshop.connection, expectation, [str(read.file)], read.columns, looked.findings)


def _rewrite(node: Publisher, looked: Looked, folder: Path, judged: Verdict) -> tuple[Path, tuple[Column, ...]]:
    """Write the accepted rows to a second file, as the promised types."""
    assert judged.accepted is not None  # noqa: S101 - the caller asked
    address = looked.source.table.origin
    file = staging.part(folder, looked.name, attempt=1)
    with Workshop(reads=(), folder=folder, allowance=allowance(node)) as workshop:
        described = workshop.types(judged.accepted, subject=address)
        staging.write(workshop, judged.accepted, file, subject=address)
    return file, tuple(Column(name, logical(type_, column=name)) for name, type_ in described)


def _listed(looked: Looked, judged: Verdict) -> tuple[RejectedRow, ...]:
    """Return the first rows that were set aside, those the contract turned away under their numbers in the source."""
    turned_away = (replace(row, row=looked.read.source_row(row.row - 1)) for row in judged.rejected)
    return tuple(sorted([*looked.read.rejected, *turned_away], key=lambda row: row.row)[:MOST_LISTED])


def _refuse_mostly_rejected(looked: Looked, judged: Verdict) -> None:
    staged = next((int(f.value) for f in looked.findings if f.name == "rows" and f.column is None), 0)
    rejected = len(looked.read.absent) + judged.rejected_rows
    total = len(looked.read.absent) + staged
    if rejected > total * reader.MOST_REJECTED:
        raise reader.mostly_rejected(rejected, total, looked.source.table.origin)
