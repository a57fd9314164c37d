"""Lines to paste: the same question through each door, with this node's address, names and agreement."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from golconda.doors.portal.ports import Document


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines for one way in; `text` None = this way is closed, and `key` says why in the messages."""

    key: str
    text: str | None


def under(agreement: Document, *, address: str) -> tuple[Snippet, ...]:
    """Return Python, command line, curl and Delta Sharing for an agreement's first table."""
    tables = [str(name) for name in agreement["tables"]]
    if not tables:
        return ()
    rows = rows_of(agreement)
    sql = question(_sql_name(agreement["product"], tables[0]), aggregate=tables[0] not in rows)
    shared = _sql_name(agreement["product"], rows[0]) if rows else None
    return (*_questions(sql, address, agreement["id"]), _sharing(shared, agreement["id"]))


def of_ones_own(product: Document, *, address: str) -> tuple[Snippet, ...]:
    """Return the owner's ways to read; shares are for readers with an agreement."""
    if not product["tables"]:
        return ()
    sql = question(_sql_name(product["name"], product["tables"][0]["name"]), aggregate=False)
    return _questions(sql, address, None)


def rows_of(agreement: Document) -> tuple[str, ...]:
    """Return the tables of an agreement that give rows, not aggregates alone."""
    terms = agreement["terms"]
    apart = terms.get("tables") or {}
    return tuple(
        str(name)
        for name in agreement["tables"]
        if not terms.get("aggregate") and not (apart.get(name) or {}).get("aggregate")
    )


def question(table: str, *, aggregate: bool) -> str:
    """Return a query that the agreement allows: counting always is."""
    source = exp.to_table(table, dialect="duckdb")
    if aggregate:
        return exp.select(exp.Count(this=exp.Star()).as_("n")).from_(source).sql("duckdb")
    return exp.select("*").from_(source).limit(10).sql("duckdb")


def _sql_name(product: object, table: str) -> str:
    """Return a table by its three names, which are unambiguous everywhere."""
    return f"{str(product).replace('/', '.')}.{table}"


def _questions(sql: str, address: str, agreement: str | None) -> tuple[Snippet, ...]:
    return (
        Snippet("python", _python(sql, address, agreement)),
        Snippet("sql", _command_line(sql, address, agreement)),
        Snippet("curl", _curl(sql, address, agreement)),
    )


def _python(sql: str, address: str, agreement: str | None) -> str:
    choice = f", agreements=[{json.dumps(agreement)}]" if agreement else ""
    return (
        "import os\n\nimport golconda\n\n"
        f'node = golconda.connect("{address}", token=os.environ["GOLCONDA_TOKEN"])\n'
        f'answer = node.query("{sql}"{choice})\n'
        "print(answer.arrow())"
    )


def _command_line(sql: str, address: str, agreement: str | None) -> str:
    choice = f" \\\n  --agreement {agreement}" if agreement else ""
    return f"golconda query {shlex.quote(sql)} \\\n  --url {shlex.quote(address)}{choice}"


def _curl(sql: str, address: str, agreement: str | None) -> str:
    body = json.dumps({"sql": sql} | ({"agreement": agreement} if agreement else {}))
    return (
        f"curl {shlex.quote(address + '/api/v1/query')} \\\n"
        '  -H "Authorization: Bearer $GOLCONDA_TOKEN" \\\n'
        f"  -H 'Content-Type: application/json' \\\n  -d {shlex.quote(body)}"
    )


def of_service(service: Document, *, address: str) -> str:
    """Return the line that calls a service; its values are to be filled in."""
    values = "&".join(f"{each['name']}=VALUE" for each in service["parameters"])
    asked = f"{address}/api/v1/services/{service['name']}" + (f"?{values}" if values else "")
    return f'curl -H "Authorization: Bearer $GOLCONDA_TOKEN" {shlex.quote(asked)}'


def _sharing(table: str | None, agreement: str) -> Snippet:
    if table is None:
        return Snippet("sharing_closed", None)
    return Snippet(
        "sharing", f'import delta_sharing\n\ntable = delta_sharing.load_as_pandas("{agreement}.share#{table}")'
    )
