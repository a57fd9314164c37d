"""The API's page, rendered here from its OpenAPI description: no script, nothing fetched from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = files("golconda.doors.http") / "templates"


def _read(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


_STYLE = _read("docs.css")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
    )
}


@cache
def _template() -> Any:  # jinja2 gives no precise type
    environment = Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    return environment.get_template("docs.html")


def render(schema: Mapping[str, Any]) -> str:
    """Return the page for an OpenAPI description."""
    page: str = _template().render(
        title=schema["info"]["title"],
        description=schema["info"]["description"],
        prefix=schema["servers"][0]["url"],
        style=_STYLE,
        groups=_groups(schema),
    )
    return page


def _groups(schema: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations by tag, in the order of the routes."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            shown = _operation(schema, path, method, operation)
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(shown)
    return groups


def _operation(schema: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "fields": _fields(schema, operation),
        "answers": sorted(operation["responses"].items()),
    }


def _fields(schema: Mapping[str, Any], operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of the body an operation takes."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    body = _resolved(schema, content.get("schema", {}))
    required = body.get("required", [])
    return [
        {"name": name, "required": name in required, "description": field.get("description", "")}
        for name, field in body.get("properties", {}).items()
    ]


def _resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    for choice in (part, *part.get("anyOf", ())):
        if "$ref" in choice:
            found: Mapping[str, Any] = schema["components"]["schemas"][choice["$ref"].rsplit("/", 1)[1]]
            return found
    return part
