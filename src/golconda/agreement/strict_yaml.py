"""YAML without its surprises: no repeated keys, no aliases; ``no`` and ``on`` are text, and so are dates.

YAML 1.1 reads ``no`` as false and ``2026-01-01`` as a date, and keeps the last of two equal keys: a clause
could vanish without a word.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from golconda.kernel.errors import InvalidInput

_LONGEST = 200_000


class _StrictLoader(yaml.SafeLoader):
    # PyYAML's own class attribute: emptied, so that only what is added below turns text into something else
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - the base class declares it so

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call] # its stubs lack it
            raise yaml.MarkedYAMLError(problem="has an alias", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: ARG002 - as in PyYAML
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in found:
                problem = f"says {key.value!r} twice" if isinstance(key, yaml.ScalarNode) else "has a key of many parts"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            found[key.value] = self.construct_object(value, deep=True)
        return found


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"true|false|True|False", "tfTF"),
    ("tag:yaml.org,2002:null", r"~|null|", ["~", "n", ""]),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("tag:yaml.org,2002:float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
):
    _StrictLoader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list(_first))
_StrictLoader.add_constructor("tag:yaml.org,2002:map", _StrictLoader.construct_mapping)


def load(text: str, *, what: str) -> Any:  # any JSON value
    """Read one YAML document into JSON values, or raise ``yaml-invalid`` with its place; `what` names it."""
    if len(text) > _LONGEST:
        raise _invalid(what, f"is longer than {_LONGEST} characters")
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 a SafeLoader
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _invalid(what, f"{wrong.problem}{place}", **({"line": mark.line + 1} if mark else {})) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise _invalid(what, "is not well formed") from None


def dump(document: Any) -> str:  # any JSON value
    """Write a document as YAML that `load` reads back; keys stay in order, any script stays readable."""
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)


def _invalid(what: str, problem: str, **place: int) -> InvalidInput:
    return InvalidInput(
        "yaml-invalid",
        f"{what} cannot be read: it {problem}.",
        hint="Correct that place; each key may stand once.",
        **place,
    )
