"""What the OpenAPI description says of a route beyond what its signature does: answers, headers, and problems."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml
from starlette.responses import Response

from golconda.doors.http.bodies import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    Codes = Mapping[int, tuple[str, ...]]

_ALWAYS: Codes = {
    400: ("request-invalid",),
    401: ("token-invalid", "token-expired", "token-revoked"),
    403: ("not-allowed", "token-scope"),
    503: ("node-busy", "metastore-locked", "node-stopping"),
}
_WITH_BODY: Codes = {
    400: ("json-invalid",),
    408: ("request-late",),
    413: ("body-too-large",),
    415: ("media-type-refused",),
}
_WITH_TOKEN: Codes = {401: ("token-missing",)}
_HEADERS = {
    201: {"location": {"description": "Where it is found, if it has an address.", "schema": {"type": "string"}}},
    401: {"www-authenticate": {"description": "Bearer.", "schema": {"type": "string"}}},
    503: {"retry-after": {"description": "Seconds.", "schema": {"type": "string"}}},
}


def described(
    summary: str,
    answer: str | None,
    *,
    example: Any = None,  # any JSON
    problems: Codes | None = None,
    status: int = 200,
    media: str = "application/json",
) -> dict[str, Any]:
    """Return the keyword arguments that describe a route to FastAPI; `answer` names a schema of schemas.yaml."""
    content: dict[str, Any] = {"schema": {"type": "string"} if answer is None else _reference(answer)}
    if example is not None:
        content["example"] = example
    told = {"description": "Done.", "content": {media: content}, "headers": _HEADERS.get(status, {})}
    return {
        "summary": summary,
        "status_code": status,
        "response_model": None,
        "response_class": Response,  # of no media type of its own
        "responses": {status: told, **{number: _problem(codes) for number, codes in (problems or {}).items()}},
    }


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Return FastAPI's description with what holds for all its operations, and without what it only supposes."""
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    question = Question.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**_documents(), **question.pop("$defs"), "Question": question}
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for operation in (each for path in schema["paths"].values() for each in path.values()):
        _complete(operation)
    return schema


def _complete(operation: dict[str, Any]) -> None:
    is_open = "catalogue" in operation["tags"]
    operation["security"] = [{"token": []}, {}] if is_open else [{"token": []}]
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's own form of error, which is never sent
    for codes in (_ALWAYS, {} if is_open else _WITH_TOKEN, _WITH_BODY if "requestBody" in operation else {}):
        for number, names in codes.items():
            _add(responses, str(number), names)
    responses["default"] = _problem(())


def _add(responses: dict[str, Any], number: str, codes: tuple[str, ...]) -> None:
    """Add codes to those that a response names."""
    there = responses.get(number, {}).get("x-codes", [])
    responses[number] = _problem((*there, *codes)) | {"headers": _HEADERS.get(int(number), {})}


def _problem(codes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "description": f"Problem, for example {', '.join(codes)}." if codes else "Any other problem.",
        "content": {"application/problem+json": {"schema": _reference("Problem")}},
        "x-codes": list(codes),
    }


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@cache
def _documents() -> dict[str, Any]:
    text = (files("golconda.doors.http") / "schemas.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
