"""The node's policies: what they are, what they are silent about since they were written, and how that is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.gate import shipped
from golconda.gate.authorise import Policies
from golconda.kernel.errors import NotFound, nearest

if TYPE_CHECKING:
    from golconda.node.node import Node

Document = dict[str, Any]  # plain JSON


def policies(node: Node) -> Document:
    """Return their hash, their edition, and each policy that came later and that they are silent about."""
    found = node.policies
    return {
        "hash": found.hash,
        "edition": shipped.edition(found.text),
        "newest": shipped.EDITION,
        "missing": [{"id": each.id, "action": each.action, "text": each.text} for each in shipped.missing(found.text)],
    }


def add(node: Node, name: str) -> Document:
    """Write a policy that is missing at the end of the node's file; nobody else's rights change."""
    found = {each.id: each for each in shipped.missing(node.policies.text)}
    if name not in found:
        raise NotFound(
            "policy-unknown",
            f"No policy {name} is missing here.",
            hint=f"Check the name: {nearest(name, found)}. `golconda policies` shows them.",
            policy=name,
        )
    file = node.directory / "policies" / shipped.FILE
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    whole = f"{text.rstrip()}\n\n{found[name].text}".lstrip()
    Policies.parse(whole, host=node.home)
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(whole, encoding="utf-8")
    draft.replace(file)
    return {"added": name, "file": str(file), "text": found[name].text}
