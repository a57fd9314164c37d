"""The terminal, as it is: its encoding, its width, whether it shows colours; and words that are not text at all."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence


def bear_any_text() -> None:
    """Let output show what its encoding lacks as an escape: a title in Chinese is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def words(given: Sequence[str]) -> list[str]:
    """Return a command's words as the UTF-8 that terminals send, whatever the locale says, or raise ``text-not-utf8``.

    >>> words(["zh=\\udce8\\udcaa\\udcaa"])
    ['zh=說']
    """
    return [_text(os.fsencode(word), "A word of the command") if _is_broken(word) else word for word in given]


def standard_input() -> str:
    """Return all of standard input, or raise ``text-not-utf8``."""
    return _text(sys.stdin.buffer.read(), "Standard input")


def _is_broken(word: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in word)


def _text(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "text-not-utf8", f"{what} is not written in UTF-8.", hint="Set the terminal, or write the file, to UTF-8."
        ) from error


def say_red(text: str) -> None:
    """Print a sentence on standard error, in red unless NO_COLOR asks for none (no-color.org)."""
    click.secho(text, err=True, fg=None if os.environ.get("NO_COLOR") else "red")


def width() -> int | None:
    """Return how many letters a line of the terminal holds; None where there is no terminal, and so no end."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):
        return None
