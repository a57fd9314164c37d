"""How every command is made: the options all share, the session it acts through, and how faults are told."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from golconda.doors.cli.terminal import bear_any_text, say_red, words
from golconda.kernel.errors import Defect, GolcondaError, InvalidInput

if TYPE_CHECKING:
    from golconda.node.node import Node

Function = TypeVar("Function", bound=Callable[..., Any])
DOOR = "cli"


@dataclass(frozen=True, slots=True)
class Context:
    """What the shared options say: which node, as whom, in what form."""

    directory: Path
    url: str | None
    who: str | None
    as_json: bool

    def open(self) -> Node:
        """Open the node beside which the command runs."""
        from golconda.node.open import open_node

        return open_node(self.directory)

    def session(self) -> Any:  # Session here, or the client that offers the same methods over the network
        """Return the session to act through: over the network with --url, else beside the node."""
        if self.url is not None:
            return self._remote(self.url)
        node = self.open()
        click.get_current_context().call_on_close(lambda: self._leave(node))
        return node.local_session(self.who, DOOR) if self.who else node.owner_session(DOOR)

    def owner(self) -> Any:  # Session
        """Return a session beside the node, for what is done there alone."""
        if self.url is not None:
            raise InvalidInput(
                "command-local",
                "This command works beside the node only.",
                hint="Leave out --url, give --node DIR.",
            )
        return self.session()

    def _remote(self, url: str) -> Any:
        from golconda.doors.client import connect

        if self.who is not None:
            raise InvalidInput(
                "options-conflict",
                "--as and --url exclude each other.",
                hint="Over the network the token says who you are.",
            )
        client = connect(url)
        click.get_current_context().call_on_close(client.close)
        return client

    @staticmethod
    def _leave(node: Node) -> None:
        """Put the command's events into the log, unless a server is at it, and close the node."""
        from golconda.node.jobs import sequence

        try:
            sequence(node)
        except GolcondaError:
            pass  # another process places them
        finally:
            node.close()

    def show(self, document: Any, draw: Callable[[Any], None]) -> None:  # any JSON value
        """Print a document as JSON, or drawn for people."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, indent=2))
            return
        draw(document)
        if isinstance(document, dict) and (why := document.get("read_only")):
            say_red(f"{why['detail']}\n{why['hint']}\n[{why['code']}]")


def shared(*, reader: bool = True) -> Callable[[Function], Function]:
    """Give a command the shared options, and a `Context` as its first argument; `reader` adds --as and --url."""

    def decorate(function: Function) -> Function:
        @wraps(function)
        def command(
            *args: Any, node: Path, as_json: bool, url: str | None = None, who: str | None = None, **rest: Any
        ) -> Any:
            return function(Context(node, url, who, as_json), *args, **rest)

        decorated: Any = command
        if reader:
            decorated = click.option("--as", "who", metavar="ORG/PERSON", help="Act as this person, beside the node.")(
                decorated
            )
            decorated = click.option(
                "--url",
                metavar="URL",
                help="Act over the network; the token comes from GOLCONDA_TOKEN or the keyring.",
            )(decorated)
        decorated = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(decorated)
        return click.option(  # type: ignore[no-any-return] # click's decorators return what they are given
            "--node",
            type=click.Path(path_type=Path),
            default=lambda: Path(os.environ.get("GOLCONDA_NODE", ".")),
            metavar="DIR",
            help="The node's directory; else GOLCONDA_NODE, else here.",
        )(decorated)

    return decorate


class Commands(click.Group):
    """A group that tells every fault in one sentence with its next step and code, and exits with its status."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run the command line."""
        bear_any_text()
        try:
            given = words(sys.argv[1:] if args is None else args)
            status = super().main(given, *rest, **{**options, "standalone_mode": False})
        except click.exceptions.Exit as done:
            sys.exit(done.exit_code)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Stopped.", err=True)
            sys.exit(130)
        except click.UsageError as error:
            error.show()
            sys.exit(2)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(141)
        except GolcondaError as error:
            _tell(error)
            sys.exit(error.exit_status)
        except Exception as error:  # the last resort: a fault of ours, told as one
            _tell(_defect(error))
            sys.exit(Defect.exit_status)
        if status:  # click returns the status of `Exit` instead of raising it
            sys.exit(status)


def _defect(error: Exception) -> Defect:
    if os.environ.get("GOLCONDA_TRACEBACK"):
        traceback.print_exc()
    return Defect(
        "defect",
        f"Golconda itself failed: {type(error).__name__}.",
        hint="Set GOLCONDA_TRACEBACK=1, run it again, and report what is printed.",
    )


def _tell(error: GolcondaError) -> None:
    if "--json" in sys.argv:
        click.echo(json.dumps(error.document(), ensure_ascii=False), err=True)
        return
    say_red(error.message)
    click.echo(f"{error.hint}\n[{error.code}]", err=True)


def titles(given: tuple[str, ...]) -> dict[str, str]:
    """Read ``--title "Text" --title zh="文字"``; without a language it is English.

    >>> titles(("Flights", "zh=航班"))
    {'en': 'Flights', 'zh': '航班'}
    """
    found: dict[str, str] = {}
    for text in given:
        language, equals, title = text.partition("=")
        is_tagged = bool(equals) and language.isalpha() and language.islower() and len(language) == 2
        found[language if is_tagged else "en"] = title if is_tagged else text
    return found
