"""What may be removed: only what no kept version, running read or live staging names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from golconda.kernel.names import ProductName
    from golconda.lake.storage import Lake


def kept(versions: Sequence[tuple[int, int]], *, current: int | None, newest: int) -> frozenset[int]:
    """Return the versions (number, major) that keep their files.

    They are the newest ones, the published one, and the last of each major, to which agreements are pinned.

    >>> sorted(kept([(1, 1), (2, 1), (3, 2), (4, 2), (5, 2)], current=5, newest=1))
    [2, 5]
    """
    last = {major: number for number, major in sorted(versions)}
    latest = sorted(number for number, _ in versions)[-newest:]
    return frozenset({*last.values(), *latest, *([] if current is None else [current])})


def sweep(lake: Lake, name: ProductName, named: Collection[str]) -> tuple[str, ...]:
    """Remove a product's data files whose recorded paths are not `named`; return those removed.

    The caller holds the product's lease, so that no publish places files meanwhile.
    """
    files = [file for file in lake.product(name).glob("*/*.parquet") if lake.relative(file) not in named]
    for file in files:
        file.unlink(missing_ok=True)
    return tuple(sorted(lake.relative(file) for file in files))


def sweep_stagings(lake: Lake, dead: Collection[str]) -> None:
    """Remove the staging folders of publishes that are over."""
    for publish_id in dead:
        lake.close_staging(publish_id)
