"""The decision vectors hold here."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from golconda.agreement import strict_yaml, terms_file
from golconda.agreement.check import check
from golconda.agreement.join import join
from golconda.agreement.purposes import standard
from golconda.exchange.negotiation.agree import times
from golconda.exchange.negotiation.machine import Answer, Change, State, Table, Talk, answer, follow
from golconda.exchange.negotiation.propose import demand_covered
from golconda.kernel.errors import GolcondaError
from golconda.kernel.logical_types import Column, LogicalType

HERE = Path(__file__).parent
PURPOSES = standard()


def vectors(name: str) -> dict[str, Any]:
    return strict_yaml.load((HERE / f"{name}.yaml").read_text("utf-8"), what=name)


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"].replace(" ", "-")) for case in vectors(name)["cases"]]


def reasons(error: pytest.ExceptionInfo[GolcondaError]) -> list[str]:
    return [error.value.code]


@pytest.mark.parametrize("case", cases("terms"))
def test_terms_are_accepted_or_refused(case: dict[str, Any]) -> None:
    tables = {
        name: tuple(Column(column, LogicalType.parse(type_)) for column, type_ in columns.items())
        for name, columns in vectors("terms")["tables"].items()
    }
    if case["decision"] == "refused":
        with pytest.raises(GolcondaError) as refused:
            check(terms_file.from_document(case["policy"]), tables, PURPOSES)
        assert reasons(refused) == case["reasons"]
        return

    report = check(terms_file.from_document(case["policy"]), tables, PURPOSES)

    assert {table.name: list(table.columns) for table in report.shared} == case["shared"]
    assert [name for name, _ in report.withheld] == case.get("withheld", [])


@pytest.mark.parametrize("case", cases("purpose"))
def test_a_purpose_is_covered_or_refused(case: dict[str, Any]) -> None:
    terms = terms_file.from_document(case["policy"])
    if case["decision"] == "covered":
        demand_covered(terms, PURPOSES, product="city/care", purpose=case["request"])
        return
    with pytest.raises(GolcondaError) as refused:
        demand_covered(terms, PURPOSES, product="city/care", purpose=case["request"])
    assert reasons(refused) == case["reasons"]


@pytest.mark.parametrize("case", cases("time"))
def test_an_agreement_stands_by_the_calendar(case: dict[str, Any]) -> None:
    terms = terms_file.from_document(case["policy"])
    agreed, asked = (datetime.fromisoformat(text) for text in (case["state"]["agreed"], case["request"]))
    if case["decision"] == "refused":
        with pytest.raises(GolcondaError) as refused:
            times(terms, agreed)
        assert reasons(refused) == case["reasons"]
        return

    starts, ends = times(terms, agreed)

    stands = "expired" if ends is not None and asked >= ends else "pending" if asked < starts else "active"
    assert stands == case["decision"]


@pytest.mark.parametrize("case", cases("negotiation"))
def test_a_negotiation_goes_on_or_refuses(case: dict[str, Any]) -> None:
    listed = vectors("negotiation")
    table = Table("req-1", Talk(case["state"]), listed["owner"], listed["assignee"])
    party, given = case["request"]["party"], Answer(case["request"]["answer"])
    if case["decision"] == "refused":
        with pytest.raises(GolcondaError) as refused:
            answer(table, party, given)
        assert reasons(refused) == case["reasons"]
    else:
        assert answer(table, party, given).value == case["decision"]


@pytest.mark.parametrize("case", cases("life"))
def test_an_agreement_goes_on_or_refuses(case: dict[str, Any]) -> None:
    state, change = State(case["state"]), Change(case["request"])
    if case["decision"] == "refused":
        with pytest.raises(GolcondaError) as refused:
            follow(state, change, agreement="agr-1")
        assert reasons(refused) == case["reasons"]
    else:
        assert follow(state, change, agreement="agr-1").value == case["decision"]


@pytest.mark.parametrize("case", cases("join"))
def test_two_terms_come_to_one(case: dict[str, Any]) -> None:
    first, second = (terms_file.from_document(document) for document in case["policy"])

    assert terms_file.write(join(first, second, purposes=PURPOSES)) == case["decision"]
    assert terms_file.write(join(second, first, purposes=PURPOSES)) == case["decision"]


def test_there_are_enough_vectors() -> None:
    files = [file.stem for file in HERE.glob("*.yaml")]

    assert sum(len(vectors(name)["cases"]) for name in files) >= 90
