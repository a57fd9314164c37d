"""Keys on disk: private, made once, and never shown."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from golconda.agreement.keys import KeyStore, verifies
from golconda.kernel.errors import AccessRefused, InvalidInput


def test_key_files_and_their_directory_are_the_owners_alone(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    store.signing("city")
    store.pseudonym("agreement:1")

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()}
    assert modes == {"city.ed25519": 0o600, "master.key": 0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_key_is_the_same_each_time(tmp_path: Path) -> None:
    first, again = KeyStore(tmp_path).signing("city"), KeyStore(tmp_path).signing("city")

    assert first.public == again.public
    assert verifies(again.public, b"text", first.sign(b"text"))


def test_owners_have_different_keys(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)

    assert store.signing("city").public != store.signing("node").public


def test_a_signature_verifies_over_its_own_bytes_alone(tmp_path: Path) -> None:
    key = KeyStore(tmp_path).signing("city")
    signature = key.sign(b"text")

    assert not verifies(key.public, b"other text", signature)
    assert not verifies(key.public, b"text", signature[:-1])
    assert not verifies(b"short", b"text", signature)


def test_pseudonym_keys_differ_by_scope_and_by_node(tmp_path: Path) -> None:
    here, there = KeyStore(tmp_path / "a"), KeyStore(tmp_path / "b")

    assert here.pseudonym("agreement:1") == here.pseudonym("agreement:1")
    assert len(here.pseudonym("agreement:1")) == 32
    assert len({here.pseudonym("agreement:1"), here.pseudonym("agreement:2"), there.pseudonym("agreement:1")}) == 3


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    KeyStore(tmp_path).signing("city")
    (tmp_path / "city.ed25519").chmod(0o640)

    with pytest.raises(AccessRefused) as refused:
        KeyStore(tmp_path).signing("city")

    assert refused.value.code == "key-permissions"


def test_a_damaged_key_is_refused_rather_than_replaced(tmp_path: Path) -> None:
    (tmp_path / "city.ed25519").touch(mode=0o600)

    with pytest.raises(InvalidInput) as refused:
        KeyStore(tmp_path).signing("city")

    assert refused.value.code == "key-invalid"
    assert (tmp_path / "city.ed25519").read_bytes() == b""


@pytest.mark.parametrize("owner", ["../city", "city/li", "", "City"])
def test_an_owner_cannot_name_a_file_elsewhere(tmp_path: Path, owner: str) -> None:
    with pytest.raises(InvalidInput):
        KeyStore(tmp_path).signing(owner)


def test_no_text_shows_the_secret(tmp_path: Path) -> None:
    key = KeyStore(tmp_path).signing("city")

    secret = (tmp_path / "city.ed25519").read_bytes()
    assert secret.hex() not in repr(key)
    assert repr(secret) not in repr(key)


def _public(directory: str, barrier: object) -> bytes:
    barrier.wait()  # type: ignore[attr-defined] # a proxy
    return KeyStore(Path(directory)).signing("city").public


@pytest.mark.parametrize("_round", range(3))
def test_processes_that_want_a_key_at_once_get_the_same(tmp_path: Path, _round: int) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(4) as pool:
        barrier = manager.Barrier(4)
        found = pool.starmap(_public, [(str(tmp_path), barrier)] * 4, chunksize=1)

    assert len(set(found)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["city.ed25519"]
