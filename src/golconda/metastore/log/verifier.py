"""Verify an exported log, with nothing but Python: `python verify.py FOLDER [NOTE ...] [--key HEX]`.

Every event is counted, its commitment computed anew, the Merkle tree (RFC 9162) built over all of them and
held against every checkpoint; every signature (Ed25519, RFC 8032) is verified here. A NOTE is a checkpoint
that you kept or got from others: the log must contain it. --key is the node's public key as you know it, and
may be repeated; without it the keys that came with the export are believed.

Exit status: 0 if the log is whole, 1 if not, with the first problem found.
"""

from __future__ import annotations

import argparse
import json
import sys
from base64 import b64decode
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, NamedTuple

TOLD = ("uid", "time", "kind", "actor", "subject", "payload")


class Problem(Exception):
    """Why the export is not to be believed."""


class Claim(NamedTuple):
    """A checkpoint: `size` events under `root`."""

    size: int
    root: bytes
    name: str


def main(arguments: list[str]) -> int:
    """Print one line and return the exit status."""
    parser = argparse.ArgumentParser(description="Verify an exported log.")
    parser.add_argument("folder", type=Path, help="what `golconda audit export` wrote")
    parser.add_argument("note", type=Path, nargs="*", help="a checkpoint that the log must contain")
    parser.add_argument("--key", action="append", default=[], help="the node's public key, in hex")
    asked = parser.parse_args(arguments)
    try:
        print(verify(asked.folder, notes=asked.note, keys=asked.key))  # noqa: T201 - a program of its own
    except Problem as problem:
        print(f"NOT VERIFIED: {problem}")  # noqa: T201
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        print(f"NOT VERIFIED: the export is damaged ({type(error).__name__}: {error})")  # noqa: T201
    else:
        return 0
    return 1


def verify(folder: Path, *, notes: list[Path], keys: list[str]) -> str:
    """Return one sentence about a log that is whole, or raise the first problem."""
    shipped = json.loads((folder / "keys.json").read_text(encoding="utf-8"))
    trusted = [bytes.fromhex(key) for key in keys or [each["public"] for each in shipped["keys"]]]
    files = [*sorted((folder / "checkpoints").iterdir()), *notes]
    claims = sorted(opened(file, trusted) for file in files)
    tree, agreements = read_events(folder / "events.jsonl", claims)
    return (
        f"OK: {tree.size} events, none missing, none altered; {len(claims)} checkpoints, {agreements} "
        f"agreement signatures; root {tree.root().hex()}; signed by {', '.join(map(bytes.hex, trusted))}"
    )


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────


def read_events(file: Path, claims: list[Claim]) -> tuple[Tree, int]:
    """Go through the events once, past each checkpoint; return the tree and the number of agreements."""
    tree, agreements, ahead = Tree(), 0, list(claims)
    check_claims(tree, ahead)
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            event = read_event(line, tree.size)
            check_commitment(event)
            agreements += check_agreement(event)
            tree.append(bytes.fromhex(event["commitment"]))
            check_claims(tree, ahead)
    if ahead:
        raise Problem(f"{ahead[0].name} covers {ahead[0].size} events, but only {tree.size} are here")
    covered = claims[-1].size if claims else 0
    if covered != tree.size:
        raise Problem(f"the events from {covered} on are under no checkpoint")
    return tree, agreements


def check_claims(tree: Tree, ahead: list[Claim]) -> None:
    """Hold the tree against the checkpoints of its size, and take these away."""
    while ahead and ahead[0].size == tree.size:
        claim = ahead.pop(0)
        if claim.root != tree.root():
            raise Problem(f"the first {tree.size} events do not give the root that {claim.name} was signed for")


def read_event(line: str, position: int) -> dict[str, Any]:  # any JSON
    """Return the event that belongs at this position."""
    try:
        event = json.loads(line, object_pairs_hook=without_repeats)
        found = event["position"]
    except (ValueError, KeyError, TypeError):
        raise Problem(f"line {position + 1} of events.jsonl is no event") from None
    if found != position:
        raise Problem(f"event {position} is missing: event {found} stands in its place")
    return dict(event)


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # any JSON
    """Return an object, refusing one that says two things under one name."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def check_commitment(event: dict[str, Any]) -> None:  # any JSON
    """Compute the commitment anew; an erased event has nothing to compute it from, but stays in the tree."""
    if (event["payload"] is None) != (event["salt"] is None):
        raise Problem(f"event {event['position']} is erased by half")
    if event["payload"] is None:
        return
    told = {name: event[name] for name in TOLD}
    salt, stated = bytes.fromhex(event["salt"]), event["commitment"]
    # The quick writer differs from the canonical one in some numbers and names only.
    if not any(sha256(salt + write(told).encode()).hexdigest() == stated for write in (quick, canonical)):
        raise Problem(f"event {event['position']} was altered: its commitment does not fit what it says")


def check_agreement(event: dict[str, Any]) -> int:  # any JSON
    """Verify the signature that an event of kind agreement.signed carries; return how many there were."""
    if event["kind"] != "agreement.signed" or event["payload"] is None:
        return 0
    told = event["payload"]
    key, signature = b64decode(told["key"]), b64decode(told["signature"])
    if not is_signature(key, signature, told["statement"].encode()):
        raise Problem(f"event {event['position']}: the signature under the agreement is wrong")
    return 1


class Tree:
    """RFC 9162, section 2.1: the roots of the perfect subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.roots: list[bytes] = []

    def append(self, content: bytes) -> None:
        """Append a leaf."""
        node, rest = sha256(b"\x00" + content).digest(), self.size
        while rest & 1:
            node = sha256(b"\x01" + self.roots.pop() + node).digest()
            rest >>= 1
        self.roots.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self.roots:
            return sha256(b"").digest()
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = sha256(b"\x01" + left + root).digest()
        return root


# ── checkpoints: C2SP signed-note and tlog-checkpoint ─────────────────────────────────────────────────────


def opened(file: Path, trusted: list[bytes]) -> Claim:
    """Return what a signed note claims, or raise Problem unless a trusted key signed it."""
    text, _, tail = file.read_text(encoding="utf-8").partition("\n\n")
    name, lines = f"checkpoint {file.name}", text.split("\n")
    if len(lines) != 3:
        raise Problem(f"{name} is not of three lines")
    start = f"\u2014 {lines[0]} "
    values = [b64decode(line[len(start) :]) for line in tail.split("\n") if line.startswith(start)]
    tags = {sha256(lines[0].encode() + b"\n\x01" + key).digest()[:4]: key for key in trusted}
    known = [(tags[value[:4]], value[4:]) for value in values if value[:4] in tags]
    if not known:
        raise Problem(f"{name} is signed by no key that is trusted")
    if not all(is_signature(key, value, f"{text}\n".encode()) for key, value in known):
        raise Problem(f"{name}: the signature is wrong")
    return Claim(int(lines[1]), b64decode(lines[2]), name)


# ── canonical JSON: RFC 8785 ──────────────────────────────────────────────────────────────────────────────


def quick(value: Any) -> str:  # any JSON
    """Return what is canonical unless there are fractions or names beyond the basic plane in it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> str:  # any JSON
    """Return the canonical text of a JSON value."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(each) for each in value) + "]"
    return number(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def number(value: float) -> str:
    """Return a number as ECMAScript writes it: the shortest digits, an exponent from 1e21 and below 1e-6."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    _, parts, exponent = Decimal(repr(abs(value))).normalize().as_tuple()
    digits, point = "".join(map(str, parts)), len(parts) + int(exponent)
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    return f"{sign}{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{point - 1:+}"


# ── Ed25519: RFC 8032, section 5.1 ────────────────────────────────────────────────────────────────────────

Point = tuple[int, int, int, int]  # X, Y, Z and T = XY / Z
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, PRIME) % PRIME
BASE = (4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little")
NEUTRAL: Point = (0, 1, 1, 0)


def is_signature(public: bytes, signature: bytes, content: bytes) -> bool:
    """Say whether `signature` is that of the key's holder under `content`: whether R = sB - hA."""
    key = point(public)
    if key is None or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    challenge = int.from_bytes(sha512(signature[:32] + public + content).digest(), "little") % ORDER
    if scalar >= ORDER:
        return False
    return encoded(add(times(scalar, BASE), negative(times(challenge, public)))) == signature[:32]


@lru_cache
def point(text: bytes) -> Point | None:
    """Return the point that 32 bytes stand for, or None if they stand for none."""
    if len(text) != 32:
        return None
    y, sign = int.from_bytes(text, "little") & ~(1 << 255), text[31] >> 7
    square = (y * y - 1) * pow(CURVE * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if (x * x - square) % PRIME or y >= PRIME or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else PRIME - x
    return x, y, 1, x * y % PRIME


def encoded(of: Point) -> bytes:
    """Return the 32 bytes that stand for a point."""
    inverse = pow(of[2], -1, PRIME)
    x, y = of[0] * inverse % PRIME, of[1] * inverse % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def add(one: Point, other: Point) -> Point:
    """Return the sum of two points; these formulas hold for equal points too."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % PRIME
    b = (one[1] + one[0]) * (other[1] + other[0]) % PRIME
    c, d = 2 * one[3] * other[3] * CURVE % PRIME, 2 * one[2] * other[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def negative(of: Point) -> Point:
    """Return the point that adds up to nothing with this one."""
    return PRIME - of[0], of[1], of[2], PRIME - of[3]


def times(scalar: int, text: bytes) -> Point:
    """Return a multiple of the point that 32 bytes stand for."""
    total = NEUTRAL
    for bit, doubled in enumerate(doublings(text)):
        if scalar >> bit & 1:
            total = add(total, doubled)
    return total


@lru_cache
def doublings(text: bytes) -> list[Point]:
    """Return the point, its double, its fourfold and so on, kept since one key signs all checkpoints."""
    found = point(text)
    steps = [found or NEUTRAL]
    while len(steps) < 255:
        steps.append(add(steps[-1], steps[-1]))
    return steps


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
