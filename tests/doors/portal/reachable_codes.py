"""Which error codes a page can meet: follow the calls from the portal and the use cases it is given, by their names.

A call on a value is followed into every method of that name, so that the answer may name too many codes, but none
too few.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import golconda
from golconda.doors.portal.ports import Exchange, Reader

SOURCE = Path(golconda.__file__).parent.parent
ERRORS = {"InvalidInput", "NotFound", "AccessRefused", "TryAgain", "Defect"}
ELSEWHERE = ("golconda.doors.cli", "golconda.doors.http", "golconda.doors.client", "golconda.doors.delta_sharing")
ELSEWHERE += ("golconda.doors.serving", "golconda.doors.flight_sql", "golconda.demonstration", "golconda.testing")
ELSEWHERE += ("golconda.integration", "golconda.engine")  # publishing and queries, which no page does
PLAIN = {name for kind in (str, dict, list, set, tuple) for name in dir(kind)}  # methods of values, not of ours
PLAIN |= {"execute", "all", "one", "close", "text", "read", "write", "first", "begin", "sql", "scalars", "acquire"}
PLAIN |= {"open", "release", "fetchone", "scalar", "mappings", "schema"}

Place = tuple[str, str]  # module and qualified name


@dataclass
class Module:
    """A parsed module: its functions by qualified name, and what its imports mean."""

    text: str
    functions: dict[str, ast.AST] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)


@cache
def modules() -> dict[str, Module]:
    """Parse the whole package."""
    return {_name(path): _module(path) for path in (SOURCE / "golconda").rglob("*.py")}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def _module(path: Path) -> Module:
    made = Module(path.read_text("utf-8"))
    tree = ast.parse(made.text)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            made.functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            made.classes.add(node.name)
            inner = [found for found in node.body if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef)]
            made.functions |= {f"{node.name}.{found.name}": found for found in inner}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("golconda"):
            made.imports |= {found.asname or found.name: (str(node.module), found.name) for found in node.names}
    return made


@cache
def _methods() -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = defaultdict(list)
    for name, module in modules().items():
        for place in module.functions:
            if "." in place:
                found[place.partition(".")[2]].append((name, place))
    return found


def _meant(module: str, name: str) -> tuple[str, str] | None:
    """Return module and name of what a name means here; a module is its own name with nothing behind."""
    here = modules().get(module)
    if here is None:
        return None
    if name in here.functions or name in here.classes:
        return module, name
    if name not in here.imports:
        return None
    origin, inner = here.imports[name]
    return (f"{origin}.{inner}", "") if f"{origin}.{inner}" in modules() else _meant(origin, inner)


def _entered(meant: tuple[str, str] | None) -> list[Place]:
    if meant is None or not meant[1]:
        return []
    module, name = meant
    wanted = {name, f"{name}.__init__", f"{name}.__post_init__"}
    return [(module, found) for found in modules()[module].functions if found in wanted]


def _called(place: Place) -> list[Place]:
    module, qualified = place
    found: list[Place] = []
    for node in ast.walk(modules()[module].functions[qualified]):
        if isinstance(node, ast.Name):
            found += _entered(_meant(module, node.id))
        elif isinstance(node, ast.Attribute):
            found += _of_attribute(module, qualified, node)
    return found


def _of_attribute(module: str, qualified: str, node: ast.Attribute) -> list[Place]:
    owner = node.value
    if isinstance(owner, ast.Name) and owner.id in ("self", "cls"):
        own = f"{qualified.partition('.')[0]}.{node.attr}"
        if own in modules()[module].functions:
            return [(module, own)]
    if isinstance(owner, ast.Name) and (meant := _meant(module, owner.id)):
        if not meant[1]:
            return _entered(_meant(meant[0], node.attr))
        return [(meant[0], found) for found in modules()[meant[0]].functions if found == f"{meant[1]}.{node.attr}"]
    methods = [] if node.attr in PLAIN else _methods().get(node.attr, [])
    return [found for found in methods if found[0] == module or not node.attr.startswith("_")]


def _beginnings() -> list[Place]:
    asked = [name for name in (*vars(Reader), *vars(Exchange)) if not name.startswith("_")]
    cases = [("golconda.node.session", f"Session.{name}") for name in asked]
    cases += [("golconda.node.node", f"Node.{name}") for name in asked]
    pages = [name for name in modules() if name.startswith(("golconda.doors.portal", "golconda.doors.wire.faults"))]
    places = cases + [(name, place) for name in pages for place in modules()[name].functions]
    return [(name, place) for name, place in places if place in modules()[name].functions]


@cache
def reachable() -> dict[str, set[str]]:
    """Return the codes that a page can meet, each with the modules that raise it."""
    codes: dict[str, set[str]] = defaultdict(set)
    seen: set[Place] = set()
    ahead = _beginnings()
    while ahead:
        place = ahead.pop()
        if place in seen or place[0].startswith(ELSEWHERE):
            continue
        seen.add(place)
        for code in _raised(modules()[place[0]].functions[place[1]]):
            codes[code].add(place[0])
        ahead += _called(place)
    return codes


def _raised(function: ast.AST) -> list[str]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and node.args]
    named = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in ERRORS]
    return [str(code.value) for code in named if isinstance(code, ast.Constant)]
