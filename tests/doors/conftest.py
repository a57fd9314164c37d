"""What the tests of the network doors share."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from golconda.doors.client import Client, connect

if TYPE_CHECKING:
    from collections.abc import Iterator


def _module() -> Any:  # tests/doors/served.py, which is on no path under importlib mode
    if "served" not in sys.modules:
        spec = spec_from_file_location("served", Path(__file__).with_name("served.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules["served"] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules["served"])
    return sys.modules["served"]


_module()


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a served node with the products care, survey and wide."""
    yield from _module().start(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="session")
def care(city: Any) -> str:
    """Give an agreement on care: filtered and masked."""
    return str(city.agree("city/care", _module().MASKED))


@pytest.fixture
def http(city: Any) -> Iterator[httpx.Client]:
    """Give a bare HTTP client with the reader's token."""
    with httpx.Client(
        base_url=f"{city.address}/api/v1/", headers={"authorization": f"Bearer {city.reader}"}, timeout=30
    ) as client:
        yield client


@pytest.fixture
def client(city: Any) -> Iterator[Client]:
    """Give the Python client as the reader."""
    with connect(city.address, city.reader) as opened:
        yield opened
