"""The attack statements: what is asked, and what has to come of it. ``docs/reference/attacks.md`` has the form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).parents[3] / "tests" / "attacks"


@dataclass(frozen=True, slots=True)
class Attack:
    """One statement, with exactly one verdict.

    `refused`: the code of its refusal, before anything runs. `equal`: it ends as over the views, with rows (True) or
    an error. `rows`: what may leave. `ends`: within a worker's limits, whatever it does; the next query is answered.
    """

    name: str
    sql: str
    refused: str = ""
    equal: bool | str = False
    rows: tuple[tuple[Any, ...], ...] | None = None
    ends: bool = False


def attacks(folder: Path = FOLDER) -> Iterator[Attack]:
    """Yield the attacks of a folder's files, in order; raise ValueError where one has not one verdict."""
    for file in sorted(folder.glob("*.yaml")):
        for place, written in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))):
            yield _attack(f"{file.stem}-{place}", written)


def _attack(name: str, written: Mapping[str, Any]) -> Attack:
    verdicts = {key: value for key, value in written.items() if key not in ("sql", "fill")}
    if len(verdicts) != 1 or not verdicts.keys() <= {"refused", "equal", "rows", "ends"}:
        raise ValueError(f"{name} has not one verdict of refused, equal, rows and ends.")
    if "rows" in verdicts:
        verdicts["rows"] = tuple(map(tuple, verdicts["rows"]))
    return Attack(name, filled(written["sql"], written.get("fill", {})), **verdicts)


def filled(sql: str, fill: Mapping[str, list[Any]]) -> str:
    """Put a part, so many times, in place of each mark.

    >>> filled("SELECT <a>1<b>", {"<a>": ["(", 2], "<b>": [")", 2]}), filled("IN (<a>)", {"<a>": ["1", 3, ", "]})
    ('SELECT ((1))', 'IN (1, 1, 1)')
    """
    for mark, (part, times, *between) in fill.items():
        sql = sql.replace(mark, (between[0] if between else "").join([part] * times))
    return sql
