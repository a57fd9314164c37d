"""The demonstration is built on real data; its questions have the answers that were checked elsewhere."""

from __future__ import annotations

import math
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from golconda.demonstration.build import demonstrate
from golconda.demonstration.deals import QUESTIONS, TO_TRY
from golconda.kernel.errors import GolcondaError, InvalidInput
from golconda.node.open import open_node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from golconda.demonstration.shape import Question
    from golconda.node.node import Node

pytestmark = [pytest.mark.network, pytest.mark.slow]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return demonstrate(tmp_path_factory.mktemp("demo") / "node")


@pytest.fixture(scope="module")
def node(built: dict[str, Any]) -> Iterator[Node]:
    with open_node(Path(built["node"])) as opened:
        yield opened


def _close(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float):
        return math.isclose(float(found), wanted, abs_tol=0.001)
    return bool(found == wanted)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title.en)
def test_a_question_across_organisations_has_the_checked_answer(node: Node, question: Question) -> None:
    session = node.local_session(f"{question.asker}/reader", "test")
    rows = session.query(question.sql, purpose=question.purpose).document()["rows"]
    assert len(rows) == len(question.answer)
    assert all(
        _close(found, wanted)
        for row, answer in zip(rows, question.answer, strict=True)
        for found, wanted in zip(row, answer, strict=True)
    ), rows


def test_the_query_that_the_terminal_proposes_runs(node: Node) -> None:
    rows = node.local_session("statistics/reader", "test").query(TO_TRY).document()["rows"]
    assert sorted((rain, round(minutes, 3)) for rain, minutes in rows) == [(False, 11.375), (True, 30.928)]


def test_it_holds_ten_products_and_some_twenty_tables(built: dict[str, Any]) -> None:
    assert len(built["products"]) == 10
    assert len(built["tables"]) == 19
    assert sum(table["rows"] for table in built["tables"]) > 500_000


def test_synthetic_products_say_so(built: dict[str, Any]) -> None:
    synthetic = {product["name"] for product in built["products"] if product["synthetic"]}
    assert synthetic == {"health/patient_index", "industry/machines"}


def test_deals_stand_in_every_state(built: dict[str, Any]) -> None:
    states = {deal["state"] for deal in (*built["agreements"], *built["requests"])}
    assert states == {"active", "suspended", "revoked", "requested", "countered", "rejected"}


def test_token_files_are_for_their_owner_alone_and_open_the_door(built: dict[str, Any], node: Node) -> None:
    file = Path(built["agreements"][0]["token_file"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert node.authenticate(file.read_text().strip(), "http").agreements()


def test_a_revoked_agreement_reads_nothing(built: dict[str, Any], node: Node) -> None:
    revoked = next(agreement for agreement in built["agreements"] if agreement["state"] == "revoked")
    session = node.local_session(f"{revoked['assignee']}/reader", "test")
    with pytest.raises(GolcondaError):
        session.query("SELECT count(*) AS n FROM aviation.flights.flights", agreements=(revoked["id"],)).document()


def test_hidden_columns_and_single_persons_stay_hidden(node: Node) -> None:
    session = node.local_session("industry/reader", "test")
    with pytest.raises(GolcondaError):
        session.query("SELECT age, cens FROM health.actg175.patients").document()


def test_the_log_verifies(built: dict[str, Any], node: Node) -> None:
    assert built["log_size"] > 50
    assert node.owner_session("test").verify_log()["ok"]


def test_a_second_run_reuses_what_is_there(built: dict[str, Any]) -> None:
    began = time.monotonic()
    again = demonstrate(Path(built["node"]))
    assert time.monotonic() - began < 5
    assert again["agreements"] == built["agreements"]
    assert len(again["try"]) == 3


def test_another_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InvalidInput) as refused:
        demonstrate(tmp_path)
    assert refused.value.code == "demo-occupied"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_build_that_is_killed_leaves_nothing_in_the_way_of_the_next(tmp_path: Path) -> None:
    target, draft = tmp_path / "node", tmp_path / ".node.building"
    command = [sys.executable, "-m", "golconda", "demo", str(target), "--no-serve"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as building:
        while not list(draft.rglob("*.parquet")):
            assert building.poll() is None
        building.kill()
    assert not target.exists()
    assert len(demonstrate(target)["products"]) == 10
    assert not draft.exists()
