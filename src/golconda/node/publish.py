"""Publish: sources in, a new version of a whole product out, or nothing at all.

The order is the promise: lease → staged files → profile and checks → contract and verdict → Delta commits →
one transaction that moves the pointer of all tables. Killed anywhere, readers see the old version or the new.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from golconda import contract as contracts
from golconda.contract import DraftTable
from golconda.engine.workshop import Allowance, Workshop, guarded
from golconda.integration.reading import sources as reading
from golconda.integration.reading import staging as reader
from golconda.kernel.errors import GolcondaError
from golconda.kernel.names import ProductName, TableName
from golconda.lake import delta, staging
from golconda.metastore import catalog, identity, leases, publishing
from golconda.metastore.catalog import Snapshot
from golconda.metastore.ids import new_id
from golconda.metastore.publishing import Plan, Signer, Staging
from golconda.node import collect, contract_files, recover
from golconda.profiling import profile, release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from golconda.contract import Contract, TableExpectation
    from golconda.integration.reading.sources import Source
    from golconda.integration.reading.staging import ReadTable
    from golconda.kernel.clock import Clock
    from golconda.kernel.logical_types import Column
    from golconda.kernel.ports import RejectedRow
    from golconda.lake.staging import StagedFile
    from golconda.lake.storage import Lake
    from golconda.metastore.catalog import Product, Version
    from golconda.metastore.database import Metastore
    from golconda.metastore.identity import Principal
    from golconda.metastore.leases import Lease
    from golconda.profiling import Finding

    Progress = Callable[[str, int, int], None]


class Settings(Protocol):
    """What publishing may use of the machine."""

    @property
    def threads(self) -> int: ...
    @property
    def memory_megabytes(self) -> int: ...
    @property
    def spill_megabytes(self) -> int: ...
    @property
    def versions_kept(self) -> int: ...


class Keys(Protocol):
    """Who signs."""

    def signing(self, owner: str) -> Signer:
        """Return an organisation's key."""
        ...


class Publisher(Protocol):
    """What publishing needs of a node."""

    @property
    def directory(self) -> Path: ...
    @property
    def home(self) -> str: ...
    @property
    def config(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def metastore(self) -> Metastore: ...
    @property
    def lake(self) -> Lake: ...
    @property
    def keys(self) -> Keys: ...


@dataclass(frozen=True, slots=True)
class Description:
    """What the publisher says of the product; what is left out stays as it was."""

    titles: Mapping[str, str]
    description: str = ""
    domain: str | None = None
    grade: str | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A version that readers now see. `rejected` counts the rows that were set aside."""

    product: ProductName
    number: int
    major: int
    publish_id: str
    tables: tuple[Snapshot, ...]

    @property
    def rows(self) -> int:
        """Return the rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def rejected(self) -> int:
        """Return the rows that were set aside, of all tables."""
        return sum(table.rejected for table in self.tables)


@dataclass(frozen=True, slots=True)
class _Prior:
    """The product as it is before this publish."""

    product: Product | None
    version: Version | None
    tables: tuple[Snapshot, ...]
    contract: Contract | None
    next_number: int


@dataclass(frozen=True, slots=True)
class _Made:
    """A table that is staged and looked at."""

    source: Source
    columns: tuple[Column, ...]
    staged: StagedFile
    rejected: tuple[RejectedRow, ...]
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        return self.source.table.name


def publish(
    node: Publisher,
    actor: Principal,
    sources: str | Sequence[str],
    *,
    name: str,
    titles: Mapping[str, str] | None = None,
    description: str = "",
    domain: str | None = None,
    grade: str | None = None,
    synthetic: bool = False,
    contract_text: str | None = None,
    options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Published:
    """Publish the tables at all `sources` as the next version of a product.

    `options` go to the connectors. `progress` is told the stage, and how many of its tables are done. The
    contract is the one given, else the file in the node's ``contracts``, else one drafted from the data.
    """
    product = ProductName.parse(name, home=node.home)
    said = Description(titles or {}, description, domain, grade, synthetic)
    found = reading.discover([sources] if isinstance(sources, str) else sources)
    reading.check_options(found, options or {})
    with leases.holding(node.metastore, f"publish:{product}", node.clock) as lease:
        recover.settle(node, product, lease)
        with node.metastore.read() as connection:
            prior = _prior(connection, product)
        given = _contract(node, product, contract_text)
        work = _Work(node, actor.name, product, lease, new_id("pub"), progress or _silent)
        return work.run(_named(found, prior), prior, given, said, options or {})


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


def _prior(connection: Connection, name: ProductName) -> _Prior:
    identity.organisation(connection, name.organisation)
    product, number = catalog.find(connection, name), publishing.next_number(connection, name)
    if product is None or product.current is None:
        return _Prior(product, None, (), None, number)
    version = catalog.version(connection, name)
    text = catalog.document(connection, version.contract)
    tables = catalog.snapshots(connection, name, version.number)
    return _Prior(product, version, tables, contracts.read(text), number)


def _contract(node: Publisher, name: ProductName, text: str | None) -> Contract | None:
    if text is not None:
        return contracts.read(text)
    return contract_files.found(node.directory, name) if name.organisation == node.home else None


def _named(found: tuple[Source, ...], prior: _Prior) -> tuple[Source, ...]:
    """Return the sources by table; one file for a product of one table is that table, whatever its name."""
    if len(found) != 1 or len(prior.tables) != 1:
        return found
    return (replace(found[0], table=replace(found[0].table, name=prior.tables[0].table)),)


@dataclass(frozen=True, slots=True)
class _Work:
    """One publish under its lease."""

    node: Publisher
    actor: str
    product: ProductName
    lease: Lease
    publish_id: str
    progress: Progress

    def run(
        self,
        sources: tuple[Source, ...],
        prior: _Prior,
        given: Contract | None,
        said: Description,
        options: Mapping[str, str],
    ) -> Published:
        with self._undone_on_failure():
            made = self._stage(sources, given, options)
            plan = self._judge(made, prior, given, said)
            versions = self._commit(plan)
            recover.move(self.node, plan, self.lease, versions)
        # What can be removed now can be removed later: the version is out, and that is what counts.
        with suppress(GolcondaError, OSError):
            collect.collect_product(self.node, self.product, self.lease)
        return Published(self.product, plan.number, plan.major, plan.publish_id, plan.snapshots)

    @contextmanager
    def _undone_on_failure(self) -> Iterator[None]:
        node = self.node
        with node.metastore.transaction() as connection:
            publishing.begin(connection, self.publish_id, self.product, self.lease, node.clock.now())
        try:
            yield
        except BaseException:
            # A fault while undoing is left to the next publish, which settles it; the first fault is told.
            with suppress(GolcondaError, OSError):
                recover.undo(node, self._staging(), self.lease)
            raise

    def _staging(self) -> Staging:
        with self.node.metastore.read() as connection:
            left = publishing.stagings(connection, self.product)
        return next(
            (one for one in left if one.publish_id == self.publish_id),
            Staging(self.publish_id, str(self.product), self.lease.fence, None, None),
        )

    # ── staging ─────────────────────────────────────────────────────────────────────────────────────────────

    def _stage(
        self, sources: tuple[Source, ...], given: Contract | None, options: Mapping[str, str]
    ) -> list[_Made]:
        made = []
        with guarded(str(self.product)):
            folder = self.node.lake.open_staging(self.publish_id)
            for done, source in enumerate(sources):
                self.progress("read", done, len(sources))
                made.append(self._table(source, folder, given, options))
        self.progress("read", len(sources), len(sources))
        return made

    def _table(
        self, source: Source, folder: Path, given: Contract | None, options: Mapping[str, str]
    ) -> _Made:
        expectation = given.table(source.table.name) if given else None
        known = {column.name: column.type for column in expectation.columns} if expectation else {}
        read = reader.read(source, folder, known=known, options=options, allowance=self._allowance)
        file, rejected, findings = self._examined(read, source, expectation)
        staged = staging.finish(self.node.lake, file, self._name(source), self.publish_id, read.columns)
        return _Made(source, read.columns, staged, rejected, findings)

    def _examined(
        self, read: ReadTable, source: Source, expectation: TableExpectation | None
    ) -> tuple[Path, tuple[RejectedRow, ...], tuple[Finding, ...]]:
        folder = self.node.lake.staging(self.publish_id)
        with (
            Workshop(reads=(), folder=folder, allowance=self._allowance) as workshop,
            guarded(source.table.address),
        ):
            del expectation
            found = profile(workshop.connection, [str(read.file)], source.table.name, read.columns)
        return read.file, read.rejected, found

    @property
    def _allowance(self) -> Allowance:
        config = self.node.config
        return Allowance(config.threads, f"{config.memory_megabytes}MB", f"{config.spill_megabytes}MB")

    def _name(self, source: Source) -> TableName:
        return TableName(self.product, source.table.name)

    # ── verdict ─────────────────────────────────────────────────────────────────────────────────────────────

    def _judge(self, made: list[_Made], prior: _Prior, given: Contract | None, said: Description) -> Plan:
        contract = given or self._draft(made, said)
        plan = self._plan(made, prior, contract, said)
        with self.node.metastore.transaction() as connection:
            publishing.judge(connection, plan, self.lease)
        if self.product.organisation == self.node.home:
            contract_files.keep(self.node.directory, self.product, contract)
        return plan

    def _draft(self, made: list[_Made], said: Description) -> Contract:
        tables = [DraftTable(one.name, _title(one.source), one.columns, one.findings) for one in made]
        titles = said.titles or {"en": self.product.product}
        return contracts.draft(
            self.product, titles=titles, tables=tables, description=said.description, domain=said.domain
        )

    def _plan(self, made: list[_Made], prior: _Prior, contract: Contract, said: Description) -> Plan:
        known = prior.product
        return Plan(
            publish_id=self.publish_id,
            product=str(self.product),
            number=prior.next_number,
            major=_major(prior, contract),
            by=self.actor,
            titles=said.titles or (known.titles if known else {"en": self.product.product}),
            description=said.description or (known.description if known else ""),
            domain=said.domain or (known.domain if known else None),
            grade=said.grade or (known.grade if known else None),
            synthetic=said.synthetic or bool(known and known.synthetic),
            contract=contract.text(),
            snapshots=tuple(_snapshot(one, place, contract) for place, one in enumerate(made)),
            staged={one.staged.becomes.path: self._staged_path(one) for one in made},
            findings=tuple(document for one in made for document in _findings(one, contract)),
            rejections=tuple(document for one in made for document in _rejections(one)),
        )

    def _staged_path(self, made: _Made) -> str:
        return self.node.lake.relative(made.staged.file)

    # ── commit ──────────────────────────────────────────────────────────────────────────────────────────────

    def _commit(self, plan: Plan) -> dict[str, int]:
        versions = {}
        for done, snapshot in enumerate(plan.snapshots):
            self.progress("commit", done, len(plan.snapshots))
            versions[snapshot.table] = self._commit_table(plan, snapshot)
        self.progress("commit", len(plan.snapshots), len(plan.snapshots))
        return versions

    def _commit_table(self, plan: Plan, snapshot: Snapshot) -> int:
        lake = self.node.lake
        with guarded(str(self.product)):
            for file in snapshot.files:
                lake.place(lake.resolve(plan.staged[file.path]), file.path)
            with self.node.metastore.transaction() as connection:
                leases.confirm(connection, self.lease)
            return delta.commit(
                lake,
                lake.table(TableName(self.product, snapshot.table)),
                columns=snapshot.columns,
                contents=snapshot.files,
                publish_id=self.publish_id,
            )


def _major(prior: _Prior, contract: Contract) -> int:
    if prior.version is None or prior.contract is None:
        return 1
    return prior.version.major + contracts.compare(prior.contract, contract).is_breaking


def _title(source: Source) -> dict[str, str]:
    return {"en": source.table.title or source.table.name}


def _snapshot(made: _Made, place: int, contract: Contract) -> Snapshot:
    expectation = contract.table(made.name)
    required = {column.name for column in expectation.columns if column.required} if expectation else set()
    return Snapshot(
        table=made.name,
        ordinal=place,
        title=(expectation.title if expectation else {}) or _title(made.source),
        delta_version=-1,  # not committed yet
        columns=tuple(replace(c, nullable=c.name not in required) for c in made.columns),
        files=(made.staged.becomes,),
        rows=made.staged.becomes.rows,
        bytes=made.staged.becomes.size,
        rejected=len(made.rejected),
    )


def _findings(made: _Made, contract: Contract) -> Iterator[dict[str, object]]:
    expectation = contract.table(made.name)
    for finding in release(made.findings, expectation) if expectation else made.findings:
        yield {
            "table": finding.table,
            "column": finding.column,
            "name": finding.name,
            "value": finding.value,
            "exactness": str(finding.exactness),
            "released": finding.released,
        }


def _rejections(made: _Made) -> Iterator[dict[str, object]]:
    for row in made.rejected:
        yield {
            "table": made.name,
            "row": row.row,
            "column": row.column,
            "reason": row.reason,
            "raw": row.raw,
        }
