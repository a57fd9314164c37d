"""A small node, made once and copied for each test; and programs that act on it from processes of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from golconda.node.open import open_node
from golconda.testing.nodes import SetClock, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from golconda.node.node import Node
    from golconda.node.session import Session


@pytest.fixture(scope="session")
def care_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("care")
    with care_node(folder) as node:
        reader(node)
    return folder


@pytest.fixture(params=["sqlite"])
def city(care_template: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Give the directory of a node of ``city`` with the product care and the reader acme/li.

    Its metastore is SQLite's, and PostgreSQL's too where a suite's marks ask for both.
    """
    if request.param == "postgresql":
        with care_node(tmp_path, metastore=request.getfixturevalue("bare_postgresql_url")) as made:
            reader(made)
        return tmp_path / "city"
    shutil.copytree(care_template, tmp_path, dirs_exist_ok=True)
    return tmp_path / "city"


@pytest.fixture
def node(city: Path) -> Iterator[Node]:
    with open_node(city, clock=SetClock()) as opened:
        yield opened


@pytest.fixture
def metastore_address(node: Node) -> str:
    """Give the address at which another program finds the node's metastore."""
    url = node.metastore.url
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


@pytest.fixture
def owner(node: Node) -> Session:
    return node.owner_session("test")


@pytest.fixture
def li(node: Node) -> Session:
    return node.local_session("acme/li", "test")


@pytest.fixture
def actors() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Give a way to start ``actors.py``, whose processes are ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: object) -> subprocess.Popen[str]:
        command = [sys.executable, str(Path(__file__).with_name("actors.py")), *map(str, words)]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
