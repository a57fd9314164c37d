"""A disk that fills up while publishing: one sentence, nothing half done, and the next publish works."""

from __future__ import annotations

import errno
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import publishing_kit as kit
import pytest

from golconda.engine.workshop import meaning

SCRIPT = """
import json, sys
import publishing_kit as kit
from pathlib import Path
from golconda.kernel.errors import GolcondaError
from golconda.node.open import open_node
from golconda.node.publish import publish

directory, small, large = sys.argv[1:]
with open_node(Path(directory)) as node:
    publish(node, kit.STEWARD, [small], name="care")
    before = kit.rows(node, "city/care")
    try:
        publish(node, kit.STEWARD, [large], name="care")
        code = "published"
    except GolcondaError as error:
        code = error.code
    same = kit.rows(node, "city/care") == before
    problems = kit.problems(node, "city/care")
    again = publish(node, kit.STEWARD, [small], name="care").number
print(json.dumps([code, same, problems, again]))
"""


READING = """
import json, sys
from pathlib import Path
from golconda.kernel.errors import GolcondaError
from golconda.node.open import open_node
from golconda.testing.nodes import agreed, care_node, reader

disk = Path(sys.argv[1])
LIMITED = "purposes: [epidemic-statistics]\\nlimits: {queries: 100, per: total}"

def asked(session):
    try:
        return len(session.query("SELECT * FROM care").document()["rows"])
    except GolcondaError as error:
        return error.code

def fill(size=65536):
    with (disk / "ballast").open("ab", buffering=0) as ballast:
        while size:
            try:
                ballast.write(bytes(size))
            except OSError:
                size //= 2

with care_node(disk) as node:
    li = reader(node)
    agreement = agreed(node, li, LIMITED)
    answers = [asked(li)]
    fill()
    for _ in range(3):
        answers.append(asked(li))
        fill()
    (disk / "ballast").unlink()
    answers.append(asked(li))
with open_node(disk / "city") as node:
    (meter,) = node.local_session("acme/li", "test").agreement(agreement)["meters"]
    verdict = node.owner_session("test").verify_log()
print(json.dumps([answers, meter["used"], meter["reserved"], verdict["ok"]]))
"""


def _on_a_small_disk(disk: Path, *arguments: object, script: str = SCRIPT, size: str = "2m") -> list[object]:
    """Run a script in a namespace of its own in which `disk` is a file system of two megabytes."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, to mount a small disk")
    mount = f"mount -t tmpfs -o size={size} tmpfs {disk}"
    probe = subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("this user may not mount a small disk")
    command = ["unshare", "-rm", "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", script]
    done = subprocess.run(
        [*command, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    assert done.returncode == 0, done.stderr
    answer: list[object] = json.loads(done.stdout)
    return answer


def test_a_full_disk_leaves_the_version_before_and_no_litter(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    kit.new_node(tmp_path / "city", storage=str(disk)).close()
    chance = random.Random(1)  # noqa: S311 - bytes that do not compress
    large = "".join(f"{number},{chance.randbytes(40).hex()}\n" for number in range(120_000))
    (small,) = kit.write(tmp_path, visits="id,text\n1,a\n2,b\n")
    (source,) = kit.write(tmp_path, visits_2="id,text\n" + large)
    assert _on_a_small_disk(disk, tmp_path / "city", small, source) == ["disk-full", True, [], 2]


def test_reads_on_a_full_disk_refuse_and_are_charged_once_each_when_there_is_room_again(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    answers, used, reserved, holds = _on_a_small_disk(disk, disk, script=READING, size="8m")
    assert isinstance(answers, list)
    assert (answers[0], answers[-1]) == (5, 5)
    assert set(answers[1:-1]) <= {5, "metastore-full"}
    assert "metastore-full" in answers
    assert (used, reserved, holds) == (answers.count(5), 0, True)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        duckdb.IOException("IO Error: Could not write file: No space left on device"),
    ],
)
def test_a_full_disk_has_its_own_code(error: Exception) -> None:
    assert meaning(error, "care").code == "disk-full"


def test_an_engine_error_is_never_passed_on() -> None:
    error = meaning(duckdb.ConversionException("Could not convert string 'SECRET' to INT64"), "visits.csv")
    assert "SECRET" not in json.dumps(error.document())
