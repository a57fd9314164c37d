"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import golconda

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(golconda.__path__, "golconda.")
    if not module.name.endswith("__main__") and ".migrations." not in module.name
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS).failed == 0
