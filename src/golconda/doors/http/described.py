"""What the OpenAPI description says of a route: summary, example, and the errors it may answer with."""

from __future__ import annotations

from typing import Any

_CODES = {
    400: ("request-invalid", "json-invalid"),
    401: ("token-missing", "token-invalid", "token-expired", "token-revoked"),
    403: ("action-refused",),
    404: ("product-unknown",),
    503: ("node-busy",),
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}

PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "An error as RFC 9457 has it, with a stable code and the next step.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "hint"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {
            "type": "string",
            "enum": ["invalid input", "not found", "access refused", "try again", "defect"],
        },
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
    },
}


def described(
    summary: str,
    *,
    example: Any = None,  # any JSON
    codes: tuple[str, ...] = (),
    status: int = 200,
    media: str = "application/json",
) -> dict[str, Any]:
    """Return the keyword arguments that describe a route to FastAPI."""
    content: dict[str, Any] = {media: {} if example is None else {"example": example}}
    told = {number: _answer(number, codes) for number in _CODES}
    return {
        "summary": summary,
        "status_code": status,
        "response_model": None,
        "responses": {status: {"description": "Done.", "content": content}, **told},
    }


def _answer(number: int, codes: tuple[str, ...]) -> dict[str, Any]:
    named = _CODES[number] + (codes if number in {400, 403} else ())
    return {
        "description": f"Problem, for example {', '.join(named)}.",
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    }
