"""Names and shapes of values propose what is sensitive; ordinary columns stay as they are."""

from __future__ import annotations

import pytest

from golconda.contract.sensitivity import Sensitivity, sensitivity


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("phone", Sensitivity.PHONE), ("Home_Phone", Sensitivity.PHONE), ("手机号", Sensitivity.PHONE),
        ("id_number", Sensitivity.ID_NUMBER), ("身份证号", Sensitivity.ID_NUMBER),
        ("email", Sensitivity.EMAIL), ("e-mail", Sensitivity.EMAIL), ("电子邮箱", Sensitivity.EMAIL),
        ("lastName", Sensitivity.NAME), ("患者姓名", Sensitivity.NAME),
        ("address", Sensitivity.ADDRESS), ("家庭住址", Sensitivity.ADDRESS),
        ("dateOfBirth", Sensitivity.BIRTH_DATE), ("出生日期", Sensitivity.BIRTH_DATE),
        ("patient_id", Sensitivity.PERSON), ("customerNo", Sensitivity.PERSON),
        ("病历号", Sensitivity.PERSON),
    ],
)  # fmt: skip
def test_a_telling_name_is_proposed(column: str, kind: Sensitivity) -> None:
    assert sensitivity(column) is kind


@pytest.mark.parametrize(
    "column",
    [
        "region",
        "carrier",
        "name",
        "dep_time",
        "tailnum",
        "ip_address",
        "cellular_type",
        "hotel",
        "地区",
        "年龄",
    ],
)
def test_an_ordinary_name_is_not(column: str) -> None:
    assert sensitivity(column) is None


def test_a_bare_name_is_a_persons_beside_personal_columns() -> None:
    assert sensitivity("name", others=("name", "sex")) is Sensitivity.NAME
    assert sensitivity("name", others=("name", "carrier")) is None


def test_values_of_a_telling_shape_are_proposed() -> None:
    assert sensitivity("c7", shapes={"phone": 0.97}) is Sensitivity.PHONE
    assert sensitivity("c7", shapes={"phone": 0.2}) is None
