"""Clauses in words: every clause of the terms is told, in both languages, with its class."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from golconda.agreement import terms_file
from golconda.agreement.describe import describe
from golconda.agreement.purposes import standard
from golconda.agreement.terms import Enforcement, Terms

from . import strategies


def told(terms: str) -> list[tuple[str, str]]:
    return [(clause.clause, clause.enforcement.value) for clause in describe(terms_file.read(terms), standard())]


@pytest.mark.parametrize(
    ("terms", "classes"),
    [
        ("purposes: [linkage]", [("purposes", "enforced"), ("purposes", "attested")]),
        ("prohibit: [distribute]", [("prohibit.distribute", "attested")]),
        ("prohibit: [combine]", [("prohibit.combine", "enforced"), ("prohibit.combine", "attested")]),
        ("duties: {attribute: X}", [("duties.attribute", "attested")]),
        ("limits: {rows: 5, per: total}", [("limits", "enforced")]),
        ("period: P30D", [("period", "enforced")]),
        ("masks: {a: hide}", [("masks.a", "enforced")]),
        ("tables: {t: {where: a}}", [("tables", "enforced"), ("tables.t.where", "enforced")]),
    ],
)
def test_each_clause_carries_its_class(terms: str, classes: list[tuple[str, str]]) -> None:
    assert [one for one in told(terms) if one in classes] == classes


@given(strategies.terms)
def test_every_clause_of_any_terms_is_told_in_both_languages(terms: Terms) -> None:
    clauses = describe(terms, standard())

    written = {name for name in terms_file.write(terms) if name != "tables"}
    assert written <= {clause.clause.partition(".")[0] for clause in clauses}
    for clause in clauses:
        assert clause.text["en"]
        assert re.search("[一-鿿]", clause.text["zh"])
        assert clause.enforcement in Enforcement


def test_purposes_are_told_by_their_titles() -> None:
    first = describe(terms_file.read("purposes: [linkage]"), standard())[0]

    assert "Record linkage" in first.text["en"]
    assert "记录关联" in first.text["zh"]


def test_a_duration_is_told_in_words() -> None:
    [clause] = [one for one in describe(terms_file.read("period: P1Y2M3DT1H")) if one.clause == "period"]

    assert clause.text["en"] == "It ends 14 months 3 days 3600 seconds after it was agreed."
