"""A node whose metastore was restored from a backup is looked at and nothing more."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from golconda.agreement.keys import SigningKey
from golconda.kernel.errors import GolcondaError, TryAgain
from golconda.metastore.log.note import Checkpoint, signed
from golconda.node.jobs import Jobs, sequence
from golconda.node.open import open_node
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from golconda.node.node import Node

ALL = "SELECT * FROM care"
STATE = Path("city", ".golconda")
STRANGER = SigningKey("node", bytes(32))


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a node, back its metastore up, let it revoke an agreement and go on, and put the backup in its place."""
    folder = tmp_path_factory.mktemp("restored")
    with care_node(folder) as node:
        agreement = agreed(node, reader(node))
        sequence(node)
        _back_up(folder / STATE / "metastore.db", folder / "backup.db")
        node.owner_session("test").revoke(agreement, why="done")
        sequence(node)
    for file in (folder / STATE).glob("metastore.db*"):
        file.unlink()
    shutil.copy(folder / "backup.db", folder / STATE / "metastore.db")
    return folder


def _back_up(live: Path, to: Path) -> None:
    with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def behind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Node]:
    if request.param == "postgresql":
        _restore_on_postgresql(
            tmp_path, request.getfixturevalue("bare_postgresql_url"), request.getfixturevalue("rewind")
        )
    else:
        shutil.copytree(request.getfixturevalue("restored"), tmp_path, dirs_exist_ok=True)
    with open_node(tmp_path / "city") as node:
        yield node


def _restore_on_postgresql(folder: Path, url: str, rewind: Callable[[str], Callable[[], None]]) -> None:
    with care_node(folder, metastore=url) as node:
        agreement = agreed(node, reader(node))
        sequence(node)
        put_back = rewind(url)
        node.owner_session("test").revoke(agreement, why="done")
        sequence(node)
    put_back()


def note(directory: Path) -> Path:
    return directory / STATE / "witness.note"


def refusal(action: Callable[[], object]) -> GolcondaError:
    with pytest.raises(GolcondaError) as caught:
        action()
    return caught.value


def test_it_reads_nothing_and_writes_nothing_and_says_what_to_do(behind: Node) -> None:
    li, owner = behind.local_session("acme/li", "test"), behind.owner_session("test")
    for action in (
        lambda: li.query(ALL),
        lambda: owner.query(ALL),
        lambda: owner.add_organisation("other", titles={"en": "Other"}),
        lambda: owner.offer("care", "{}"),
        lambda: sequence(behind),
    ):
        told = refusal(action)
        assert (type(told), told.code) == (TryAgain, "log-behind-witness")
        assert "restore the newest metastore" in told.hint


def test_it_shows_what_is_there_and_says_how_it_stands(behind: Node) -> None:
    owner = behind.owner_session("test")
    for document in (owner.products(), owner.log()):
        assert document["read_only"]["code"] == "log-behind-witness"
    assert [product["name"] for product in owner.products()["products"]] == ["city/care"]
    assert owner.log()["entries"]
    verdict = owner.verify_log()
    assert (verdict["ok"], len(verdict["problems"])) == (False, 1)
    assert "were witnessed" in verdict["problems"][0]


def test_the_command_line_shows_and_says_so_too(behind: Node) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "golconda", *words, "--node", str(behind.directory)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    shown, told = run("products"), run("audit", "show", "--json")
    assert (shown.returncode, "care" in shown.stdout, "log-behind-witness" in shown.stderr) == (0, True, True)
    assert json.loads(told.stdout)["read_only"]["code"] == "log-behind-witness"
    assert (run("audit", "verify").returncode, run("query", ALL).returncode) == (1, TryAgain.exit_status)


def test_its_background_jobs_end_by_themselves(behind: Node, caplog: pytest.LogCaptureFixture) -> None:
    Jobs(behind)._repeat(sequence, 0)
    assert caplog.messages == [f"log-behind-witness: {behind.metastore.frozen}"]


def test_without_its_note_it_starts_and_says_nothing_and_keeps_a_new_one(restored: Path, tmp_path: Path) -> None:
    shutil.copytree(restored, tmp_path, dirs_exist_ok=True)
    note(tmp_path).unlink()
    with open_node(tmp_path / "city") as node:
        assert len(node.local_session("acme/li", "test").query(ALL).document()["rows"]) == 3
        assert "read_only" not in node.owner_session("test").log()
        assert node.owner_session("test").verify_log()["ok"]
    assert note(tmp_path).is_file()


@pytest.mark.parametrize("text", ["", "no note", "\udcff", signed(Checkpoint("golconda/city", 1, bytes(32)), STRANGER)])
def test_a_note_that_no_key_of_this_node_signed_is_not_trusted(restored: Path, tmp_path: Path, text: str) -> None:
    shutil.copytree(restored, tmp_path, dirs_exist_ok=True)
    note(tmp_path).write_text(text, "utf-8", errors="surrogateescape")
    with open_node(tmp_path / "city") as node:
        assert refusal(lambda: node.owner_session("test").query(ALL)).code == "checkpoint-invalid"


def test_another_history_under_the_same_key_is_a_fork(restored: Path, tmp_path: Path) -> None:
    shutil.copytree(restored, tmp_path, dirs_exist_ok=True)
    with open_node(tmp_path / "city") as node:
        forged = signed(Checkpoint("golconda/city", 2, bytes(32)), node.keys.signing("node"))
    note(tmp_path).write_text(forged, "utf-8")
    with open_node(tmp_path / "city") as node:
        assert refusal(lambda: node.owner_session("test").query(ALL)).code == "log-forked"


def test_a_node_that_goes_on_finds_its_own_note_kept(tmp_path: Path) -> None:
    with care_node(tmp_path) as node:
        sequence(node)
        first = note(tmp_path).read_text("utf-8")
        reader(node)
        sequence(node)
    assert note(tmp_path).read_text("utf-8") != first
    with open_node(tmp_path / "city") as node:
        assert node.metastore.frozen is None
    note(tmp_path).write_text(first, "utf-8")
    with open_node(tmp_path / "city") as node:
        assert node.metastore.frozen is None


def test_a_metastore_restored_under_a_running_node_freezes_it(tmp_path: Path) -> None:
    with care_node(tmp_path) as node:
        sequence(node)
        later = signed(Checkpoint("golconda/city", 10**6, bytes(32)), node.keys.signing("node"))
        note(tmp_path).write_text(later, "utf-8")
        assert refusal(lambda: sequence(node)).code == "log-behind-witness"
        assert refusal(lambda: node.owner_session("test").query(ALL)).code == "log-behind-witness"
