"""Publish: sources in, a new version of a whole product out, or nothing at all.

The order is the promise: lease → staged files → profile and checks → contract and verdict → Delta commits →
one transaction that moves the pointer of all tables. Killed anywhere, readers see the old version or the new.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from golconda import contract as contracts
from golconda.contract import DraftTable
from golconda.engine.workshop import guarded
from golconda.integration.reading import sources as reading
from golconda.kernel.errors import GolcondaError, InvalidInput
from golconda.kernel.names import ProductName, TableName
from golconda.lake import delta
from golconda.metastore import catalog, heritage, identity, leases, publishing
from golconda.metastore.ids import new_id
from golconda.metastore.lineage import PUBLISH, Edge
from golconda.metastore.publishing import Plan, Staging
from golconda.node import collect, contract_files, examine, recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy.engine import Connection

    from golconda.contract import Contract
    from golconda.integration.reading.sources import Source
    from golconda.metastore.catalog import Product, Snapshot, Version
    from golconda.metastore.identity import Principal
    from golconda.metastore.leases import Lease
    from golconda.node.examine import Looked, Made
    from golconda.node.publisher import Publisher

    Progress = Callable[[str, int, int], None]

_COUNTS = ("rows", "missing", "distinct")
_INTERRUPTED = "Query interrupted"  # what DuckDB's client says where it has taken Ctrl-C for itself
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Description:
    """What the publisher says of the product; what is left out stays as it was."""

    titles: Mapping[str, str]
    description: str = ""
    domain: str | None = None
    grade: str | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """How a derived product is made: as `heritage.made_document` says it, and its lineage, without the version."""

    document: Mapping[str, Any]
    edges: tuple[Edge, ...]


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
    made_from: MadeFrom | None = None,
) -> Published:
    """Publish the tables at all `sources` as the next version of a product.

    `options` go to the connectors. `progress` is told the stage, and how many of its tables are done. The
    contract is the one given, else the file in the node's ``contracts``, else one drafted from the data.
    `made_from`: for a derived product, which is published in no other way.
    """
    product = ProductName.parse(name, home=node.home)
    said = Description(titles or {}, description, domain, grade, synthetic)
    found = reading.discover([sources] if isinstance(sources, str) else sources)
    reading.check_options(found, options or {})
    with leases.holding(node.metastore, f"publish:{product}", node.clock) as lease:
        recover.settle(node, product, lease)
        with node.metastore.read() as connection:
            prior = _prior(connection, product)
            _demand_its_own_way(connection, product, made_from)
        given = _contract(node, product, contract_text)
        work = _Work(node, actor.name, product, lease, new_id("pub"), progress or _silent, made_from)
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
    made_from: MadeFrom | None = None

    def run(
        self,
        sources: tuple[Source, ...],
        prior: _Prior,
        given: Contract | None,
        said: Description,
        options: Mapping[str, str],
    ) -> Published:
        with self._undone_on_failure():
            looked = self._stage(sources, given, options)
            plan = self._judge(looked, prior, given, said)
            versions = self._commit(plan)
            recover.move(self.node, plan, self.lease, versions)
        # What can be removed now can be removed later: the version is out, and that is what counts.
        with suppress(GolcondaError, OSError):
            collect.collect_product(self.node, self.product, self.lease)
        tables = tuple(replace(s, delta_version=versions[s.table]) for s in plan.snapshots)
        return Published(self.product, plan.number, plan.major, plan.publish_id, tables)

    @contextmanager
    def _undone_on_failure(self) -> Iterator[None]:
        node = self.node
        with node.metastore.transaction() as connection:
            publishing.begin(connection, self.publish_id, self.product, self.lease, node.clock.now())
        try:
            yield
        except BaseException as fault:
            # A fault while undoing is left to the next publish, which settles it; the first fault is told.
            with suppress(GolcondaError, OSError):
                recover.undo(node, self._staging(), self.lease)
            if isinstance(fault, RuntimeError) and str(fault) == _INTERRUPTED:
                raise KeyboardInterrupt from None
            raise

    def _staging(self) -> Staging:
        with self.node.metastore.read() as connection:
            left = publishing.stagings(connection, self.product)
        return next(
            (one for one in left if one.publish_id == self.publish_id),
            Staging(self.publish_id, str(self.product), self.lease.fence, None, None),
        )

    # ── staging and verdict ─────────────────────────────────────────────────────────────────────────────────

    def _stage(self, sources: tuple[Source, ...], given: Contract | None, options: Mapping[str, str]) -> list[Looked]:
        _refuse_absent(sources, given)
        with guarded(str(self.product)):
            folder = self.node.lake.open_staging(self.publish_id)
            counted = self._counted("read", sources)
            return [examine.look(self.node, source, folder, given, options) for source in counted]

    def _judge(self, looked: list[Looked], prior: _Prior, given: Contract | None, said: Description) -> Plan:
        contract = given or self._draft(looked, said)
        folder = self.node.lake.staging(self.publish_id)
        with guarded(str(self.product)):
            made = [
                examine.make(self.node, one, folder, contract, product=self.product, publish_id=self.publish_id)
                for one in self._counted("check", looked)
            ]
        plan = self._plan(made, prior, contract, said)
        with self.node.metastore.transaction() as connection:
            publishing.judge(connection, plan, self.lease)
        if self.product.organisation == self.node.home:
            contract_files.keep(self.node.directory, self.product, contract)
        return plan

    def _counted(self, stage: str, items: Sequence[_Item]) -> Iterator[_Item]:
        for done, item in enumerate(items):
            self.progress(stage, done, len(items))
            yield item
        self.progress(stage, len(items), len(items))

    def _draft(self, looked: list[Looked], said: Description) -> Contract:
        # What a derived product's rows hold today is no promise: its query makes them anew.
        tables = [
            DraftTable(one.name, one.title, one.read.columns, () if self.made_from else one.findings) for one in looked
        ]
        titles = said.titles or {"en": self.product.product}
        return contracts.draft(
            self.product, titles=titles, tables=tables, description=said.description, domain=said.domain
        )

    def _plan(self, made: list[Made], prior: _Prior, contract: Contract, said: Description) -> Plan:
        known, lake = prior.product, self.node.lake
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
            snapshots=tuple(one.snapshot(place) for place, one in enumerate(made)),
            staged={one.staged.becomes.path: lake.relative(one.staged.file) for one in made},
            findings=tuple(document for one in made for document in self._findings(one)),
            rejections=tuple(document for one in made for document in one.rejection_documents()),
            lineage=tuple(edge.document() for one in made for edge in self._edges(one, prior.next_number)),
            made=self.made_from.document if self.made_from else None,
        )

    def _findings(self, made: Made) -> Iterator[dict[str, object]]:
        """Yield what was found; of a derived product counts alone, and to nobody else: values go through the gate."""
        for document in made.finding_documents():
            if self.made_from is None:
                yield document
            elif document["name"] in _COUNTS or str(document["name"]).startswith("check:"):
                yield {**document, "released": False}

    def _edges(self, made: Made, number: int) -> Iterator[Edge]:
        """Yield where each column comes from: the column of that name in the file or table that was read."""
        if self.made_from is not None:
            yield from (replace(edge, number=number, table=made.looked.name) for edge in self.made_from.edges)
            return
        for column in made.columns:
            yield Edge(
                kind=PUBLISH,
                target=str(self.product),
                number=number,
                table=made.looked.name,
                column=column.name,
                source=_called(made.looked.source.table.origin),
                source_number=None,
                source_table="",
                source_column=column.name,
                how="copied",
            )

    # ── commit ──────────────────────────────────────────────────────────────────────────────────────────────

    def _commit(self, plan: Plan) -> dict[str, int]:
        tables = self._counted("commit", plan.snapshots)
        return {snapshot.table: self._commit_table(plan, snapshot) for snapshot in tables}

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


def _demand_its_own_way(connection: Connection, product: ProductName, made_from: MadeFrom | None) -> None:
    """Refuse a source for a derived product: nothing of what binds it would bind the source's rows."""
    if made_from is None and heritage.derivation(connection, product) is not None:
        raise InvalidInput(
            "product-derived",
            f"{product} is made of other products, so no source can be published as it.",
            hint=f"Use another name; to make it anew: golconda refresh {product}",
            product=str(product),
        )


def _called(origin: str) -> str:
    """Return what a source is called: its file or table; where it lies is the publisher's own business."""
    return origin.replace("\\", "/").rpartition("/")[2]


def _refuse_absent(sources: tuple[Source, ...], given: Contract | None) -> None:
    names = {source.table.name for source in sources}
    absent = [table.name for table in given.tables if table.name not in names] if given else []
    if absent:
        raise InvalidInput(
            "contract-broken",
            f"No source gives the table {absent[0]!r}, which the contract promises.",
            hint="Name the sources of all tables: a version is a whole product.",
        )


def _major(prior: _Prior, contract: Contract) -> int:
    if prior.version is None or prior.contract is None:
        return 1
    return prior.version.major + contracts.compare(prior.contract, contract).is_breaking
