"""Golden pairs: a query and what it becomes, for each rule; each is run too, since looking right is not being right.

A file of ``tests/golden/gate`` holds blocks: a line that says what is shown, the query, the protected query, each
ended by a semicolon. ``python tests/gate/compiler/test_golden.py`` writes them anew from the queries, for review.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from golconda.testing.views import World
from golconda.testing.views import world as make_world

FOLDER = Path(__file__).parents[2] / "golden" / "gate"


class Pair(NamedTuple):
    """A block of a golden file."""

    title: str
    query: str
    protected: str


def pairs(file: Path) -> list[Pair]:
    """Read the blocks of a file."""
    found = []
    for block in file.read_text(encoding="utf-8").strip().split("\n\n"):
        title, _, rest = block.partition("\n")
        query, protected = [part.strip() for part in rest.split(";\n", 1)]
        found.append(Pair(title.removeprefix("-- "), query, protected.removesuffix(";")))
    return found


def written(world: World, file: Path) -> str:
    """Write the blocks of a file as the compiler has them now."""
    blocks = [f"-- {pair.title}\n{pair.query};\n{world.compiled(pair.query).shown};" for pair in pairs(file)]
    return "\n\n".join(blocks) + "\n"


ALL = [
    pytest.param(pair, id=f"{file.stem}: {pair.title}"[:80])
    for file in sorted(FOLDER.glob("*.sql"))
    for pair in pairs(file)
]


@pytest.mark.parametrize("pair", ALL)
def test_a_query_becomes_its_protected_form(world: World, pair: Pair) -> None:
    assert world.compiled(pair.query).shown == pair.protected


@pytest.mark.parametrize("pair", ALL)
def test_the_protected_form_answers_as_over_the_views(world: World, pair: Pair) -> None:
    answer = sorted(map(repr, world.answer(pair.query)))
    if "patients" not in pair.query:
        assert answer == sorted(map(repr, world.expected(pair.query)))
    assert "small" not in "".join(answer)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        made = make_world(Path(folder))
        for golden in sorted(FOLDER.glob("*.sql")):
            golden.write_text(written(made, golden), encoding="utf-8")
    sys.exit()
