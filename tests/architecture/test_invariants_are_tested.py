"""The table of invariants is complete, and the tests it names are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \|.*\|([^|]*)\|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> dict[int, list[tuple[str, str]]]:
    page = (ROOT / "docs" / "explain" / "invariants.md").read_text("utf-8")
    return {int(number): NAMED.findall(tests) for number, tests in ROW.findall(page)}


def functions_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_each_invariant_is_listed_with_its_tests() -> None:
    assert list(rows()) == list(range(1, 23))
    assert {number for number, tests in rows().items() if not tests} == set()


def test_each_test_that_is_named_is_there() -> None:
    named = {test for tests in rows().values() for test in tests}
    there = {(file, test) for file, _ in named if (ROOT / file).is_file() for test in functions_of(ROOT / file)}
    assert sorted(named - there) == []


def test_each_test_of_an_invariant_is_named_beside_it() -> None:
    stated = {
        (int(test.split("_")[1]), test)
        for file in (ROOT / "tests" / "invariants").glob("test_*.py")
        for test in functions_of(file)
    }
    assert stated
    assert sorted(stated - {(number, test) for number, tests in rows().items() for _, test in tests}) == []
