"""Lineage at a terminal: trees, JSON or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from golconda.doors.cli.group import Context, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]  # plain JSON


@click.command()
@click.argument("name")
@click.option("--format", "-f", "form", type=click.Choice(["text", "json", "svg"]), help="Else by the file's ending.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file to write.")
@shared()
def lineage(context: Context, name: str, form: str | None, output: Path | None) -> None:
    """Say what NAME is made of, and what is made of it.

    NAME is a column, as in care.visits.cost; a table, a product or a service stand for all their columns.
    """
    found = context.session().lineage(name)
    form = form or ("svg" if output and output.suffix.lower() == ".svg" else "json" if context.as_json else "text")
    text = _written(found, form)
    if output is None:
        click.echo(text)
        return
    output.write_text(text + "\n", encoding="utf-8")


def _written(found: Document, form: str) -> str:
    import json

    from golconda.doors.wire.lineage_picture import lineage_picture

    if form == "svg":
        return lineage_picture(found, label=f"Lineage of {found['of']}")
    if form == "json":
        return json.dumps(found, ensure_ascii=False, indent=2)
    return "\n".join(line for column in found["columns"] for line in trees(column))


def trees(column: Document) -> Iterator[str]:
    """Yield a column's name and under it, indented, what it is made of (←) and what is made of it (→)."""
    yield f"{column['name']}" + ("" if column["up"] or column["down"] else "  (nothing is known of it)")
    yield from _branches(column, "up", "←", "  ")
    yield from _branches(column, "down", "→", "  ")


def _branches(tree: Document, way: str, arrow: str, indent: str) -> Iterator[str]:
    for found in tree[way]:
        kind = f"{found['kind']} " if found["kind"] != "product" else ""
        yield f"{indent}{arrow} {kind}{found['name']}  {found['how']}"
        yield from _branches(found, way, arrow, f"{indent}  ")


commands = (lineage,)
