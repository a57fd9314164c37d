"""Signatures on proposals: a statement says who signs what, when, and in whose custody the key is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from golconda.agreement.keys import key_id, verifies
from golconda.kernel.canonical import canonical
from golconda.kernel.clock import moment, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from golconda.agreement.keys import SigningKey


class Custody(StrEnum):
    """Whose key made the signature: the party's own, another node's, or this node's that attests a click."""

    OWN = "own"
    PEER = "peer"
    ATTESTED = "attested"


@dataclass(frozen=True, slots=True)
class Statement:
    """`party` agrees to the proposal of this hash; `by` is the person."""

    proposal: str
    party: str
    by: str
    custody: Custody
    time: datetime

    @property
    def text(self) -> str:
        """Return the canonical text that is signed."""
        return canonical(
            {
                "kind": "golconda.signature/1",
                "proposal": self.proposal,
                "party": self.party,
                "by": self.by,
                "custody": self.custody.value,
                "time": stamp(self.time),
            }
        ).decode()

    @classmethod
    def read(cls, text: str) -> Statement:
        """Read the canonical text back."""
        document = json.loads(text)
        return cls(
            document["proposal"],
            document["party"],
            document["by"],
            Custody(document["custody"]),
            moment(document["time"]),
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """A statement's text, the public key and the signature over the text's bytes."""

    statement: str
    public: bytes
    value: bytes

    @property
    def key(self) -> str:
        """Return the name of the key."""
        return key_id(self.public)

    @property
    def content(self) -> Statement:
        """Return what was signed."""
        return Statement.read(self.statement)


def sign(statement: Statement, key: SigningKey) -> Signature:
    """Sign a statement."""
    return Signature(statement.text, key.public, key.sign(statement.text.encode()))


def holds(signature: Signature, *, proposal: str, party: str) -> bool:
    """Say whether the signature is valid and says that this party agrees to this proposal."""
    if not verifies(signature.public, signature.statement.encode(), signature.value):
        return False
    content = signature.content
    return content.proposal == proposal and content.party == party and content.text == signature.statement
