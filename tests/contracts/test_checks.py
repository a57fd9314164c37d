"""Every check passes the shared suite."""

from __future__ import annotations

from typing import Any

import pytest

from golconda.kernel import plugin
from golconda.testing.checks import check_declares, check_example

EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{number}")
    for name in plugin.names("check")
    for number, example in enumerate(plugin.load("check", name).examples, start=1)
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_check_finds_what_its_example_says(name: str, example: dict[str, Any]) -> None:
    check_example(plugin.load("check", name), example)


@pytest.mark.parametrize("name", plugin.names("check"))
def test_a_check_declares_itself(name: str) -> None:
    check_declares(plugin.load("check", name))
