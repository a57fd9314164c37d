"""Where the lake keeps things: one folder per table, and a staging folder outside all of them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from golconda.kernel.errors import Defect
from golconda.lake.files import sync_folder

if TYPE_CHECKING:
    from golconda.kernel.names import ProductName, TableName

STAGING = ".staging"


@dataclass(frozen=True, slots=True)
class Lake:
    """A storage root. Paths in the metastore are relative to it, so that it can be moved."""

    root: Path

    @classmethod
    def at(cls, folder: Path) -> Lake:
        """Return the lake in a folder, made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder.resolve())

    def product(self, name: ProductName) -> Path:
        """Return the folder of a product's tables."""
        return self.root / name.organisation / name.product

    def table(self, name: TableName) -> Path:
        """Return the folder of one Delta table."""
        return self.product(name.product) / name.table

    def staging(self, publish_id: str) -> Path:
        """Return the folder of one publish, which no table's log names."""
        return self.root / STAGING / publish_id

    def open_staging(self, publish_id: str) -> Path:
        """Make the folder of one publish."""
        folder = self.staging(publish_id)
        folder.mkdir(parents=True)
        return folder

    def close_staging(self, publish_id: str) -> None:
        """Remove the folder of one publish, if it is there."""
        shutil.rmtree(self.staging(publish_id), ignore_errors=True)

    def stagings(self) -> tuple[str, ...]:
        """List the publishes that have a staging folder."""
        return tuple(sorted(folder.name for folder in (self.root / STAGING).glob("*/")))

    def relative(self, file: Path) -> str:
        """Return a file's path as it is recorded."""
        return file.relative_to(self.root).as_posix()

    def resolve(self, path: str) -> Path:
        """Return the file that a recorded path names; one that leaves the root is refused."""
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts or "\\" in path:
            raise Defect(
                "path-outside",
                f"{path!r} does not lie inside the storage.",
                hint="The metastore was altered: restore it from a backup.",
            )
        return self.root / Path(*parts.parts)

    def place(self, staged: Path, path: str) -> None:
        """Move a sealed file from staging to where its table will name it; twice is the same as once."""
        target = self.resolve(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if staged.exists():
            staged.rename(target)
        sync_folder(target.parent)
