"""One world for all compiler tests: nothing in it is changed by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.testing.views import World
from golconda.testing.views import world as make_world

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("world"))
    yield made
    made.governed.close()
    made.views.close()
