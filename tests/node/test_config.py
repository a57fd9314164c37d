"""The settings file: what is written is read back, and a password in it is for its owner alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golconda.node import config
from golconda.node.config import Config

if TYPE_CHECKING:
    from pathlib import Path


def mode(directory: Path) -> int:
    return (directory / config.FILE).stat().st_mode & 0o777


@pytest.mark.parametrize("storage", ['quo"ted', "back\\slash", "数据"])
def test_settings_are_read_back_as_they_were(tmp_path: Path, storage: str) -> None:
    written = Config("city", storage=storage, port=9000)
    config.write(tmp_path, written)
    assert config.read(tmp_path) == written


@pytest.mark.parametrize("address", ["postgresql://golconda:secret@db/node", "postgresql://db/node?password=secret"])
def test_a_password_is_for_the_owner_alone(tmp_path: Path, address: str) -> None:
    config.write(tmp_path, Config("city", metastore=address))
    assert mode(tmp_path) == 0o600
