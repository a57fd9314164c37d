"""Each error code has a page, and each page a code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from golconda.kernel.plugin import FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference" / "errors"
KINDS = {"InvalidInput", "NotFound", "AccessRefused", "TryAgain", "Defect"}


def _codes(file: Path) -> Iterator[tuple[str, int]]:
    """Yield the first argument of each error that is made; an f-string or a name counts as unreadable."""
    tree = ast.parse(file.read_text("utf-8"))
    kinds = KINDS | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id in KINDS for b in node.bases)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in kinds:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, node.lineno


def _raised() -> set[str]:
    literal = {code for file in (ROOT / "src").rglob("*.py") for code, _ in _codes(file)}
    return literal | {f"{kind}-unknown" for kind in FOLDERS}  # kernel.plugin builds these


def test_each_code_has_a_page() -> None:
    pages = {page.stem for page in PAGES.glob("*.md")}
    assert sorted(_raised() - pages) == []


def test_each_page_has_a_code() -> None:
    source = "\n".join(file.read_text("utf-8") for file in (ROOT / "src").rglob("*.py"))
    written = _raised() | set(re.findall(r'"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)"', source))
    assert sorted({page.stem for page in PAGES.glob("*.md")} - written) == []


def test_a_page_says_what_happened_and_what_to_do() -> None:
    texts = {page.stem: page.read_text("utf-8") for page in PAGES.glob("*.md")}
    wanted = ("What happened", "What to do")
    poor = [c for c, text in texts.items() if text.split("\n")[0] != f"# {c}" or any(w not in text for w in wanted)]
    assert sorted(poor) == []
