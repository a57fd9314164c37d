"""Terms as people compare them: flat lines, what changed between proposals, the text of a terms file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from golconda.doors.portal.ports import Document


@dataclass(frozen=True, slots=True)
class Change:
    """One clause that differs: `before` None = it is new, `after` None = it is gone."""

    clause: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> str:
        """Return added, removed or changed."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def lines(terms: Document) -> dict[str, str]:
    """Return terms as clause → value, nested clauses by their path.

    >>> lines({"aggregate": {"min_group": 10}, "columns": ["a", "b"]})
    {'aggregate.min_group': '10', 'columns': 'a, b'}
    >>> lines({"limits": [{"queries": 20, "per": "day"}]})
    {'limits.day.queries': '20'}
    """
    flat: dict[str, str] = {}
    _flatten(terms, "", flat)
    return flat


def _flatten(value: Any, path: str, flat: dict[str, str]) -> None:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            _flatten(inner, f"{path}.{key}" if path else str(key), flat)
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) and "per" in item for item in value):
        for item in value:  # limits, told apart by their windows
            rest = {key: inner for key, inner in item.items() if key != "per"}
            _flatten(rest, f"{path}.{item['per']}", flat)
    elif path:
        flat[path] = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def changes(before: Document, after: Document) -> tuple[Change, ...]:
    """Return what differs, in the order of the later terms, what is gone last."""
    old, new = lines(before), lines(after)
    clauses = [*new, *(clause for clause in old if clause not in new)]
    return tuple(
        Change(clause, old.get(clause), new.get(clause)) for clause in clauses if old.get(clause) != new.get(clause)
    )


def terms_file(terms: Document) -> str:
    """Return the terms as the YAML a steward would write."""
    return yaml.safe_dump(dict(terms), allow_unicode=True, sort_keys=False, default_flow_style=None, width=100)


@dataclass(frozen=True, slots=True)
class Step:
    """One proposal of a negotiation and what it changed."""

    by: str
    created: str
    hash: str
    first: bool
    changes: tuple[Change, ...]


def steps(request: Document) -> tuple[Step, ...]:
    """Return a negotiation's proposals in order, each with what it changed in the one before."""
    proposals = request.get("proposals", ())
    earlier = [None, *proposals[:-1]]
    return tuple(
        Step(
            by=str(now["by"]),
            created=now["created"],
            hash=now["hash"],
            first=then is None,
            changes=changes(then["terms"], now["terms"]) if then else (),
        )
        for then, now in zip(earlier, proposals, strict=True)
    )
