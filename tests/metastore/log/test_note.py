"""Checkpoints are notes that other witnesses read."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest

from golconda.kernel.errors import InvalidInput
from golconda.metastore.log.note import Checkpoint, opened, origin_of, parsed, signed, verifier_key

ROOT = sha256(b"root").digest()
CHECKPOINT = Checkpoint("golconda.example/city", 7, ROOT)


def refused(note, keys):
    with pytest.raises(InvalidInput) as caught:
        opened(note, keys)
    return caught.value.code == "checkpoint-invalid"


@pytest.fixture
def note(make_key):
    return signed(CHECKPOINT, make_key(1))


def test_a_note_opens_with_its_key(make_key, note):
    assert opened(note, [make_key(2).public, make_key(1).public]) == CHECKPOINT


def test_its_text_is_three_lines_and_a_signature(note):
    text, signature = note.split("\n\n")
    assert text == f"golconda.example/city\n7\n{b64encode(ROOT).decode()}"
    assert signature.startswith("\u2014 golconda.example/city ")
    assert len(b64decode(signature.split(" ")[2])) == 4 + 64


def test_the_published_example_of_the_format_is_read():
    # c2sp.org/tlog-checkpoint, its first example.
    signature = "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
    root, name = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "example.com/behind-the-sofa"
    note = f"{name}\n20852163\n{root}\n\n\u2014 {name} {signature}\n"
    checkpoint, signatures = parsed(note)
    assert (checkpoint.size, signatures[0][:4].hex()) == (20852163, "033de0ae")


def test_the_tag_of_a_key_is_that_of_the_published_example():
    # c2sp.org/tlog-cosignature and golang.org/x/mod/sumdb/note: PeterNeumann's key.
    public = b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    assert verifier_key("PeterNeumann", public).startswith("PeterNeumann+c74f20a3+")


def test_lines_of_other_witnesses_are_passed_over(make_key, note):
    theirs = b64encode(b"\x01\x02\x03\x04" + bytes(72)).decode()
    assert opened(f"{note}\u2014 witness.example/w {theirs}\n", [make_key(1).public]) == CHECKPOINT


def test_another_key_does_not_open_it(make_key, note):
    assert refused(note, [make_key(2).public])
    assert refused(note, [])


def test_a_signature_of_the_key_under_another_name_does_not_open_it(make_key):
    renamed = signed(CHECKPOINT, make_key(1)).replace("\u2014 golconda.example/city", "\u2014 golconda.example/acme")
    assert refused(renamed, [make_key(1).public])


@pytest.mark.parametrize(("old", "new"), [("\n7\n", "\n8\n"), ("city\n7", "town\n7"), ("\n7\n", "\n07\n")])
def test_an_altered_note_does_not_open(make_key, note, old, new):
    assert refused(note.replace(old, new), [make_key(1).public])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n-1\nAAAA\n\n",
        "a\n1\n?\n\n",
        "a\n1\nAAAA\n\n",
        f"a\n1\n{'A' * 43}=\nmore\n\n",
        "a\n٣\nAAAA\n\n",
    ],
)
def test_what_is_no_note_does_not_open(make_key, text):
    assert refused(text, [make_key(1).public])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_an_origin_that_cannot_be_a_key_name_is_refused(name):
    with pytest.raises(InvalidInput) as caught:
        origin_of(name)
    assert caught.value.code == "origin-invalid"
