"""Contracts as files of the node: ``contracts/<product>.odcs.yaml``, text that lives in Git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.contract import odcs

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.contract.odcs import Contract
    from golconda.kernel.names import ProductName


def path(directory: Path, name: ProductName) -> Path:
    """Return where the contract of one of the home organisation's products lies."""
    return directory / "contracts" / f"{name.product}.odcs.yaml"


def found(directory: Path, name: ProductName) -> Contract | None:
    """Read the contract that lies there, or return None."""
    file = path(directory, name)
    return odcs.read(file.read_text(encoding="utf-8")) if file.is_file() else None


def keep(directory: Path, name: ProductName, contract: Contract) -> None:
    """Write a contract, whole or not at all, unless it lies there already."""
    file, text = path(directory, name), contract.text()
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
