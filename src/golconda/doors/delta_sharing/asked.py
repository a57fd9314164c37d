"""What a table query asks: its body, checked at the border."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from golconda.kernel.errors import InvalidInput, NotFound


class _Body(BaseModel):
    """Known fields; the protocol grows, so unknown ones are passed over. Predicate hints are not used."""

    model_config = ConfigDict(extra="ignore")

    limitHint: int | None = Field(default=None, ge=0)  # noqa: N815  # the protocol's own names
    version: int | None = None
    timestamp: str | None = None
    startingVersion: int | None = None  # noqa: N815  # the same
    endingVersion: int | None = None  # noqa: N815  # the same


@dataclass(frozen=True, slots=True)
class Asked:
    """How many rows are wanted at most, and of which version."""

    limit: int | None
    version: int | None
    history: bool

    @classmethod
    def read(cls, body: bytes) -> Asked:
        """Read the body; none is an empty one."""
        try:
            given = _Body.model_validate_json(body or b"{}")
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "body"
            raise InvalidInput(
                "request-invalid",
                f"{where}: {first['msg']}.",
                hint="Send the JSON of the protocol's table query.",
            ) from None
        history = (given.timestamp, given.startingVersion, given.endingVersion)
        return cls(given.limitHint, given.version, any(each is not None for each in history))

    def demand_present(self, version: int) -> None:
        """Refuse any version but the present one."""
        if self.history:
            raise InvalidInput(
                "changes-unshared",
                "Only the present version of a table is shared, not its past.",
                hint="Query without timestamp, startingVersion and endingVersion.",
            )
        if self.version not in (None, version):
            raise NotFound(
                "version-unknown",
                f"Version {self.version} is not shared.",
                hint=f"The present version is {version}.",
            )
