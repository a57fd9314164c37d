"""Proposals and signatures: one canonical text, signed with its custody."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from golconda.agreement import proposal, terms_file
from golconda.agreement.keys import KeyStore
from golconda.agreement.signing import Custody, Signature, Statement, holds, sign

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
PROPOSAL = proposal.Proposal(
    product="city/care",
    major=1,
    contract="sha256:00",
    owner="city",
    assignee="acme",
    purpose="linkage",
    terms=terms_file.read("{masks: {phone: hide}, period: P30D}"),
    by="acme/li",
    created=NOW,
    request="req-1",
)


@pytest.fixture
def signature(tmp_path: Path) -> Signature:
    return signed(tmp_path)


def signed(directory: Path, party: str = "acme") -> Signature:
    statement = Statement(PROPOSAL.hash, party, "acme/li", Custody.ATTESTED, NOW)
    return sign(statement, KeyStore(directory).signing("node"))


def test_a_proposal_is_cited_by_the_hash_of_its_text() -> None:
    assert PROPOSAL.hash == f"sha256:{hashlib.sha256(PROPOSAL.text.encode()).hexdigest()}"
    assert proposal.read(PROPOSAL.text) == PROPOSAL


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": "transport"},
        {"assignee": "other"},
        {"terms": terms_file.read("{masks: {phone: partial}, period: P30D}")},
        {"contract": "sha256:01"},
        {"previous": "sha256:02"},
        {"amends": "agr-1"},
        {"request": "req-2"},
    ],
)
def test_whatever_changes_the_deal_changes_the_hash(change: dict[str, object]) -> None:
    assert replace(PROPOSAL, **change).hash != PROPOSAL.hash  # type: ignore[arg-type] # by name


def test_a_proposal_states_the_class_of_each_clause() -> None:
    assert ["masks.phone", "enforced"] in json.loads(PROPOSAL.text)["classes"]


def test_a_signature_holds_for_its_proposal_and_party_alone(signature: Signature) -> None:
    assert holds(signature, proposal=PROPOSAL.hash, party="acme")
    assert not holds(signature, proposal=PROPOSAL.hash, party="city")
    assert not holds(signature, proposal="sha256:00", party="acme")


def test_a_changed_statement_does_not_hold(signature: Signature) -> None:
    changed = replace(signature, statement=signature.statement.replace("attested", "own"))

    assert not holds(changed, proposal=PROPOSAL.hash, party="acme")


def test_a_signature_by_another_key_does_not_hold(signature: Signature, tmp_path: Path) -> None:
    forged = replace(signature, public=KeyStore(tmp_path / "other").signing("node").public)

    assert not holds(forged, proposal=PROPOSAL.hash, party="acme")


def test_a_statement_tells_its_custody(signature: Signature) -> None:
    assert signature.content == Statement(PROPOSAL.hash, "acme", "acme/li", Custody.ATTESTED, NOW)
