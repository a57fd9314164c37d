"""What requests carry, checked at the border and given on as plain values at once."""

from __future__ import annotations

from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from golconda.kernel.given import Given, given, typed

Text = Annotated[str, Field(min_length=1, max_length=100_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Terms = Annotated[
    str | dict[str, Any],  # the clauses of terms.md: any JSON
    Field(description="Terms as the YAML text of a terms file, or as the same clauses in JSON."),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Typed(_Body):
    """A value of a type that JSON has no form for."""

    type: Name = Field(description="A logical type, as in DATE or DECIMAL(10,2).")
    value: str | None = Field(max_length=100_000, description="Its text, in base64 for BLOB; null for NULL.")


Value = bool | int | float | str | Typed | None


class Question(_Body):
    """A query for one purpose under some agreements."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"sql": "SELECT region, count(*) FROM care.visits GROUP BY region"}]},
    )

    sql: Text = Field(description="One SELECT over organisation.product.table, product.table or product.")
    agreement: Name | None = Field(default=None, description="The only agreement to read under.")
    agreements: list[Name] = Field(default=[], max_length=50, description="The agreements to read under.")
    purpose: Name | None = Field(default=None, description="What for, where the agreements have several purposes.")
    parameters: Annotated[list[Value], Field(max_length=1000)] | dict[Name, Value] = Field(
        default=[], description="Values for each `?`, or by name for each `:name`."
    )
    engine: Name | None = Field(default=None, description="duckdb or spark; else the node chooses.")
    timeout_seconds: float | None = Field(
        default=None, gt=0, lt=1e9, description="How long it may run, and never longer than the node lets any query."
    )
    page_size: int | None = Field(
        default=None, ge=1, le=10_000, description="Rows of a page; the answer is JSON then, and names the next page."
    )

    @property
    def named(self) -> tuple[str, ...]:
        """Return the agreements it names, each once."""
        named = [*([self.agreement] if self.agreement else []), *self.agreements]
        return tuple(dict.fromkeys(named))

    @property
    def given(self) -> tuple[Given, ...]:
        """Return the values for its parameters; raise ``parameter-value`` for one that its type does not hold."""
        values = self.parameters.items() if isinstance(self.parameters, dict) else enumerate(self.parameters, start=1)
        return tuple(_value(str(name), value) for name, value in values)


def _value(name: str, value: Value) -> Given:
    return typed(name, value.type, value.value) if isinstance(value, Typed) else given({name: value})[0]


class Ask(_Body):
    """A request for a product under one of its offers."""

    product: Name = Field(description="organisation/product")
    purpose: Name = Field(description="One of the node's purposes.")
    offer: Name | None = Field(default=None, description="Where the product has several.")
    amends: Name | None = Field(default=None, description="An agreement in force that the new one supersedes.")


class Approval(_Body):
    """Consent to the proposal on the table, or other terms to answer it with."""

    terms: Terms | None = Field(default=None, description="To counter with; without them the proposal is accepted.")


class Reason(_Body):
    """Why."""

    why: Annotated[str, Field(min_length=1, max_length=2000, description="For the other side, and the log.")]


class NewOffer(_Body):
    """Terms on which a product may be used."""

    product: Name = Field(description="organisation/product")
    terms: Terms
    title: str | dict[str, str] | None = Field(default=None, description="In English, or by language.")
    automatic: bool = Field(default=False, description="Whether a request is approved by itself.")


class Derivation(_Body):
    """A product to be made of what a query reads."""

    name: Name = Field(description="organisation/product, or the product alone for your own organisation.")
    sql: Text = Field(description="One SELECT over what your agreements cover.")
    agreements: list[Name] = Field(default=[], max_length=50, description="The agreements to read under.")
    purpose: Name | None = Field(default=None, description="What for, where the agreements have several purposes.")
    title: str | dict[str, str] | None = Field(default=None, description="In English, or by language.")
    description: str = Field(default="", max_length=10_000, description="What it is.")


class Refresh(_Body):
    """A derived product to be made anew."""

    product: Name = Field(description="organisation/product")


class NewService(_Body):
    """A query with parameters under a name."""

    name: Name = Field(description="A slug: lower case letters, digits and underscores.")
    sql: Text = Field(description="One SELECT; its parameters are written :name.")
    product: Name = Field(description="organisation/product, whose page lists it.")
    parameters: dict[str, Name] = Field(default={}, description="Types by name, for those that no column tells.")
    title: str | dict[str, str] | None = Field(default=None, description="In English, or by language.")


class NewOrganisation(_Body):
    """An organisation that may hold agreements; its title in one language or several."""

    name: Name = Field(description="A slug: lower case letters, digits and underscores.")
    title: str | dict[str, str] | None = Field(default=None, description="In English, or by language.")

    @property
    def titles(self) -> dict[str, str]:
        """Return the titles by language; one without a language stands under ``en``."""
        return languages(self.title) or {"en": self.name}


class NewToken(_Body):
    """A token for a principal, who is added when new."""

    principal: Name = Field(description="organisation/person")
    role: Name | None = Field(default=None, description="A role of who is new; reader without one.")
    roles: list[Name] = Field(default=[], max_length=10, description="Several roles.")
    days: Annotated[int, Field(ge=1, le=3650, description="For how long.")] = 90
    kind: Name = Field(default="person", description="person, service or node.")
    region: Name | None = Field(default=None, description="Where who is new belongs, for row filters.")


def languages(title: str | dict[str, str] | None) -> dict[str, str] | None:
    """Return titles by language."""
    return {"en": title} if isinstance(title, str) else title


def terms_text(terms: str | dict[str, Any]) -> str:  # any clauses
    """Return terms as YAML text; JSON clauses are already YAML."""
    return terms if isinstance(terms, str) else yaml.safe_dump(terms, allow_unicode=True, sort_keys=False)
