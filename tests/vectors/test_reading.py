"""The vectors of who may read what hold for what the gate resolves and decides; those of limits on a real node."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from golconda.agreement import strict_yaml, terms_file
from golconda.agreement.purposes import standard
from golconda.contract.expectation import TableExpectation
from golconda.gate import resolve
from golconda.gate.decide import Permit, decide, demand_one_each
from golconda.gate.standing import Asker, Covenant, Edition, Standing
from golconda.gate.statement import parse
from golconda.kernel.errors import GolcondaError, NotFound
from golconda.kernel.logical_types import Column, LogicalType
from golconda.kernel.names import ProductName
from golconda.metastore.catalog import Snapshot
from golconda.testing.nodes import SetClock, agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from golconda.gate.protected import ProtectedTable
    from golconda.node.node import Node

HERE = Path(__file__).parent
PURPOSES = standard()
READER = "acme"


def vectors(name: str) -> dict[str, Any]:
    return strict_yaml.load((HERE / f"{name}.yaml").read_text("utf-8"), what=name)


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"].replace(" ", "-")) for case in vectors(name)["cases"]]


READING = vectors("reading")
NOW = datetime.fromisoformat(READING["time"])
EDITIONS = {
    (product["name"], version["number"]): (version["major"], version["tables"])
    for product in READING["products"]
    for version in product["versions"]
}


@dataclass(frozen=True, slots=True)
class Written:
    """A library of what the vectors state, instead of a metastore."""

    covenants: tuple[Covenant, ...]

    def named(self, assignee: str, ids: Sequence[str]) -> tuple[Covenant, ...]:
        mine = {covenant.id: covenant for covenant in self.covenants if covenant.assignee == assignee}
        if not set(ids) <= mine.keys():
            raise NotFound("agreement-unknown", "There is none such.", hint="Name one of yours.")
        return tuple(mine[name] for name in ids)

    def over(self, assignee: str, organisation: str | None, product: str) -> tuple[Covenant, ...]:
        return tuple(
            covenant
            for covenant in self.covenants
            if covenant.assignee == assignee and _is_meant(covenant.product, organisation, product)
        )

    def current(self, product: str) -> Edition | None:
        return _newest(product, [number for name, number in EDITIONS if name == product])

    def newest(self, product: str, major: int) -> Edition | None:
        return _newest(
            product, [number for (name, number), (m, _) in EDITIONS.items() if (name, m) == (product, major)]
        )

    def stand(self, edition: Edition, covenant: Covenant | None) -> Standing:
        return Standing(edition, covenant)

    def listed(self, organisation: str | None, product: str) -> str | None:
        offered = [each["name"] for each in READING["products"] if each["offered"]]
        return next((name for name in offered if _is_meant(name, organisation, product)), None)


def _is_meant(name: str, organisation: str | None, product: str) -> bool:
    owner, _, own = name.partition("/")
    return own == product and organisation in (None, owner)


def _newest(product: str, numbers: Iterable[int]) -> Edition | None:
    number = max(numbers, default=None)
    if number is None:
        return None
    tables = EDITIONS[product, number][1]
    return Edition(
        product=ProductName.parse(product),
        number=number,
        contract="sha256:contract",
        manifest="sha256:manifest",
        snapshots=tuple(_snapshot(name, columns, at) for at, (name, columns) in enumerate(tables.items())),
        expectations={name: TableExpectation(name) for name in tables},
    )


def _snapshot(name: str, columns: dict[str, str], ordinal: int) -> Snapshot:
    stored = tuple(Column(column, LogicalType.parse(type_)) for column, type_ in columns.items())
    return Snapshot(
        table=name, ordinal=ordinal, title={}, delta_version=0, columns=stored, files=(), rows=0, bytes=0, rejected=0
    )


def covenant(written: dict[str, Any]) -> Covenant:
    ends = written.get("ends")
    return Covenant(
        id=written["id"],
        product=written["product"],
        owner=written["product"].partition("/")[0],
        assignee=written.get("assignee", READER),
        purpose=written["purpose"],
        state=written.get("state", "active"),
        starts=datetime.fromisoformat(written.get("starts", "2026-01-01T00:00:00Z")),
        ends=datetime.fromisoformat(ends) if ends else None,
        root=written.get("root", written["id"]),
        proposal="sha256:proposal",
        major=written.get("major", 1),
        terms=terms_file.from_document(written.get("terms", {})),
    )


def decided(case: dict[str, Any]) -> tuple[Permit, dict[str, ProtectedTable]]:
    """Resolve and decide as the gate does."""
    request = case["request"]
    reads = request["reads"]
    asked = parse(
        f"SELECT 1 FROM {', '.join(f'{name} AS t{at}' for at, name in enumerate(reads))}" if reads else "SELECT 1"
    )
    found = resolve.standings(
        asked.references,
        Written(tuple(covenant(each) for each in case["policy"])),  # type: ignore[arg-type]  # it has the methods asked for
        Asker(f"{READER}/li", READER, None),
        is_steward=request.get("as") == "steward",
        named=request.get("agreements", ()),
        purpose=request.get("purpose"),
        purposes=PURPOSES,
        now=NOW,
    )
    demand_one_each(found.values(), request.get("agreements", ()))
    once = {standing.edition.product: standing for standing in found.values()}.values()
    permit = decide(
        once,
        asked_purpose=request.get("purpose"),
        purposes=PURPOSES,
        policies="sha256:policies",
        now=NOW,
        path=str,
    )
    names = [resolve.table_of(name, found[resolve.product_of(name)], permit.tables) for name in asked.references]
    return permit, {str(name): permit.tables[name] for name in names}


@pytest.mark.parametrize("case", cases("reading"))
def test_a_read_is_permitted_or_refused(case: dict[str, Any]) -> None:
    if case["decision"] == "refused":
        with pytest.raises(GolcondaError) as refused:
            decided(case)
        told = [refused.value.code, refused.value.details.get("state")]
        assert [reason for reason in told if reason] == case["reasons"]
        return

    permit, tables = decided(case)

    assert list(permit.agreements) == case["under"]
    assert permit.purpose == case.get("purpose", permit.purpose)
    shown = {
        "tables": {name: list(table.obligations.columns) for name, table in tables.items()},
        "where": {name: list(table.obligations.where) for name, table in tables.items()},
        "min_group": {name: table.obligations.min_group for name, table in tables.items()},
        "versions": [cited.removeprefix("version:") for cited in permit.cites if cited.startswith("version:")],
        "charges": [[each.root, each.limit.what, each.limit.most, str(each.limit.per)] for each in permit.charges],
    }
    assert {what: shown[what] for what in shown if what in case} == {what: case[what] for what in shown if what in case}


@pytest.fixture(scope="module")
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, clock: SetClock) -> Iterator[Node]:
    with care_node(tmp_path_factory.mktemp("limits"), clock=clock) as made:
        yield made


@pytest.mark.parametrize("case", cases("limits"))
def test_a_limit_lets_pass_or_refuses(node: Node, clock: SetClock, case: dict[str, Any]) -> None:
    clock.time = datetime.fromisoformat(vectors("limits")["begin"])
    li = reader(node)
    terms = "columns: [phone, cost]\n" + (f"limits: {case['policy']}\n" if case["policy"] else "")
    agreement = agreed(node, li, terms)
    outcomes = []
    for read in case["request"]:
        clock.time = datetime.fromisoformat(read.get("at", clock.time.isoformat()))
        sql = read.get("sql") or f"SELECT cost FROM care LIMIT {read['rows']}"
        try:
            li.query(sql, agreements=[agreement]).document()
            outcomes.append("served")
        except GolcondaError as error:
            outcomes.append(error.code)
    assert outcomes == case["decision"]
