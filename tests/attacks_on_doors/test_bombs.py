"""Requests larger than anything honest are refused in a sentence, and cost next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.gate.statement import parse
from golconda.kernel.errors import InvalidInput
from golconda.testing.nodes import care_node

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "sql",
    [
        "WITH " + ", ".join(f"a{number} AS (SELECT 1)" for number in range(300)) + " SELECT 1",
        "SELECT " + ", ".join(["(SELECT 1)"] * 300),
        "SELECT 1 FROM " + ", ".join(f"(SELECT 1) AS a{number}" for number in range(300)),
    ],
)
def test_a_query_of_hundreds_of_selects_is_refused(sql: str) -> None:
    with pytest.raises(InvalidInput, match="SELECTs, and at most 200 are read"):
        parse(sql)


@pytest.mark.parametrize("number", ["9" * 20, "9" * 5000, "-1", "0", "１"])
def test_a_version_no_database_can_count_is_refused(tmp_path: Path, number: str) -> None:
    with care_node(tmp_path) as node, pytest.raises(InvalidInput) as refused:
        node.owner_session("test").product(f"city/care@{number}")
    assert refused.value.code == "version-invalid"


def test_behind_the_last_position_of_all_the_log_is_empty(tmp_path: Path) -> None:
    with care_node(tmp_path) as node:
        assert node.owner_session("test").log(after=2**70)["entries"] == []
