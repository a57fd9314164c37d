"""What policies a node should know of: which came with which edition, and which of them older files lack.

A node's policies are its own text, and an update changes no right by itself. What came since the edition that a file
says it is of, and what it is silent about, is told with the exact text; to leave it out for good is to write the
present edition at the head of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

FILE = "access.cedar"
EDITION = 2
_HEAD = re.compile(r"^// golconda policies ([0-9]{1,6})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Newer:
    """A policy that came with an edition, and the action it is about."""

    id: str
    edition: int
    action: str

    @property
    def text(self) -> str:
        """Return the policy as a new node has it, with its comment."""
        parts = default_text().split("\n\n")
        return next(part for part in parts if f'@id("{self.id}")' in part).strip() + "\n"


_NEWER = (Newer("deriving", 2, "derive"),)


def default_text() -> str:
    """Return the policies a new node begins with."""
    return files("golconda.gate").joinpath(FILE).read_text(encoding="utf-8")


def edition(text: str) -> int:
    """Return the edition that policies say they are of; those of the first say nothing.

    >>> edition("// golconda policies 2"), edition("permit (principal, action, resource);")
    (2, 1)
    """
    return max((int(found) for found in _HEAD.findall(text)), default=1)


def missing(text: str) -> tuple[Newer, ...]:
    """Return what came after the edition of some policies, as far as they are silent about it."""
    known = edition(text)
    return tuple(each for each in _NEWER if each.edition > known and f'Action::"{each.action}"' not in text)
