"""Commands for products made of products."""

from __future__ import annotations

from typing import Any

import click

from golconda.doors.cli import draw
from golconda.doors.cli.group import Context, shared, titles
from golconda.doors.cli.owning import TITLE
from golconda.doors.cli.reading import AGREEMENT, PURPOSE
from golconda.doors.cli.terminal import standard_input

Document = dict[str, Any]  # plain JSON


@click.command()
@click.argument("name")
@click.argument("sql")
@AGREEMENT
@PURPOSE
@TITLE
@click.option("--description", "-d", default="", help="What it is, in a sentence or two.")
@shared()
def derive(
    context: Context,
    name: str,
    sql: str,
    agreements: tuple[str, ...],
    purpose: str | None,
    title: tuple[str, ...],
    description: str,
) -> None:
    """Make the product NAME of what the query SQL reads under your agreements.

    It carries the strictest of their clauses, is made anew when a source moves, and is suspended while a source may
    not be read. SQL - reads standard input.
    """
    made = context.session().derive(
        name,
        standard_input() if sql == "-" else sql,
        agreements=agreements,
        purpose=purpose,
        title=titles(title),
        description=description,
    )
    context.show(made, _made)


@click.command()
@click.argument("product")
@shared()
def refresh(context: Context, product: str) -> None:
    """Make the derived PRODUCT anew of its sources as they are now; a server does so by itself."""
    context.show(context.session().refresh(product), _made)


def _made(found: Document) -> None:
    click.echo(f"Made {found['product']}@{found['version']}: {found['rows']:,} rows, of")
    for source in found["sources"]:
        under = f"under {source['agreement']}" if source["agreement"] else "as its owner"
        click.echo(f"  {source['product']}@{source['number']} {under}")
    for clause, value in found["terms"]["terms"].items():
        click.echo(f"{clause}: {draw.clause(value)}")
    offered = "distribute" not in found["terms"]["terms"].get("prohibit", ())
    offer = f" ; golconda offer {found['product']} TERMS.yaml" if offered else ""
    click.echo(f"Next: golconda lineage {found['product']}{offer}")


commands = (derive, refresh)
