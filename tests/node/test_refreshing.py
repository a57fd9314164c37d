"""Refreshes that fail: told once, tried again when the cause is gone, never two at once, never half done."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from golconda.kernel.errors import GolcondaError
from golconda.node import derive
from golconda.node.refreshing import Refresher, refresh_moved
from golconda.testing.nodes import VISITS, agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from golconda.node.node import Node
    from golconda.node.session import Session

TERMS = "purposes: [epidemic-statistics]\ncolumns: [region, cost, visit_date]\n"
SELECTED = "SELECT region, cost AS total FROM care"
EVERYTHING = "SELECT * FROM acme.spending.spending ORDER BY ALL"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with care_node(tmp_path) as made:
        yield made


@pytest.fixture
def li(node: Node) -> Session:
    return reader(node)


def code(act: Callable[[], Any]) -> str:
    with pytest.raises(GolcondaError) as told:
        act()
    return told.value.code


def moved(node: Node, text: str = f"{VISITS}R7,61,F,135-1234-5678,A1006,5,2013-03-02,true\n", **how: Any) -> None:
    """Publish the source anew, with a row of region R7."""
    file = node.directory.parent / "visits.csv"
    file.write_text(text, encoding="utf-8")
    node.owner_session("test").publish([str(file)], name="care", **how)


def regions(session: Session) -> list[str]:
    return sorted({row[0] for row in session.query(EVERYTHING).document()["rows"]})


def failure(session: Session) -> Any:
    return session.product("acme/spending")["derived"]["failure"]


def failed(node: Node) -> list[str]:
    """Return the codes of the failures that the log tells."""
    entries = node.owner_session("test").log(kind="refresh.failed")["entries"]
    return [entry["payload"]["code"] for entry in entries]


def test_a_limit_of_the_source_stops_a_refresh_which_is_tried_again_when_there_is_room(node: Node, li: Session) -> None:
    agreed(node, li, f"{TERMS}limits: {{queries: 1, per: day}}\n")
    li.derive("spending", SELECTED)
    moved(node)
    refresher = Refresher()
    refresher(node)
    assert (failure(li)["code"], failed(node)) == ("limit-reached", ["limit-reached"])
    assert failure(li)["hint"]
    node.clock.move(days=1)  # type: ignore[attr-defined] # the tests' clock
    refresher(node)
    assert failure(li) is None
    assert "R7" in regions(li)


def test_what_fails_again_is_told_once_and_tried_later_each_time(node: Node, li: Session) -> None:
    agreed(node, li, f"{TERMS}limits: {{queries: 1, per: total}}\n")
    li.derive("spending", SELECTED)
    moved(node)
    refresher = Refresher()
    for _ in range(100):
        refresher(node)
        node.clock.move(minutes=1)  # type: ignore[attr-defined] # the tests' clock
    assert failed(node) == ["limit-reached"]
    assert 3 <= failure(li)["tries"] <= 9
    refused = node.owner_session("test").log(kind="read.refused")["entries"]
    assert len(refused) == failure(li)["tries"]


def test_a_failure_is_seen_by_its_owner_alone_and_in_lists(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS)
    li.derive("spending", SELECTED)
    steward(node).offer("spending", "purposes: [epidemic-statistics]")
    node.owner_session("test").suspend(agreement, why="Test.")
    refresh_moved(node)
    (mine,) = [each for each in li.products()["products"] if each["name"] == "acme/spending"]
    assert mine["derived"]["suspended"]
    assert mine["derived"]["failure"]["code"] == "agreement-not-in-force"
    (others,) = [each for each in node.public_session("test").products()["products"] if each["name"] == mine["name"]]
    assert others["derived"] == {"suspended": True}
    whole = li.product("acme/spending")["derived"]
    assert whole["ended"] == [agreement]
    assert [source["product"] for source in whole["sources"]] == ["city/care"]
    assert node.public_session("test").product("acme/spending")["derived"] == {"suspended": True}


def test_a_failure_goes_with_its_cause_though_nothing_is_to_be_refreshed(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS)
    li.derive("spending", SELECTED)
    owner = node.owner_session("test")
    owner.suspend(agreement, why="Test.")
    assert refresh_moved(node) == 0
    assert failure(li)["code"] == "agreement-not-in-force"
    owner.resume(agreement)
    assert refresh_moved(node) == 0
    assert failure(li) is None
    assert li.product("acme/spending")["version"] == 1


def test_a_failing_value_is_not_asked_for_again_before_the_source_moves(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS)
    li.derive("spending", "SELECT region, CAST(region[2:] AS BIGINT) AS total FROM care")
    moved(node, f"{VISITS}RX,61,F,135-1234-5678,A1006,5,2013-03-02,true\n")
    refresher = Refresher()
    for _ in range(3):
        refresher(node)
        node.clock.move(hours=2)  # type: ignore[attr-defined] # the tests' clock
    assert failed(node) == ["query-value-error"]
    (ended,) = node.owner_session("test").log(kind="refresh.failed")["entries"]
    assert ended["subject"] == "acme/spending"
    assert len(intents(node, agreement)) == 2
    moved(node)
    refresher(node)
    assert "R7" in regions(li)


def intents(node: Node, agreement: str) -> list[Any]:
    found = node.owner_session("test").log(kind="read.intent", limit=1000)["entries"]
    return [entry for entry in found if agreement in str(entry["payload"])]


@pytest.mark.parametrize(
    "change",
    [
        VISITS.replace("cost", "price"),
        "\n".join(",".join(line.split(",")[:5] + line.split(",")[6:]) for line in VISITS.splitlines()),
    ],
    ids=["renamed", "gone"],
)
def test_a_column_that_is_gone_leaves_an_owners_product_as_it_was(node: Node, change: str) -> None:
    owner = node.owner_session("test")
    owner.derive("spending", SELECTED)
    del_contract(node)
    moved(node, change)
    assert refresh_moved(node) == 0
    shown = owner.product("spending")
    assert shown["derived"]["failure"]["code"] == "column-unknown"
    assert owner.query("SELECT sum(total) FROM spending").document()["rows"] == [[619.75]]
    del_contract(node)
    moved(node)
    assert refresh_moved(node) == 1
    assert owner.product("spending")["derived"]["failure"] is None


def del_contract(node: Node, product: str = "care") -> None:
    """Take the contract away, so that the next publish drafts another, which may break the old."""
    for file in (node.directory / "contracts").glob(f"{product}*"):
        file.unlink()


def test_a_reader_stays_with_the_major_version_that_was_agreed_on(node: Node, li: Session) -> None:
    agreed(node, li, TERMS)
    li.derive("spending", SELECTED)
    del_contract(node)
    moved(node, VISITS.replace("cost", "price"))
    refresh_moved(node)
    assert failure(li) is None
    assert regions(li) == ["R1", "R2", "R9"]


def test_a_column_of_another_type_waits_for_a_contract_that_allows_it(node: Node) -> None:
    owner = node.owner_session("test")
    owner.derive("spending", SELECTED)
    del_contract(node)
    moved(node, re.sub(r",([0-9.]+),2013", r",about \1,2013", VISITS))
    assert refresh_moved(node) == 0
    assert owner.product("spending")["derived"]["failure"]["code"] == "rows-mostly-rejected"
    del_contract(node, "spending")
    owner.refresh("spending")
    shown = owner.product("spending")
    assert shown["tables"][0]["columns"][1]["type"] == "VARCHAR"
    assert shown["derived"]["failure"] is None
    assert sorted(version["major"] for version in shown["versions"]) == [1, 2]


def test_a_diamond_is_made_anew_whole(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS)
    li.derive("spending", SELECTED)
    li.derive("months", "SELECT region, visit_date FROM care")
    li.derive("both", "SELECT s.region, s.total, m.visit_date FROM spending s JOIN months m USING (region)")
    moved(node)
    while refresh_moved(node):
        pass
    found = li.query("SELECT DISTINCT region FROM both ORDER BY 1").document()["rows"]
    assert ["R7"] in found
    node.owner_session("test").revoke(agreement, why="Test.")
    assert code(lambda: li.query("SELECT * FROM both")) == "source-not-in-force"


def test_three_deep_new_terms_reach_the_last(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS)
    li.derive("spending", SELECTED)
    li.derive("second", "SELECT region, total FROM spending")
    li.derive("third", "SELECT region, total FROM second")
    amended(node, li, agreement, f"{TERMS}where: \"region <> 'R9'\"\n")
    assert code(lambda: li.query("SELECT * FROM third")) == "source-not-in-force"
    while refresh_moved(node):
        pass
    assert li.query("SELECT DISTINCT region FROM third ORDER BY 1").document()["rows"] == [["R1"], ["R2"]]


def amended(node: Node, session: Session, agreement: str, terms: str) -> None:
    asked = session.request("city/care", purpose="epidemic-statistics", amends=agreement)
    node.owner_session("test").approve(asked["id"], terms=terms)
    session.approve(asked["id"])


def test_terms_that_prohibit_deriving_end_the_product(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS)
    li.derive("spending", SELECTED)
    amended(node, li, agreement, f"{TERMS}prohibit: [derive]\n")
    assert refresh_moved(node) == 0
    assert failure(li)["code"] == "derive-prohibited"
    assert code(lambda: regions(li)) == "source-not-in-force"


def test_terms_without_the_column_suspend_it(node: Node, li: Session) -> None:
    agreement = agreed(node, li, TERMS)
    li.derive("spending", SELECTED)
    amended(node, li, agreement, "purposes: [epidemic-statistics]\ncolumns: [region]\n")
    assert refresh_moved(node) == 0
    assert failure(li)["code"] == "column-unknown"
    assert code(lambda: regions(li)) == "source-not-in-force"


def test_one_refresh_at_a_time(node: Node, li: Session) -> None:
    agreed(node, li, TERMS)
    li.derive("spending", SELECTED)
    moved(node)
    with derive.making(node, "acme/spending"):
        assert code(lambda: li.refresh("spending")) == "lease-held"
        assert refresh_moved(node) == 0
    assert failure(li) is None
    assert refresh_moved(node) == 1


def steward(node: Node) -> Session:
    token = node.owner_session("test").new_token("acme/chief", role="steward")["token"]
    return node.authenticate(token, "test")


# ── processes ─────────────────────────────────────────────────────────────────────────────────────────────────

PROCESS = """
import sys
from pathlib import Path
from golconda.node.open import open_node
from golconda.node.refreshing import refresh_moved
with open_node(Path(sys.argv[1])) as node:
    print("ready", flush=True)
    sys.stdin.readline()
    print(refresh_moved(node), flush=True)
"""


def process(node: Node) -> subprocess.Popen[str]:
    begun = subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(node.directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert begun.stdout is not None
    assert begun.stdout.readline() == "ready\n"
    return begun


@pytest.fixture
def derived(tmp_path: Path) -> Iterator[tuple[Node, Session]]:
    """Give a node on the present time, with a derived product whose source has moved."""
    from golconda.kernel.clock import SystemClock

    with care_node(tmp_path, clock=SystemClock()) as node:  # type: ignore[arg-type] # processes have no other
        li = reader(node)
        agreed(node, li, TERMS)
        li.derive("spending", SELECTED)
        moved(node)
        yield node, li


def test_of_two_processes_one_refreshes(derived: tuple[Node, Session]) -> None:
    node, li = derived
    both = [process(node) for _ in range(2)]
    for each in both:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    told = [each.communicate(timeout=60)[0].strip() for each in both]
    assert sorted(told) == ["0", "1"]
    assert li.product("acme/spending")["version"] == 2
    assert failure(li) is None
    assert "R7" in regions(li)


def test_killed_anywhere_in_a_refresh_the_old_version_or_the_new_is_read(derived: tuple[Node, Session]) -> None:
    node, li = derived
    for wait in (0.05, 0.15, 0.3, 0.6):
        begun = process(node)
        assert begun.stdin is not None
        begun.stdin.write("\n")
        begun.stdin.flush()
        with suppress(subprocess.TimeoutExpired):
            begun.wait(wait)
        begun.kill()
        begun.communicate()
        assert regions(li) in (["R1", "R2", "R9"], ["R1", "R2", "R7", "R9"])
        assert len(li.query(EVERYTHING).document()["rows"]) == 5 + ("R7" in regions(li))
    derive.sweep(node)
    assert not list((node.directory / ".golconda" / "derive").glob("*"))
    refresh_moved(node)
    assert "R7" in regions(li)
    assert failure(li) is None
