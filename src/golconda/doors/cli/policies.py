"""Commands for the node's policies: who may do what."""

from __future__ import annotations

from typing import Any

import click

from golconda.doors.cli.group import Context, shared

Document = dict[str, Any]  # plain JSON


@click.group(invoke_without_command=True)
@shared(reader=False)
@click.pass_context
def policies(invoked: click.Context, context: Context) -> None:
    """Say which of the policies that a new node has this one is silent about; add one of them."""
    from golconda.node.policies import policies as state

    if invoked.invoked_subcommand is None:
        with context.open() as node:
            context.show(state(node), _drawn)


@policies.command("add")
@click.argument("name")
@shared(reader=False)
def add(context: Context, name: str) -> None:
    """Add the policy NAME to the node's own; a server that runs must be started again."""
    from golconda.node.policies import add as put

    with context.open() as node:
        context.show(put(node, name), _added)


def notice(found: Document) -> None:
    """Say on standard error that policies are older than the node, where they are."""
    for each in found["missing"]:
        click.echo(
            f"The node's policies are older and say nothing of {each['action']!r}: see golconda policies.",
            err=True,
        )


def _added(found: Document) -> None:
    click.echo(f"Added to {found['file']}:\n\n{found['text']}")


def _drawn(found: Document) -> None:
    click.echo(f"Policies of edition {found['edition']}, the newest is {found['newest']}; {found['hash']}")
    for each in found["missing"]:
        click.echo(f"\nSilent about {each['action']!r}. To allow it: golconda policies add {each['id']}")
        click.echo(f"That adds\n\n{each['text']}")
    if found["missing"]:
        click.echo(
            f"To leave it so for good: write // golconda policies {found['newest']} as a line of policies/access.cedar"
        )


commands = (policies,)
