"""YAML as contracts are kept: every key and value survives; keys that stand twice and bombs are refused."""

from __future__ import annotations

from typing import Any

import yaml

from golconda.kernel.errors import InvalidInput

_SEPARATORS = frozenset("\x85\u2028\u2029")
MOST_NODES = 1_000_000  # aliases expanded


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, which plain YAML readers take the last of without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.MarkedYAMLError(problem="a key stands twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Block style, list items indented under their key, no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - as in PyYAML
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - as in PyYAML
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Quote line separators other than the newline, which PyYAML would write bare and read back as blanks."""
    style = '"' if _SEPARATORS & set(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def load(text: str) -> Any:  # any YAML value
    """Read one YAML document, or raise ``yaml-invalid`` with the line; never shows what stands there."""
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        _bound(root)
        return None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _invalid(f"The YAML cannot be read{where}: {error.problem or error.context}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _invalid(f"The YAML cannot be read: {type(error).__name__}.") from None


def dump(document: Any) -> str:  # any YAML value
    """Write a document in block style, keys in their order, any script as it is."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _bound(root: yaml.Node | None) -> None:
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        if id(node) not in sizes:
            sizes[id(node)] = MOST_NODES  # an anchor inside itself never ends
            sizes[id(node)] = 1 + sum(size(child) for child in _children(node))
        return sizes[id(node)]

    if root is not None and size(root) > MOST_NODES:
        raise _invalid(f"The YAML unfolds to more than {MOST_NODES} values.")


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _invalid(message: str) -> InvalidInput:
    return InvalidInput("yaml-invalid", message, hint="Mend the YAML: indent by two spaces, quote odd text.")
