"""What people may do: Cedar policies in the node's ``policies/``, decided here and nowhere else.

A decision is a pure function of the principal, the action, the resource and the policies; it cites their hash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from golconda.gate.shipped import missing
from golconda.kernel.canonical import digest_bytes
from golconda.kernel.errors import AccessRefused, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from golconda.metastore.identity import Principal

_NEEDS = {
    "publish": "a steward of the organisation",
    "derive": "a reader or steward of the organisation",
    "offer": "a steward of the organisation",
    "answer": "a reader or steward",
    "decide": "a steward of the organisation",
    "end-agreement": "a steward of the product's organisation",
    "request": "a reader or steward",
    "query": "a reader or steward",
    "read-own": "a steward of the organisation",
    "see-agreement": "one of the two parties, or a regulator",
    "see-log": "a steward or a regulator",
    "prove-log": "a steward of the node's organisation, a regulator or an administrator",
    "add-organisation": "a steward of the node's organisation or an administrator",
    "new-token": "a steward of that organisation or of the node's, or an administrator for their like",
    "vouch": "a steward of the node's organisation, since row filters trust a person's region",
    "revoke-token": "a steward of that organisation or an administrator",
}


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies in force: their text, its hash, and the parsed set."""

    text: str
    hash: str
    host: str
    _parsed: Any = field(repr=False)  # cedarpy.PolicySet carries no types

    @classmethod
    def read(cls, directory: Path, *, host: str) -> Policies:
        """Read every ``*.cedar`` of a directory, in order of name; `host` is the node's organisation."""
        return cls.parse(
            "\n".join(path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.cedar"))),
            host=host,
        )

    @classmethod
    def parse(cls, text: str, *, host: str) -> Policies:
        """Parse Cedar policies, or raise ``policy-invalid``."""
        import cedarpy

        try:
            parsed = cedarpy.PolicySet.from_str(text)
        except ValueError as error:
            raise InvalidInput(
                "policy-invalid",
                f"The policies cannot be read: {error}.",
                hint="Correct the file in policies/.",
            ) from error
        return cls(text, digest_bytes(text.encode()), host, parsed)

    def allows(self, principal: Principal | None, action: str, organisation: str, **context: object) -> bool:
        """Say whether a principal, or a stranger, may do this to what belongs to an organisation. Cost: 0.1 ms."""
        import cedarpy

        who = {"type": "Principal", "id": principal.name if principal else "nobody"}
        what = {"type": "Organisation", "id": organisation}
        request = {
            "principal": who,
            "action": {"type": "Action", "id": action},
            "resource": what,
            "context": {name: value for name, value in context.items() if value is not None},
        }
        entities = [
            {"uid": who, "attrs": _attributes(principal), "parents": []},
            {"uid": what, "attrs": {"organisation": organisation, "host": self.host}, "parents": []},
        ]
        return bool(cedarpy.is_authorized(request, self._parsed, entities).allowed)

    def demand(self, principal: Principal | None, action: str, organisation: str, **context: object) -> None:
        """Raise ``not-allowed`` unless `allows`."""
        if self.allows(principal, action, organisation, **context):
            return
        who = principal.name if principal else "A stranger"
        raise AccessRefused(
            "not-allowed",
            f"{who} may not {action.replace('-', ' ')} for {organisation}.",
            hint=self._hint(action),
            action=action,
            who=who,
            organisation=organisation,
        )

    def _hint(self, action: str) -> str:
        unknown = [each.id for each in missing(self.text) if each.action == action]
        if unknown:
            return (
                "The node's policies are older than this and say nothing of it; whoever runs the node may add it: "
                f"golconda policies add {unknown[0]}"
            )
        return f"It takes {_NEEDS.get(action, 'a policy that permits it')}; show another token or ask for the role."


def _attributes(principal: Principal | None) -> Mapping[str, Any]:  # JSON
    if principal is None:
        return {"organisation": "", "roles": []}
    return {"organisation": principal.organisation, "roles": sorted(principal.roles)}
