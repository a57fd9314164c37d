"""How a DuckDB instance is locked to what one plan may open. Workers run these texts; see engine/workers/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from golconda.engine.barrier import DISABLED_OPTIMIZERS
from golconda.engine.copies import attach

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def settings(*, threads: int, memory_megabytes: int, spill_directory: Path, spill_megabytes: int) -> dict[str, Any]:
    """Return what an instance is opened with; DuckDB takes text, numbers and booleans."""
    return {
        "threads": threads,
        "memory_limit": f"{memory_megabytes}MB",
        "temp_directory": str(spill_directory),
        "max_temp_directory_size": f"{spill_megabytes}MB",
        "python_enable_replacements": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }


def locking(files: Iterable[str], copies: Mapping[str, Path]) -> tuple[str, ...]:
    """Return the statements that leave an open instance with these files, or copies by name, and nothing else."""
    attached = (attach(path, name, read_only=True) for name, path in copies.items())
    paths = exp.array(*(exp.Literal.string(path) for path in sorted(files))).sql("duckdb")
    # The order matters: each line needs what the next one takes away.
    return (
        *attached,
        _set("GLOBAL TimeZone", "'UTC'"),  # a plain SET is not passed on to cursors
        _set("allowed_paths", paths),
        _set("disabled_optimizers", exp.Literal.string(",".join(DISABLED_OPTIMIZERS)).sql("duckdb")),
        _set("enable_external_access", "false"),
        _set("lock_configuration", "true"),
    )


def _set(setting: str, value: str) -> str:
    return exp.Set(expressions=[exp.SetItem(this=exp.Var(this=f"{setting} = {value}"))]).sql()
