"""Golden pairs: a query and what it becomes, for each rule; each is run too, since looking right is not being right.

A file of ``tests/golden/gate`` holds blocks: a line that says what is shown, the query, the protected query or the code
of its refusal, each ended by a semicolon. ``python tests/gate/compiler/test_golden.py`` writes them anew from the
queries, for review. Each rule of the compilers must have a pair that is another one without it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlglot import exp

from golconda.gate import leaf, root, shape, spelling
from golconda.gate.dialect import READER_SQL
from golconda.gate.shape import aggregate_only
from golconda.gate.shape.aggregating import AGGREGATES
from golconda.kernel.errors import GolcondaError
from golconda.testing.views import CANARY, World
from golconda.testing.views import world as make_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

REFUSED = "refused "

FOLDER = Path(__file__).parents[2] / "golden" / "gate"


def _name(rule: Callable[..., object]) -> str:
    return f"{rule.__module__.removeprefix('golconda.gate.')}.{rule.__name__}"


LISTS = ((leaf, "RULES"), (shape, "RULES"), (aggregate_only, "RULES"), (root, "RULES"))
RULES = [pytest.param(holder, name, rule, id=_name(rule)) for holder, name in LISTS for rule in getattr(holder, name)]


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


def outcome(world: World, query: str) -> str:
    """Return the protected query, or the code of the refusal."""
    try:
        return world.compiled(query).shown
    except GolcondaError as error:
        return f"{REFUSED}{error.code}"


def written(world: World, file: Path) -> str:
    """Write the blocks of a file as the compiler has them now."""
    blocks = [f"-- {pair.title}\n{pair.query};\n{outcome(world, pair.query)};" for pair in pairs(file)]
    return "\n\n".join(blocks) + "\n"


ALL = [
    pytest.param(pair, id=f"{file.stem}: {pair.title}"[:80])
    for file in sorted(FOLDER.glob("*.sql"))
    for pair in pairs(file)
]


RUN = [param for param in ALL if not param.values[0].protected.startswith(REFUSED)]


@pytest.mark.parametrize("pair", ALL)
def test_a_query_becomes_its_protected_form(world: World, pair: Pair) -> None:
    assert outcome(world, pair.query) == pair.protected


@pytest.mark.parametrize(("holder", "name", "rule"), RULES)
def test_every_rule_has_a_pair_that_is_another_without_it(
    world: World, monkeypatch: pytest.MonkeyPatch, holder: ModuleType, name: str, rule: Callable[..., object]
) -> None:
    monkeypatch.setattr(holder, name, tuple(one for one in getattr(holder, name) if one is not rule))
    assert any(_differs(world, param.values[0]) for param in ALL)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.__name__) for kind in spelling._RULES])
def test_every_other_way_of_writing_has_a_pair(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: type[exp.Expr]
) -> None:
    monkeypatch.delitem(spelling._RULES, kind)
    assert any(_differs(world, param.values[0]) for param in ALL)


def _differs(world: World, pair: Pair) -> bool:
    try:
        return outcome(world, pair.query) != pair.protected
    except Exception:
        return True


@pytest.mark.parametrize("pair", RUN)
def test_the_protected_form_answers_as_over_the_views(world: World, pair: Pair) -> None:
    answer = sorted(map(repr, world.answer(pair.query)))
    assert CANARY not in repr(answer)
    if "patients" not in pair.query:
        assert answer == sorted(map(repr, world.expected(pair.query)))
    assert "small" not in "".join(answer)


@pytest.mark.parametrize("pair", RUN)
def test_no_barrier_stands_over_a_join_by_itself(pair: Pair) -> None:
    """DuckDB 2.0 waited for ever where such a join read a kept result twice; over tables, groups, results it ends."""
    tree = READER_SQL.parse(pair.protected)[0]
    assert tree is not None
    barriers = [select for select in tree.find_all(exp.Select) if select.args.get("offset") is not None]
    for select in barriers:
        gathers = any(call.name.lower() in AGGREGATES for call in select.find_all(exp.Anonymous))
        assert gathers or select.args.get("group") or not select.args.get("joins"), select.sql(dialect=READER_SQL)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        made = make_world(Path(folder))
        for golden in sorted(FOLDER.glob("*.sql")):
            golden.write_text(written(made, golden), encoding="utf-8")
    sys.exit()
