"""Services over HTTP: described with their types, wrong values told, answered in pages, and the same in Python and on
the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from golconda.doors.cli.main import cli
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx
    from served import Served

    from golconda.doors.client import Client

SQL = "SELECT region, age FROM care WHERE region = :region AND age >= :least ORDER BY phone, age"


@pytest.fixture(scope="module")
def service(city: Served) -> Iterator[str]:
    """Give a service of care."""
    city.owner.add_service("grown_up", SQL, product="care", title={"en": "Grown-ups", "zh": "成年人"})
    yield "grown_up"
    city.owner.remove_service("grown_up")


@pytest.mark.usefixtures("care")
def test_each_service_is_an_operation_with_typed_parameters(http: httpx.Client, service: str) -> None:
    operation = http.get("openapi.json").json()["paths"][f"/services/{service}"]["get"]
    assert (operation["operationId"], operation["summary"]) == ("service_grown_up", "Grown-ups")
    kinds = {each["name"]: (each["schema"]["type"], each["required"]) for each in operation["parameters"]}
    assert kinds == {
        "region": ("string", True),
        "least": ("integer", True),
        "agreement": ("string", False),
        "purpose": ("string", False),
        "page_size": ("integer", False),
    }


def test_whom_the_product_is_hidden_from_reads_nothing_of_it_there(
    city: Served, http: httpx.Client, tmp_path: Path
) -> None:
    rows = tmp_path / "kept.csv"
    rows.write_text("c0\n1\n", encoding="utf-8")
    city.owner.publish([str(rows)], name="kept")  # and offered to nobody
    city.owner.add_service("hidden", "SELECT c0 FROM kept WHERE c0 = :c", product="kept")
    city.owner.add_organisation("zeta", titles={"en": "Zeta"})
    token = city.owner.new_token("zeta/xu")["token"]
    shown = http.get("openapi.json", headers={"authorization": f"Bearer {token}"}).json()["paths"]
    city.owner.remove_service("hidden")
    assert "/services/hidden" not in shown


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        ({"region": "R1"}, "parameters-unfit", "least is missing"),
        ({"region": "R1", "least": "1", "most": "9"}, "parameters-unfit", "it has no most"),
        ({"region": "R1", "least": "young"}, "parameter-value", "BIGINT"),
        ({"region": "R1", "least": "1", "page_size": "many"}, "page-size-refused", "many"),
        ({"region": "R1", "least": "1", "page_size": "0"}, "page-size-refused", "0"),
    ],
)
def test_wrong_values_are_problems_of_the_usual_form(
    http: httpx.Client, service: str, care: str, values: dict[str, str], code: str, said: str
) -> None:
    answer = http.get(f"services/{service}", params={**values, "agreement": care})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, code)
    assert problem["type"].endswith(f"/errors/{code}")
    assert said in problem["detail"]
    assert problem["hint"]


def test_pages_together_are_the_answer(http: httpx.Client, service: str, care: str) -> None:
    asked = {"region": "R1", "least": "30", "agreement": care}
    whole = http.get(f"services/{service}", params=asked).json()["rows"]
    page: dict[str, Any] = http.get(f"services/{service}", params={**asked, "page_size": "50"}).json()
    rows = list(page["rows"])
    assert len(rows) == 50
    while page["next"] is not None:
        page = http.get(f"{str(http.base_url).removesuffix('/api/v1/')}{page['next']}").json()
        rows += page["rows"]
    assert rows == whole
    refused = http.get(
        f"services/{service}", params={**asked, "page_size": "50"}, headers={"accept": "text/csv"}
    ).json()
    assert refused["code"] == "page-size-refused"


def test_the_client_calls_it_whole_and_in_pages(client: Client, service: str, care: str) -> None:
    whole = client.service(service, agreements=[care], region="R1", least=30).document()["rows"]
    paged = client.service(service, agreements=[care], region="R1", least=30, page_size=100)
    assert [row for page in paged.pages() for row in page] == whole
    with pytest.raises(InvalidInput, match="least is missing"):
        client.service(service, region="R1")


def test_the_command_line_calls_it_as_options_or_pairs(
    city: Served, service: str, care: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLCONDA_TOKEN", city.reader)
    line = ["service", "call", service, "--url", city.address, "--agreement", care, "--format", "json"]
    ways = (["--region", "R1", "--least", "90"], ["region=R1", "least=90"], ["--region=R1", "least=90"])
    told = [CliRunner().invoke(cli, [*line, *way]) for way in ways]
    assert [each.exit_code for each in told] == [0, 0, 0]
    answers = [json.loads(each.stdout)["rows"] for each in told]
    assert answers[0] == answers[1] == answers[2]
    assert CliRunner().invoke(cli, [*line, "--region"]).exit_code == 2
