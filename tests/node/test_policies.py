"""Policies of older nodes: what they are silent about is told exactly, and no right comes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from golconda.doors.cli.main import cli
from golconda.gate import shipped
from golconda.kernel.errors import AccessRefused, NotFound
from golconda.node.open import open_node
from golconda.node.policies import add, policies
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.gate.authorise import Policies

SQL = "SELECT region, cost FROM care"
HEAD = f"// golconda policies {shipped.EDITION}\n"


def older(text: str | None = None) -> str:
    """Return the policies as they were before products could be derived."""
    (deriving,) = [each for each in shipped.missing("") if each.id == "deriving"]
    return (text or shipped.default_text()).replace(HEAD, "").replace(deriving.text, "")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Give an older node, with an agreement."""
    with care_node(tmp_path) as made:
        agreed(made, reader(made))
        file = made.directory / "policies" / shipped.FILE
        file.write_text(older(file.read_text(encoding="utf-8")), encoding="utf-8")
        return made.directory


def test_a_new_node_lacks_nothing() -> None:
    assert shipped.edition(shipped.default_text()) == shipped.EDITION
    assert shipped.missing(shipped.default_text()) == ()


def test_an_update_gives_no_right_and_the_refusal_says_what_to_add(directory: Path) -> None:
    with open_node(directory) as node:
        li = node.local_session("acme/li", "test")
        with pytest.raises(AccessRefused) as told:
            li.derive("spending", SQL)
        assert told.value.code == "not-allowed"
        assert "golconda policies add deriving" in told.value.hint
        assert "golconda policies" not in refused(node.policies)


def refused(held: Policies) -> str:
    """Return the hint where the policies do know of an action."""
    with pytest.raises(AccessRefused) as told:
        held.demand(None, "publish", "city")
    return told.value.hint


def test_what_is_shown_is_what_is_added_and_no_more(directory: Path) -> None:
    before = (directory / "policies" / shipped.FILE).read_text(encoding="utf-8")
    with open_node(directory) as node:
        (missing,) = policies(node)["missing"]
        add(node, "deriving")
    after = (directory / "policies" / shipped.FILE).read_text(encoding="utf-8")
    assert after == f"{before.rstrip()}\n\n{missing['text']}"
    with open_node(directory) as node:
        assert policies(node)["missing"] == []
        assert node.local_session("acme/li", "test").derive("spending", SQL)["rows"] > 0
        with pytest.raises(NotFound, match="deriving"):
            add(node, "deriving")


@pytest.mark.parametrize(
    "written",
    [
        f"{HEAD}{older()}",
        older() + 'forbid (principal, action == Action::"derive", resource);\n',
        older()
        + 'permit (principal, action in [Action::"derive"], resource) when { principal.organisation == "a" };\n',
    ],
    ids=["edition", "forbidden", "own policy"],
)
def test_what_an_administrator_decided_is_left_alone(written: str) -> None:
    assert shipped.missing(written) == ()


def test_the_command_line_shows_and_adds_it(directory: Path) -> None:
    node = ["--node", str(directory)]
    shown = CliRunner().invoke(cli, ["policies", *node]).stdout
    assert "Silent about 'derive'" in shown
    assert 'permit (principal, action == Action::"derive", resource)' in shown
    assert CliRunner().invoke(cli, ["policies", "add", "deriving", *node]).exit_code == 0
    assert "Silent" not in CliRunner().invoke(cli, ["policies", *node]).stdout
