"""Patterns over column names, as ``COLUMNS('…')`` and ``* LIKE '…'`` have them.

They are tried in RE2, the engine's own: it takes time linear in the name, whatever the pattern.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from golconda.gate.binding import constants
from golconda.gate.binding.refusals import construct

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 200
# What releases of RE2 may disagree on, or find too large.
_UNCOMMON = re.compile(r"\\[^dDsSwWbB.^$|?*+()\[\]{}/-]|\(\?|\[:|\{\d{3}|\)\{|[^ -~]")
_GROUP = re.compile(r"\\([0-9])", re.ASCII)


def matching(names: Sequence[str], pattern: str) -> list[bool]:
    """Say of each name whether a regular expression is found in it."""
    try:
        return pc.match_substring_regex(pa.array(names, pa.string()), pattern=pattern).to_pylist()  # type: ignore[no-any-return]  # pyarrow has no types
    except pa.ArrowInvalid as error:
        raise construct("a pattern that is no regular expression", hint="Write it as RE2 has it.") from error


def is_regular(pattern: str) -> bool:
    """Say whether a pattern is surely a regular expression to the engine: RE2 takes it, and it is short and simple."""
    if len(pattern) > _LONGEST or _UNCOMMON.search(pattern):
        return False
    try:
        pc.match_substring_regex(pa.array([""]), pattern=pattern)
    except pa.ArrowInvalid:
        return False
    return True


def fitting(names: Sequence[str], test: exp.Expr) -> list[bool]:
    """Say of each name whether it passes ``* LIKE '…'`` and its like."""
    if isinstance(test, exp.Not):
        return [not fits for fits in fitting(names, test.this.unnest())]
    if test.args.get("negate"):
        plain = test.copy()
        plain.set("negate", None)
        return [not fits for fits in fitting(names, plain)]
    pattern = constants.string(test.expression)
    if pattern is None:
        raise construct("* with a pattern that is computed", hint="Write the pattern as a text.")
    if isinstance(test, exp.SimilarTo):
        return matching(names, f"^(?:{pattern})$")
    found = pc.match_like(pa.array(names, pa.string()), pattern=pattern, ignore_case=isinstance(test, exp.ILike))
    return found.to_pylist()  # type: ignore[no-any-return]  # pyarrow has no types


def renamed(name: str, pattern: str, alias: str) -> str:
    r"""Return an alias with \0 for what the pattern found in the name, and \1 to \9 for its groups.

    >>> renamed("title", "(t)itle", r"x_\1"), renamed("title", "", r"\0s")
    ('x_t', 'titles')
    """
    if not _GROUP.search(alias):
        return alias
    if not pattern:
        return _GROUP.sub(lambda found: name if found[1] == "0" else "", alias)
    placed = _GROUP.sub(lambda found: f"\\{int(found[1]) + 1}", alias)
    try:
        return str(pc.replace_substring_regex(pa.scalar(name), pattern=f"(?s)^.*?({pattern}).*$", replacement=placed))
    except pa.ArrowInvalid as error:
        raise construct("an alias with more groups than its pattern", hint="Write \\1 for the first group.") from error
