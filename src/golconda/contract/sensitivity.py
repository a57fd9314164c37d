"""Which columns look as if they held what people want kept: a proposal, by name and by the shape of values.

The rules are words, not learning: a column is proposed when its name holds one of the words below, or when
at least `SHAPE_SHARE` of its sampled values have the shape of an e-mail address, a Chinese mobile number or a
Chinese resident number. Names that say nothing over values without shape (free text, coded names) are missed,
and a column of meter addresses is proposed wrongly: the steward decides, in the contract.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SHAPE_SHARE = 0.8


class Sensitivity(StrEnum):
    """What a sensitive column holds."""

    PERSON = "person"  # a key that stands for a person, such as patient_id
    ID_NUMBER = "id-number"
    PHONE = "phone"
    EMAIL = "email"
    NAME = "name"
    ADDRESS = "address"
    BIRTH_DATE = "birth-date"
    BANK_CARD = "bank-card"
    PASSPORT = "passport"
    PLATE = "licence-plate"


# Each single one of these points at one person; birth date and address only help to.
IDENTIFYING = frozenset(Sensitivity) - {Sensitivity.ADDRESS, Sensitivity.BIRTH_DATE}

_PEOPLE = (
    "person", "patient", "customer", "client", "user", "member", "student", "pupil", "employee", "staff",
    "worker", "resident", "citizen", "subscriber", "passenger", "subject", "participant", "respondent",
    "patron", "cardholder", "taxpayer", "policyholder", "borrower", "driver", "teacher", "doctor", "nurse",
    "owner",
)  # fmt: skip
_KEYS = ("id", "no", "number", "code", "key", "uuid", "identifier")

# Words in order as they follow each other in a name: `Home_Phone`, `homePhone` and `home phone` are one.
_ENGLISH: Mapping[Sensitivity, tuple[str, ...]] = {
    Sensitivity.ID_NUMBER: (
        "id number", "id no", "idno", "id card", "idcard", "identity number", "identity card", "national id",
        "citizen id", "resident id", "ssn", "social security", "tax id", "nhs number",
    ),
    Sensitivity.PHONE: (
        "phone", "phonenumber", "telephone", "mobile", "cellphone", "cell", "tel", "fax", "msisdn",
    ),
    Sensitivity.EMAIL: ("email", "e mail", "mail address", "mailbox"),
    Sensitivity.NAME: (
        "first name", "firstname", "last name", "lastname", "surname", "given name", "family name",
        "full name", "fullname", "middle name", "maiden name", *(f"{who} name" for who in _PEOPLE),
    ),
    Sensitivity.ADDRESS: ("address", "street", "postal address", "home address", "addr"),
    Sensitivity.BIRTH_DATE: ("birth date", "birthdate", "birthday", "date of birth", "dob", "born"),
    Sensitivity.BANK_CARD: (
        "card number", "card no", "bank card", "credit card", "iban", "bank account", "account number",
    ),
    Sensitivity.PASSPORT: ("passport",),
    Sensitivity.PLATE: ("licence plate", "license plate", "number plate", "plate number", "plate no"),
    Sensitivity.PERSON: (*(f"{who} {key}" for who in _PEOPLE for key in _KEYS), "mrn", "userid", "uid"),
}  # fmt: skip
_CHINESE: Mapping[Sensitivity, tuple[str, ...]] = {
    Sensitivity.ID_NUMBER: ("身份证", "证件号", "社保号", "社会保障号", "公民身份号码"),
    Sensitivity.PHONE: ("电话", "手机", "联系方式", "传真"),
    Sensitivity.EMAIL: ("邮箱", "电子邮件", "邮件地址"),
    Sensitivity.NAME: ("姓名", "名字", "联系人", "曾用名"),
    Sensitivity.ADDRESS: ("地址", "住址", "居住地", "门牌"),
    Sensitivity.BIRTH_DATE: ("出生日期", "出生年月", "生日"),
    Sensitivity.BANK_CARD: ("银行卡", "卡号", "银行账号", "银行账户"),
    Sensitivity.PASSPORT: ("护照",),
    Sensitivity.PLATE: ("车牌",),
    Sensitivity.PERSON: (
        "患者编号", "患者号", "病历号", "病案号", "住院号", "门诊号", "客户编号",
        "客户号", "用户编号", "用户号",
        "会员号", "会员编号", "学号", "工号", "人员编号", "个人编号", "员工编号",
    ),
}  # fmt: skip
# A column called just `name` is a person's where the table also holds one of these.
_PERSONAL_COMPANY = ("age", "sex", "gender", "年龄", "性别")

_SHAPES = {"email": Sensitivity.EMAIL, "phone": Sensitivity.PHONE, "id-number": Sensitivity.ID_NUMBER}


def sensitivity(
    column: str, *, shapes: Mapping[str, Any] | None = None, others: Collection[str] = ()
) -> Sensitivity | None:
    """Propose what a column holds that is sensitive, or None.

    `shapes`: the share of its values by shape; `others`: the names of the table's columns.

    >>> sensitivity("patientId"), sensitivity("联系电话"), sensitivity("region")
    (<Sensitivity.PERSON: 'person'>, <Sensitivity.PHONE: 'phone'>, None)
    """
    return _by_name(column) or _by_shape(shapes or {}) or _bare_name(column, others)


def _by_name(column: str) -> Sensitivity | None:
    words = f" {' '.join(_words(column))} "
    if " ip " in words or " mac " in words:
        return None  # the address of a machine
    for kind, phrases in _ENGLISH.items():
        if any(f" {phrase} " in words for phrase in phrases):
            return kind
    return next((kind for kind, parts in _CHINESE.items() if any(part in column for part in parts)), None)


def _by_shape(shapes: Mapping[str, Any]) -> Sensitivity | None:
    shape = max(_SHAPES, key=lambda name: shapes.get(name, 0))
    return _SHAPES[shape] if shapes.get(shape, 0) >= SHAPE_SHARE else None


def _bare_name(column: str, others: Collection[str]) -> Sensitivity | None:
    if column.casefold() not in {"name", "名称"}:
        return None
    company = (other for other in others if other != column)
    personal = any(_by_name(other) or other.casefold() in _PERSONAL_COMPANY for other in company)
    return Sensitivity.NAME if personal else None


def _words(column: str) -> list[str]:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", column)
    return [word.lower() for word in re.findall(r"[A-Za-z]+|\d+", parted)]
