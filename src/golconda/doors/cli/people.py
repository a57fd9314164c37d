"""Commands about organisations, people and their tokens."""

from __future__ import annotations

from pathlib import Path

import click

from golconda.doors.cli import draw
from golconda.doors.cli.group import Context, shared, titles
from golconda.doors.cli.owning import TITLE


@click.group()
def org() -> None:
    """Add organisations and list them."""


@org.command("add")
@click.argument("name")
@TITLE
@shared()
def org_add(context: Context, name: str, title: tuple[str, ...]) -> None:
    """Add organisation NAME."""
    made = context.session().add_organisation(name, titles=titles(title) or {"en": name})
    context.show(made, lambda _: click.echo(f"Added {name}.\nNext: golconda token new {name}/PERSON"))


@org.command("list")
@shared()
def org_list(context: Context) -> None:
    """List the organisations."""
    context.show(context.session().organisations(), draw.organisations)


@click.group()
def token() -> None:
    """Make tokens, list and revoke them."""


@token.command("new")
@click.argument("principal", metavar="ORG/PERSON")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(["reader", "steward", "regulator", "administrator"]),
    help="What a new person may do; reader if nothing is said.",
)
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long it is good.")
@click.option("--service", is_flag=True, help="A new principal is a service, not a person.")
@click.option("--region", help="What :region in a row filter means for a new person.")
@shared()
def token_new(
    context: Context, principal: str, roles: tuple[str, ...], days: int, service: bool, region: str | None
) -> None:
    """Make a token for ORG/PERSON, who is added if not there yet. It is shown once."""
    made = context.session().new_token(
        principal, roles=roles, days=days, kind="service" if service else "person", region=region
    )
    context.show(made, draw.token)


@token.command("list")
@shared()
def token_list(context: Context) -> None:
    """List the tokens, never their secrets."""
    context.show(context.session().tokens(), draw.tokens)


@token.command("revoke")
@click.argument("prefix")
@shared()
def token_revoke(context: Context, prefix: str) -> None:
    """Make the token that begins with PREFIX useless."""
    context.show(context.session().revoke_token(prefix), lambda _: click.echo(f"Revoked {prefix}."))


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def login(url: str, as_json: bool) -> None:
    """Keep the token for the node at URL in the system's keyring, after trying it. The token is asked for."""
    from golconda.doors.client import connect, tokens

    address = url.rstrip("/")
    given = click.prompt("Token", hide_input=True, err=True).strip()
    with connect(address, given) as node:
        held = len(node.agreements()["agreements"])
    tokens.keep(address, given)
    Context(Path(), None, None, as_json).show(
        {"url": address, "agreements": held}, lambda _: click.echo(f"Kept the token for {address}; {held} agreements.")
    )


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def logout(url: str, as_json: bool) -> None:
    """Take the token for the node at URL out of the keyring."""
    from golconda.doors.client import tokens

    was_kept = tokens.forget(url.rstrip("/"))
    Context(Path(), None, None, as_json).show(
        {"url": url.rstrip("/"), "forgotten": was_kept},
        lambda _: click.echo("Forgot the token." if was_kept else "There was none."),
    )


commands = (org, token, login, logout)
