"""The command line on terminals of every kind: narrow, without colours, of another encoding, and on none."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from golconda.doors.cli.main import cli
from golconda.testing.nodes import care_node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import click

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    care_node(folder).close()
    return folder / "city"


def run(city: Path, *words: str, given: bytes = b"", **environment: str) -> tuple[int, str, str]:
    """Run a command with nothing that is a terminal."""
    command = [sys.executable, "-m", "golconda", *words, "--node", str(city)]
    done = subprocess.run(command, input=given, capture_output=True, check=False, env={**os.environ, **environment})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def on_terminal(city: Path, *words: str, columns: int = 80, **environment: str) -> str:
    """Run a command on a terminal of so many columns and return what it shows."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    known = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    command = [sys.executable, "-m", "golconda", *words, "--node", str(city)]
    with subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, env={**known, "TERM": "xterm", **environment}
    ) as process:
        os.close(its)
        shown = b""
        with suppress(OSError):  # how Linux says that the other side is closed
            while piece := os.read(ours, 65_536):
                shown += piece
        process.wait(60)
    os.close(ours)
    return shown.decode()


def test_a_narrow_terminal_gets_rows_one_below_the_other(city: Path) -> None:
    shown = on_terminal(city, "products", columns=40)
    assert "product: city/care@1" in shown
    assert max(map(len, shown.splitlines())) <= 40


def test_what_is_no_terminal_gets_each_row_on_one_line(city: Path) -> None:
    title = "a title that is longer than any line of eighty letters, as titles in a catalogue of open data often are"
    assert run(city, "publish", str(city.parent / "visits.csv"), "--as", "long", "--title", title)[0] == 0
    assert any("city/long@1" in line and title in line for line in run(city, "products")[1].splitlines())


def test_faults_are_red_unless_no_color_is_set(city: Path) -> None:
    assert "\x1b[31m" in on_terminal(city, "show", "nope")
    assert "\x1b[3" not in on_terminal(city, "show", "nope", NO_COLOR="1")
    assert "\x1b" not in run(city, "show", "nope")[2]


def test_any_text_goes_in_and_out_whatever_the_locale_says(city: Path) -> None:
    words = ("publish", str(city.parent / "visits.csv"), "--as", "flights", "--title", "zh=航班")
    assert run(city, *words, **ASCII)[0] == 0
    assert "航班" in run(city, "products", "--json", PYTHONUTF8="1")[1]
    assert run(city, "query", "SELECT '你好' AS v", "--format", "csv", **ASCII)[1] == 'v\n"你好"\n'
    assert "\\u4f60" in run(city, "query", "SELECT '你好' AS v", **ASCII)[1]
    assert run(city, "products", PYTHONIOENCODING="latin-1")[0] == 0


def test_bytes_that_are_no_text_are_told(city: Path) -> None:
    assert run(city, "query", "-", given=b"SELECT '\xff'")[::2] == (
        2,
        "Standard input is not written in UTF-8.\nSet the terminal, or write the file, to UTF-8.\n[text-not-utf8]\n",
    )
    assert "[text-not-utf8]" in run(city, "query", os.fsdecode(b"SELECT '\xff'"))[2]


def commands(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        path = (*before, name)
        yield from commands(command, path) if hasattr(command, "commands") else (path,)


@pytest.mark.parametrize("path", list(commands(cli)), ids=" ".join)
def test_every_command_tells_its_use_and_a_wrong_word(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main([*path, "--help"], prog_name="golconda")
    with pytest.raises(SystemExit) as caught:
        cli.main([*path, "--nonsense"], prog_name="golconda")
    assert caught.value.code == 2
    told = capsys.readouterr()
    assert f"Usage: golconda {' '.join(path)}" in told.out
    assert "No such option" in told.err or "Missing" in told.err
