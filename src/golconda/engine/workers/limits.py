"""What a worker may take of the machine, held by the system where it can and by looking everywhere."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress

_SLACK = 256 * 2**20  # stacks of threads, and what allocators keep: taken from no query
_PAGE = resource.getpagesize()


def confine(memory: int) -> int:
    """Bound this process and return how many bytes may be resident: what it holds now and `memory` more.

    Linux refuses memory beyond RLIMIT_DATA at the call, so that the engine reports it as out of memory; it counts
    what allocators keep for later, up to as much again, so looking stays the finer measure (vigil.py). RLIMIT_AS
    would count what DuckDB and Arrow map without ever touching it. Where there is no such limit, looking must do.
    """
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core holds rows
    if sys.platform == "linux":
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        wanted = _held() + 2 * memory + _SLACK
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))
    return resident() + memory + _SLACK


def resident() -> int:
    """Return how many bytes of this process are in memory; where the system does not tell, how many have been."""
    try:
        descriptor = os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
    try:
        return int(os.read(descriptor, 64).split()[1]) * _PAGE
    finally:
        os.close(descriptor)


def _held() -> int:
    """Return what counts towards RLIMIT_DATA now."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - pathlib costs a worker's start 5 ms
        return int(file.read().split()[5]) * _PAGE
