"""What is exported is whole, or nothing; and anybody can find out with Python alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from base64 import b64encode
from importlib import import_module
from pathlib import Path

import pytest

from golconda.kernel.errors import InvalidInput
from golconda.metastore.log import erase, export, record, verifier
from golconda.metastore.log.note import Checkpoint, signed, verifier_key


@pytest.fixture
def folder(log, tmp_path):
    """Give the export of nine entries under three checkpoints."""
    log.grow(3, 4, 2)
    export(log.metastore, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def verdict(capsys):
    """Give what the verifier says, and whether it believes it."""

    def run(folder, *more):
        status = verifier.main([str(folder), *map(str, more)])
        return status, capsys.readouterr().out.strip()

    return run


def events(folder):
    with (folder / "events.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(folder, changed):
    lines = [json.dumps(event, ensure_ascii=False) + "\n" for event in changed]
    (folder / "events.jsonl").write_text("".join(lines), encoding="utf-8")


def test_the_shipped_program_verifies_it_alone(folder):
    program = [sys.executable, "-I", "-S", folder / "verify.py", folder]
    done = subprocess.run(program, capture_output=True, text=True, check=False, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("OK: 9 events, none missing, none altered; 3 checkpoints, ")
    assert done.stdout.count("\n") == 1


def test_the_shipped_program_refuses_what_was_altered(folder):
    write(folder, [event | {"actor": "nobody"} for event in events(folder)])
    program = [sys.executable, "-I", "-S", folder / "verify.py", folder]
    done = subprocess.run(program, capture_output=True, text=True, check=False, encoding="utf-8")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "NOT VERIFIED: event 0 was altered: its commitment does not fit what it says\n"


def test_the_program_imports_the_standard_library_alone():
    tree = ast.parse(Path(verifier.__file__).read_text("utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_it_holds_what_it_should(folder, log):
    assert sorted(file.name for file in folder.iterdir()) == [
        "README",
        "checkpoints",
        "events.jsonl",
        "keys.json",
        "verify.py",
    ]
    assert [file.read_text("utf-8") for file in sorted((folder / "checkpoints").iterdir())] == log.notes()
    keys = json.loads((folder / "keys.json").read_text("utf-8"))
    assert keys["keys"][0]["verifier"] == verifier_key(keys["origin"], log.key.public)
    assert [event["position"] for event in events(folder)] == list(range(9))
    assert events(folder)[4]["payload"] == {"n": 4, "x": 4 / 3, "名": '报\u2028\x07"\\', "e": 1e21}


def test_an_empty_log_is_exported_and_verified(log, tmp_path, verdict):
    assert export(log.metastore, tmp_path / "out") == 0
    assert verdict(tmp_path / "out")[0] == 0


def test_what_waits_is_left_out(log, tmp_path, verdict):
    log.grow(2)
    log.record(3)
    assert export(log.metastore, tmp_path / "out") == 2
    assert verdict(tmp_path / "out")[0] == 0


def test_an_erased_payload_is_null_and_verifies(log, tmp_path, verdict):
    recorded = log.grow(4)
    with log.metastore.transaction() as connection:
        erase(connection, recorded[1].uid, actor="city/li", why="asked to", time=log.clock.now())
    log.sequence()
    export(log.metastore, tmp_path / "out")
    assert (events(tmp_path / "out")[1]["payload"], events(tmp_path / "out")[1]["salt"]) == (None, None)
    assert verdict(tmp_path / "out")[0] == 0


# ── what is there already ─────────────────────────────────────────────────────────────────────────────────


def test_a_directory_with_something_in_it_is_not_touched(log, folder):
    before = sorted(folder.parent.iterdir())
    with pytest.raises(InvalidInput) as caught:
        export(log.metastore, folder)
    assert caught.value.code == "export-exists"
    assert sorted(folder.parent.iterdir()) == before


def test_a_file_in_the_way_is_not_touched(log, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InvalidInput):
        export(log.metastore, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_an_empty_directory_is_filled(log, tmp_path):
    (tmp_path / "out").mkdir()
    log.grow(1)
    assert export(log.metastore, tmp_path / "out") == 1


def test_a_failure_leaves_nothing(log, tmp_path, monkeypatch):
    log.grow(1)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(import_module("golconda.metastore.log.export"), "_write_keys", fail)
    with pytest.raises(OSError, match="No space"):
        export(log.metastore, tmp_path / "deep" / "out")
    assert list((tmp_path / "deep").iterdir()) == []


# ── what was tampered with ────────────────────────────────────────────────────────────────────────────────


def _flip(told):
    told[4]["commitment"] = told[4]["commitment"][:-1] + ("0" if told[4]["commitment"][-1] != "0" else "1")


def _reorder(told):
    told[2]["position"], told[3]["position"] = 3, 2
    told[2], told[3] = told[3], told[2]


TAMPERINGS = {
    "flipped bit": (_flip, "event 4 was altered: its commitment does not fit what it says"),
    "dropped tail": (lambda told: told.pop(), "checkpoint 000000000009 covers 9 events, but only 8 are here"),
    "dropped": (lambda told: told.pop(2), "event 2 is missing: event 3 stands in its place"),
    "reordered": (_reorder, "the first 3 events do not give the root that checkpoint 000000000003 was signed for"),
    "backdated": (lambda told: told[1].update(time="2020"), "event 1 was altered"),
    "payload": (lambda told: told[1]["payload"].update(n=2), "event 1 was altered"),
    "erased by half": (lambda told: told[1].update(payload=None), "event 1 is erased by half"),
    "added": (lambda told: told.append(told[8] | {"position": 9}), "the events from 9 on are under no checkpoint"),
    "no event": (lambda told: told.insert(0, [1]), "line 1 of events.jsonl is no event"),
    "without a name": (lambda told: told[0].pop("actor"), "the export is damaged (KeyError: 'actor')"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(folder, verdict, name):
    alter, problem = TAMPERINGS[name]
    told = events(folder)
    alter(told)
    write(folder, told)
    status, line = verdict(folder)
    assert status == 1
    assert line.startswith(f"NOT VERIFIED: {problem}")


def test_a_name_that_stands_twice_is_refused(folder, verdict):
    text = (folder / "events.jsonl").read_text("utf-8").replace('"actor":', '"actor":"nobody","actor":', 1)
    (folder / "events.jsonl").write_text(text, encoding="utf-8")
    assert verdict(folder) == (1, "NOT VERIFIED: line 1 of events.jsonl is no event")


def test_a_checkpoint_signed_by_another_key_is_refused(folder, verdict, make_key):
    (folder / "checkpoints" / "000000000003").write_text(
        signed(Checkpoint("golconda.example/city", 3, bytes(32)), make_key(2)), encoding="utf-8"
    )
    assert verdict(folder)[1].endswith("checkpoint 000000000003 is signed by no key that is trusted")


def test_an_altered_checkpoint_is_refused(folder, verdict):
    file = folder / "checkpoints" / "000000000003"
    file.write_text(file.read_text("utf-8").replace("\n3\n", "\n4\n"), encoding="utf-8")
    assert verdict(folder)[1].endswith("checkpoint 000000000003: the signature is wrong")


def test_another_key_than_the_one_you_know_is_refused(folder, verdict, log, make_key):
    assert verdict(folder, "--key", log.key.public.hex())[0] == 0
    assert verdict(folder, "--key", make_key(2).public.hex())[0] == 1


def test_a_checkpoint_you_kept_must_be_contained(folder, verdict, log, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text(log.notes()[1], encoding="utf-8")
    assert verdict(folder, kept)[0] == 0


def test_a_fork_is_found_by_the_checkpoint_you_kept(folder, verdict, log, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text(signed(Checkpoint("golconda.example/city", 5, bytes(32)), log.key), encoding="utf-8")
    status, line = verdict(folder, kept)
    assert (status, line) == (
        1,
        "NOT VERIFIED: the first 5 events do not give the root that checkpoint kept was signed for",
    )


def test_a_log_behind_the_checkpoint_you_kept_is_refused(folder, verdict, log, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text(signed(Checkpoint("golconda.example/city", 12, bytes(32)), log.key), encoding="utf-8")
    assert verdict(folder, kept)[1].endswith("checkpoint kept covers 12 events, but only 9 are here")


@pytest.mark.parametrize("name", ["events.jsonl", "keys.json", "checkpoints"])
def test_a_part_that_is_missing_is_said(folder, verdict, name):
    (folder / name).rename(folder / "elsewhere")
    status, line = verdict(folder)
    assert status == 1
    assert line.startswith("NOT VERIFIED: the export is damaged (FileNotFoundError")


# ── agreements ────────────────────────────────────────────────────────────────────────────────────────────


def sign_agreement(log, tmp_path, *, key, signer):
    statement = '{"party":"城市"}'
    payload = {
        "statement": statement,
        "signature": b64encode(signer.sign(statement.encode())).decode(),
        "key": b64encode(key.public).decode(),
    }
    with log.metastore.transaction() as connection:
        record(
            connection,
            kind="agreement.signed",
            actor="city/li",
            subject="agr-1",
            payload=payload,
            time=log.clock.now(),
        )
    log.sequence()
    export(log.metastore, tmp_path / "out")
    return tmp_path / "out"


def test_signatures_under_agreements_are_verified(log, tmp_path, verdict, make_key):
    folder = sign_agreement(log, tmp_path, key=make_key(3), signer=make_key(3))
    assert "1 agreement signatures" in verdict(folder)[1]


def test_a_false_signature_under_an_agreement_is_found(log, tmp_path, verdict, make_key):
    folder = sign_agreement(log, tmp_path, key=make_key(3), signer=make_key(4))
    assert verdict(folder) == (1, "NOT VERIFIED: event 0: the signature under the agreement is wrong")
