"""The lines that pages give to paste, pasted: each answers from a node that is really served."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from golconda.doors.portal import snippets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lines(city: Any, care: str) -> dict[str, str]:  # city: Served of tests/doors/served.py
    """Return the snippets of the reader's agreement on care."""
    agreement = city.node.authenticate(city.reader, "portal").agreement(care)
    return {made.key: made.text for made in snippets.under(agreement, address=city.address) if made.text}


@pytest.fixture
def environment(city: Any) -> dict[str, str]:
    """Return an environment in which the reader's token is set."""
    return {**os.environ, "GOLCONDA_TOKEN": city.reader, "PYTHONPATH": os.pathsep.join(sys.path)}


def run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    """Run a program to its end and return what it said."""
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_lines_answer(lines: dict[str, str], environment: dict[str, str], tmp_path: Path) -> None:
    assert "region" in run([sys.executable, "-c", lines["python"]], environment, tmp_path)


def test_the_command_line_answers(lines: dict[str, str], environment: dict[str, str], tmp_path: Path) -> None:
    golconda, *rest = shlex.split(lines["sql"].replace("\\\n", " "))
    assert golconda == "golconda"
    assert "region" in run([sys.executable, "-m", "golconda", *rest], environment, tmp_path)


def test_curl_answers(lines: dict[str, str], environment: dict[str, str], tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed: apt-get install curl.")
    answer = json.loads(run(["bash", "-c", lines["curl"]], environment, tmp_path))
    assert len(answer["rows"]) == 10


def test_the_profile_and_the_delta_sharing_lines_answer(
    city: Any, care: str, lines: dict[str, str], environment: dict[str, str], tmp_path: Path
) -> None:
    pytest.importorskip("delta_sharing", reason="delta-sharing is not installed: pip install delta-sharing.")
    with httpx.Client(base_url=city.address) as browser:
        sign_in = browser.get("/login").text
        browser.post("/login", data={"form_token": _token(sign_in), "token": city.reader})
        page = browser.get(f"/agreements/{care}").text
        profile = browser.post(f"/agreements/{care}/profile", data={"form_token": _token(page)})
    name = profile.headers["content-disposition"].partition('"')[2].rstrip('"')
    (tmp_path / name).write_text(profile.text)
    # Left at once, since the client's own threads now and then abort an interpreter that shuts down.
    ended = "print(list(table.columns), flush=True)\nimport os\nos._exit(0)"
    shown = run([sys.executable, "-c", f"{lines['sharing']}\n{ended}"], environment, tmp_path)
    assert "region" in shown


def _token(page: str) -> str:
    return page.partition('name="form_token" value="')[2].partition('"')[0]
