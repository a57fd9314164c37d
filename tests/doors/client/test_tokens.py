"""A token comes from the call, the environment, or the keyring, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

keyring = pytest.importorskip("keyring")

from golconda.doors.client import tokens  # noqa: E402 - after the library is known to be there
from golconda.kernel.errors import TryAgain  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

NODE = "http://127.0.0.1:8321"


class Memory(keyring.backend.KeyringBackend):  # type: ignore[misc] # keyring carries no types
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[(service, username)]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    monkeypatch.delenv("GOLCONDA_TOKEN", raising=False)
    before, memory = keyring.get_keyring(), Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.mark.usefixtures("ring")
def test_a_kept_token_is_found_until_it_is_forgotten() -> None:
    assert tokens.found(NODE, None) is None
    tokens.keep(NODE, "gk_a.b")
    assert tokens.found(NODE, None) == "gk_a.b"
    assert tokens.found("http://elsewhere", None) is None
    assert (tokens.forget(NODE), tokens.forget(NODE)) == (True, False)


@pytest.mark.usefixtures("ring")
def test_what_is_given_comes_before_the_environment_and_that_before_the_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens.keep(NODE, "kept")
    monkeypatch.setenv("GOLCONDA_TOKEN", "environment")
    assert tokens.found(NODE, None) == "environment"
    assert tokens.found(NODE, "given") == "given"


def test_a_closed_keyring_is_told(ring: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: str) -> None:
        raise keyring.errors.KeyringLocked("locked")

    monkeypatch.setattr(ring, "set_password", closed)
    with pytest.raises(TryAgain, match="keyring"):
        tokens.keep(NODE, "x")
