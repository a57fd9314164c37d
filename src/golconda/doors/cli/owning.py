"""Commands of a steward: make a node, publish, look at products and contracts, offer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from golconda.doors.cli import draw
from golconda.doors.cli.group import Context, shared, titles

TITLE = click.option("--title", multiple=True, metavar="[LANG=]TEXT", help="A title; again with zh=… for Chinese.")


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--org", "organisation", required=True, metavar="NAME", help="The organisation whose node this is.")
@click.option("--metastore", metavar="URL", help="postgresql://USER@HOST/DATABASE instead of a file in the node.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), help="Engine that answers.")
@click.option("--master", metavar="MASTER", help="Where Spark runs: local[2], local-cluster[2,1,1024], spark://….")
@TITLE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def init(
    directory: Path,
    organisation: str,
    metastore: str | None,
    title: tuple[str, ...],
    as_json: bool,
    engine: str | None,
    master: str | None,
) -> None:
    """Make a node in DIRECTORY."""
    from golconda.node.open import init_node

    said = {"metastore": metastore, "engine": engine, "master": master}
    settings: dict[str, object] = {name: value for name, value in said.items() if value}
    with init_node(
        directory, organisation=organisation, titles=titles(title) or {"en": organisation}, settings=settings
    ):
        document = {"node": str(directory.absolute()), "organisation": organisation}
    Context(directory, None, None, as_json).show(
        document,
        lambda _: click.echo(
            f"Made the node of {organisation} in {directory}.\nNext: cd {directory} && golconda publish FILE --as NAME"
        ),
    )


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--as", "name", metavar="[ORG/]PRODUCT", help="The product's name; else drawn from the first source.")
@TITLE
@click.option("--description", "-d", multiple=True, metavar="[LANG=]TEXT", help="What it is, in a sentence or two.")
@click.option("--domain", help="What it is about: transport, health, …")
@click.option("--grade", type=click.Choice(["open", "shared", "restricted", "personal"]), help="How sensitive it is.")
@click.option("--synthetic", is_flag=True, help="The data are made, not measured; its page says so.")
@click.option("--contract", type=click.Path(path_type=Path), help="An ODCS contract instead of a drafted one.")
@click.option("--encoding", help="The text's encoding where it is not UTF-8, such as gb18030.")
@click.option("--delimiter", metavar="CHARACTER", help="What stands between cells; else found in the header.")
@click.option("--null", "null", metavar="WORDS", help="What stands for a missing value instead of NA: 'NULL,-'.")
@shared(reader=False)
def publish(
    context: Context,
    sources: tuple[str, ...],
    name: str | None,
    title: tuple[str, ...],
    description: tuple[str, ...],
    contract: Path | None,
    encoding: str | None,
    delimiter: str | None,
    null: str | None,
    **about: Any,  # domain, grade, synthetic
) -> None:
    """Publish SOURCES as a product, or as its next version.

    A source is a CSV or Parquet file, a folder of such, or a database's table: sqlite:///FILE#TABLE,
    postgresql://USER@HOST/DB#SCHEMA.TABLE. Each becomes a table. Rows that do not fit are set aside and listed.
    """
    session = context.owner()
    given = {"encoding": encoding, "delimiter": delimiter, "null": null}
    options = {key: value for key, value in given.items() if value is not None}
    with draw.progress(sys.stderr) as progress:
        made = session.publish(
            sources,
            name=name,
            titles=titles(title),
            description=titles(description),
            contract=_text(contract) if contract else None,
            options=options,
            progress=progress,
            **about,
        )
    context.show(made, draw.published)


@click.command()
@shared()
def products(context: Context) -> None:
    """List the products."""
    context.show(context.session().products(), draw.products)


@click.command()
@click.argument("text", nargs=-1, required=True)
@shared()
def search(context: Context, text: tuple[str, ...]) -> None:
    """Find products by words in English or Chinese."""
    context.show(context.session().search(" ".join(text)), draw.products)


@click.command()
@click.argument("name")
@shared()
def show(context: Context, name: str) -> None:
    """Show a product (care, care@1, city/care), a request (req-…) or an agreement (agr-…)."""
    session = context.session()
    if name.startswith("agr-"):
        context.show(session.agreement(name), draw.agreement)
    elif name.startswith("req-"):
        context.show(session.request_document(name), draw.request)
    else:
        context.show(session.product(name), draw.product)


@click.group()
def contract() -> None:
    """Show a product's contract, or check one (ODCS 3.1)."""


@contract.command("show")
@click.argument("name")
@shared()
def contract_show(context: Context, name: str) -> None:
    """Print the contract of product NAME as YAML."""
    text = context.session().contract(name)
    context.show({"contract": text}, lambda _: click.echo(text, nl=False))


@contract.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@shared(reader=False)
def contract_check(context: Context, file: Path) -> None:
    """Say what is wrong with a contract file; exit status 2 if anything is."""
    from golconda.contract import problems

    found = problems(_text(file))
    document = {
        "file": str(file),
        "problems": [{"path": each.path, "message": each.message} for each in found],
    }
    context.show(document, draw.problems)
    if found:
        raise click.exceptions.Exit(2)


@click.command()
@click.argument("product")
@click.argument("terms", type=click.Path(path_type=Path))
@click.option("--title", help="What the offer is called.")
@click.option(
    "--open",
    "automatic",
    is_flag=True,
    help="Whoever asks for a purpose it covers gets an agreement at once.",
)
@shared()
def offer(context: Context, product: str, terms: Path, title: str | None, automatic: bool) -> None:
    """Offer PRODUCT on the terms in a YAML file."""
    context.show(context.session().offer(product, _text(terms), title=title, automatic=automatic), draw.offered)


@click.command()
@click.argument("offer_id", metavar="OFFER")
@shared()
def withdraw(context: Context, offer_id: str) -> None:
    """Withdraw an offer; agreements made on it stay."""
    context.show(context.session().withdraw(offer_id), lambda _: click.echo(f"Withdrew {offer_id}."))


def _text(path: Path) -> str:
    from golconda.node.files import read_text

    return read_text(path)


commands = (init, publish, products, search, show, contract, offer, withdraw)
