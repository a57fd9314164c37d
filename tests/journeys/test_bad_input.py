"""Everything a user can give wrongly: one sentence, the next step, a stable code, a status, and nothing half done."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from golconda.doors.cli.main import cli
from golconda.node.open import open_node
from golconda.testing.nodes import TERMS, agreed, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Callable

NOBODY = 65534


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    with care_node(folder) as node:
        node.owner_session("test").offer("care", TERMS)
        node.owner_session("test").add_organisation("acme", titles={"en": "Acme"})
        node.owner_session("test").new_token("acme/li")
    return folder


@pytest.fixture
def here(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the node's directory, with the terminal in it."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "city")
    return tmp_path / "city"


Told = tuple[int, str]


@pytest.fixture
def golconda(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Give a function that runs a command line and returns its status and what it told."""

    def run(*words: str) -> Told:
        capsys.readouterr()
        try:
            cli.main(list(words), prog_name="golconda")
        except SystemExit as done:
            return int(done.code or 0), capsys.readouterr().err
        return 0, capsys.readouterr().out

    return run


def is_told(told: Told, code: str) -> bool:
    """Say whether a fault was told in one sentence, with its next step and code, and a status that is not 0."""
    status, text = told
    lines = text.strip().splitlines()
    return status != 0 and len(lines) == 3 and lines[0].endswith(".") and lines[2] == f"[{code}]"


def state(directory: Path) -> tuple[object, ...]:
    """Return what must not change: products with versions, waiting publishes, files in the lake."""
    with open_node(directory) as node:
        products = [(each["name"], each["version"]) for each in node.owner_session("test").products()["products"]]
        files = sorted(str(path.relative_to(directory)) for path in node.lake.root.rglob("*.parquet"))
        with closing(sqlite3.connect(directory / ".golconda" / "metastore.db")) as metastore:
            staged = metastore.execute("SELECT count(*) FROM staging").fetchone()[0]
    return products, files, staged


def written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "file-missing"),
        (b"", "file-empty"),
        ("姓名,年龄\n王,3\n".encode("gb18030"), "file-encoding"),
        (b"a,b,A\n1,2,3\n", "column-duplicate"),
    ],
)
def test_a_bad_file_is_refused_and_leaves_nothing(
    here: Path, golconda: Callable[..., Told], content: bytes | None, code: str
) -> None:
    before = state(here)
    path = here.parent / "bad.csv"
    if content is not None:
        path.write_bytes(content)
    assert is_told(golconda("publish", str(path), "--as", "bad"), code)
    assert state(here) == before


def test_an_unreadable_folder_is_refused(here: Path, golconda: Callable[..., Told]) -> None:
    if os.geteuid() == 0:
        pytest.skip("the file system hides nothing from root")
    folder = here.parent / "closed"
    folder.mkdir(mode=0)
    assert is_told(golconda("publish", str(folder), "--as", "bad"), "folder-unreadable")


def test_a_ragged_row_is_set_aside_with_its_number(here: Path, golconda: Callable[..., Told]) -> None:
    path = written(here.parent / "ragged.csv", b"a,b\n1,2\n3\n5,6\n")
    assert golconda("publish", path, "--as", "ragged", "--json")[0] == 0
    with open_node(here) as node:
        owner = node.owner_session("test")
        assert owner.query("SELECT a, b FROM ragged ORDER BY a").document()["rows"] == [[1, 2], [5, 6]]
        found = owner.product("ragged")["rejections"]
    assert [(each["row"], bool(each["reason"])) for each in found] == [(2, True)]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ("colums: [region]", "terms-unknown-clause"),
        ("columns: [regoin]", "terms-unknown-column"),
        ("masks: {phone: blur}", "mask-unknown"),
        ("where: \"region IN (SELECT 'R1')\"", "where-refused"),
        ("where: \"regoin = 'R1'\"", "terms-unknown-column"),
        ("purposes: [world-domination]", "purpose-unknown"),
        ("aggregate: {min_group: 1}", "terms-value"),
        ("[", "yaml-invalid"),
    ],
)
def test_bad_terms_are_refused(here: Path, golconda: Callable[..., Told], terms: str, code: str) -> None:
    path = written(here.parent / "terms.yaml", terms.encode())
    assert is_told(golconda("offer", "care", path), code)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "caer"), "product-unknown"),
        (("show", "care@7"), "version-unknown"),
        (("show", "care@x"), "version-invalid"),
        (("show", "agr-0000000000"), "agreement-unknown"),
        (("approve", "req-0000000000"), "request-unknown"),
        (("revoke", "agr-0000000000", "--why", "x"), "agreement-unknown"),
        (("request", "care", "--purpose", "delay-research", "--as", "acme/li"), "purpose-not-covered"),
        (("request", "care", "--purpose", "fun", "--as", "acme/li"), "purpose-unknown"),
        (("query", "SELECT 1 FROM care", "--as", "acme/li"), "no-agreement"),
        (("query", "SELECT 1 FROM care", "--as", "acme/nobody"), "principal-unknown"),
        (("query", "DROP TABLE care"), "sql-not-a-query"),
        (("query", "SELECT 1; SELECT 2"), "sql-several-statements"),
        (("query", "SELECT * FROM read_parquet('x')"), "sql-function-refused"),
        (("query", "SELECT colour FROM care"), "column-unknown"),
        (("query", "SELECT * FROM crae"), "table-unknown"),
        (("org", "add", "Acme!"), "name-invalid"),
        (("org", "add", "acme"), "organisation-exists"),
        (("token", "new", "acme"), "principal-invalid"),
        (("token", "new", "nobody/li"), "organisation-unknown"),
        (("contract", "check", "no.yaml"), "file-missing"),
        (("publish", "sqlite:///no.db#orders", "--as", "x"), "file-missing"),
        (("query", "SELECT 1", "--url", "http://127.0.0.1:9"), "node-unreachable"),
        (("products", "--node", "/"), "not-a-node"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_wrong_word_is_told_in_one_sentence(golconda: Callable[..., Told], words: tuple[str, ...], code: str) -> None:
    told = golconda(*words)
    assert is_told(told, code), told


@pytest.mark.usefixtures("here")
def test_an_error_as_json_is_a_problem(golconda: Callable[..., Told], monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("show", "caer", "--json")
    monkeypatch.setattr(sys, "argv", ["golconda", *words])
    status, text = golconda(*words)
    problem = json.loads(text)
    assert (status, problem["status"], problem["code"]) == (3, 404, "product-unknown")


def test_a_node_is_never_made_over_another(here: Path, golconda: Callable[..., Told]) -> None:
    assert is_told(golconda("init", str(here), "--org", "other"), "node-exists")
    assert is_told(golconda("init", str(here.parent), "--org", "other"), "directory-occupied")


def test_two_agreements_that_fit_are_listed(here: Path, golconda: Callable[..., Told]) -> None:
    with open_node(here) as node:
        session = node.local_session("acme/li", "test")
        ids = {agreed(node, session), agreed(node, session, "{}", purpose="capacity-planning")}
    told = golconda("query", "SELECT 1 FROM care", "--as", "acme/li")
    assert is_told(told, "agreement-ambiguous")
    assert all(each in told[1] for each in ids)


def test_an_expired_token_opens_nothing(here: Path) -> None:
    from golconda.kernel.errors import AccessRefused
    from golconda.testing.nodes import SetClock

    clock = SetClock()
    with open_node(here, clock=clock) as node:
        token = node.owner_session("test").new_token("acme/li", days=1)["token"]
        clock.move(days=2)
        with pytest.raises(AccessRefused) as caught:
            node.authenticate(token, "http")
    assert caught.value.code == "token-expired"


@pytest.mark.usefixtures("here")
def test_a_port_in_use_is_told(golconda: Callable[..., Told]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert is_told(golconda("serve", "--port", port), "port-in-use")


def test_a_newer_schema_is_not_touched(here: Path, golconda: Callable[..., Told]) -> None:
    with closing(sqlite3.connect(here / ".golconda" / "metastore.db")) as metastore, metastore:
        metastore.execute("UPDATE alembic_version SET version_num = '9999'")
    assert is_told(golconda("products"), "schema-newer")


def test_a_locked_metastore_is_told(here: Path, golconda: Callable[..., Told], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("golconda.metastore.database.PATIENCE_SECONDS", 0.2)
    with closing(sqlite3.connect(here / ".golconda" / "metastore.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert is_told(golconda("org", "add", "late"), "metastore-locked")
    assert golconda("org", "add", "late")[0] == 0


def test_a_file_to_write_appears_whole_or_not_at_all(here: Path, golconda: Callable[..., Told]) -> None:
    query = "SELECT CAST(phone AS INTEGER) AS n FROM care"
    assert is_told(golconda("query", query, "-o", "out.csv"), "query-value-error")
    assert [path.name for path in here.iterdir() if "out.csv" in path.name] == []


def test_a_full_disk_leaves_the_old_version(here: Path) -> None:
    """Publish on a file system of one megabyte, in a process of its own."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a small file system can be mounted by root alone")
    disk = here.parent / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        shutil.copytree(here, disk / "city")
        before = state(disk / "city")
        source = here.parent / "big.csv"
        source.write_text("a\n" + "".join(f"{os.urandom(24).hex()}\n" for _ in range(100_000)), encoding="utf-8")
        done = subprocess.run(
            [str(Path(sys.executable).with_name("golconda")), "publish", str(source), "--as", "big"],
            cwd=disk / "city", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert is_told((done.returncode, done.stderr), "disk-full"), done.stderr
        assert state(disk / "city") == before
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_readers_who_are_refused_learn_nothing_of_other_organisations(here: Path) -> None:
    with open_node(here) as node:
        mine = agreed(node, node.local_session("acme/li", "test"))
        stranger = reader(node, "other/wang")
        assert mine not in json.dumps(stranger.agreements())
        assert stranger.requests()["requests"] == []
