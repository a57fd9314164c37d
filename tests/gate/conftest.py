"""A small node, made once and copied for each test, with a clock set by hand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from golconda.node.open import open_node
from golconda.testing.nodes import SetClock, care_node, reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from golconda.node.node import Node
    from golconda.node.session import Session


@pytest.fixture(scope="session")
def care_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("care")
    care_node(folder).close()
    return folder


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def node(request: pytest.FixtureRequest, care_template: Path, tmp_path: Path, clock: SetClock) -> Iterator[Node]:
    """Give the node with its metastore on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copytree(care_template, tmp_path, dirs_exist_ok=True)
        opened = open_node(tmp_path / "city", clock=clock)
    else:
        opened = care_node(tmp_path, clock=clock, metastore=request.getfixturevalue("postgresql_url"))
    with opened:
        yield opened


@pytest.fixture
def li(node: Node) -> Session:
    return reader(node)
