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


def table_name(product: Document) -> str:
    """Return the product's first table by its three names, which are unambiguous everywhere."""
    return f"{str(product['name']).replace('/', '.')}.{product['tables'][0]['name']}"


def question(product: Document, *, aggregate: bool) -> str:
    """Return a query that the agreement allows: counting always is."""
    table = exp.to_table(table_name(product), dialect="duckdb")
    if aggregate:
        return exp.select(exp.Count(this=exp.Star()).as_("n")).from_(table).sql("duckdb")
    return exp.select("*").from_(table).limit(10).sql("duckdb")


def snippets(product: Document, *, address: str, agreement: str | None, aggregate: bool) -> tuple[Snippet, ...]:
    """Return Python, command line, curl and Delta Sharing; `agreement` None = the owner's own reading."""
    if not product["tables"]:
        return ()
    sql = question(product, aggregate=aggregate)
    return (
        Snippet("python", _python(sql, address, agreement)),
        Snippet("sql", _command_line(sql, address, agreement)),
        Snippet("curl", _curl(sql, address, agreement)),
        *_sharing(product, agreement, aggregate=aggregate),
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


def _sharing(product: Document, agreement: str | None, *, aggregate: bool) -> tuple[Snippet, ...]:
    if agreement is None:
        return ()
    if aggregate:
        return (Snippet("sharing_closed", None),)
    table = f"{agreement}.share#{table_name(product)}"
    return (Snippet("sharing", f'import delta_sharing\n\ntable = delta_sharing.load_as_pandas("{table}")'),)
