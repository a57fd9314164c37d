"""Plug-ins: a file in the right folder is one; its stem is its name; what it calls ``plugin`` is the plug-in.

Names are listed without importing; a module is imported when first asked for. Third parties use entry points
of the group ``golconda.<kind>``, and enter by the same door.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from golconda.kernel.errors import InvalidInput, nearest

FOLDERS = {
    "check": "golconda.governance.quality.checks",
    "connector": "golconda.integration.connectors",
    "mask": "golconda.governance.privacy.masks",
}


@cache
def names(kind: str) -> tuple[str, ...]:
    """List the plug-ins of a kind, sorted, importing none of them."""
    spec = find_spec(FOLDERS[kind])
    folders = list(spec.submodule_search_locations or ()) if spec else []
    built_in = {file.stem for folder in folders for file in Path(folder).glob("*.py") if not file.stem.startswith("_")}
    return tuple(sorted(built_in | {point.name for point in entry_points(group=f"golconda.{kind}")}))


@cache
def load(kind: str, name: str) -> Any:  # each kind has its own protocol in kernel.ports
    """Return the plug-in of that name, or raise ``<kind>-unknown`` with the nearest names."""
    if name not in names(kind):
        raise InvalidInput(
            f"{kind}-unknown",
            f"There is no {kind} called {name!r}.",
            hint=f"Use one that is installed: {nearest(name, names(kind))}.",
        )
    for point in entry_points(group=f"golconda.{kind}"):
        if point.name == name:
            return point.load()
    return import_module(f"{FOLDERS[kind]}.{name}").plugin
