"""Where a client's token comes from: what is given, the environment, the system's keyring."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput, TryAgain

if TYPE_CHECKING:
    from types import ModuleType

SERVICE = "golconda"


def found(address: str, given: str | None) -> str | None:
    """Return the token for a node; None where there is none, and then only the catalogue is open."""
    return given or os.environ.get("GOLCONDA_TOKEN") or _kept(address)


def keep(address: str, token: str) -> None:
    """Keep a token in the keyring, or raise ``extra-missing`` or ``keyring-closed``."""
    keyring = _demanded()
    try:
        keyring.set_password(SERVICE, address, token)
    except keyring.errors.KeyringError as error:
        raise _closed() from error


def forget(address: str) -> bool:
    """Take a node's token out of the keyring; False where there was none."""
    keyring = _demanded()
    if _kept(address) is None:
        return False
    try:
        keyring.delete_password(SERVICE, address)
    except keyring.errors.KeyringError as error:
        raise _closed() from error
    return True


def _kept(address: str) -> str | None:
    keyring = _installed()
    if keyring is None:
        return None
    try:
        token: str | None = keyring.get_password(SERVICE, address)
    except keyring.errors.KeyringError:  # no keyring on this machine is as good as none installed
        return None
    return token


def _installed() -> ModuleType | None:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return None
    return keyring


def _demanded() -> ModuleType:
    keyring = _installed()
    if keyring is None:
        raise InvalidInput(
            "extra-missing", "The keyring library is not installed.", hint="Run `pip install 'golconda[keyring]'`."
        )
    return keyring


def _closed() -> TryAgain:
    return TryAgain(
        "keyring-closed",
        "The system's keyring cannot be used here.",
        hint="Unlock it, or put the token into GOLCONDA_TOKEN.",
    )
