"""The Merkle tree of RFC 9162, section 2.1: roots, proofs that a leaf is in it, proofs that it only grew.

A tree is kept as its frontier: the roots of the perfect subtrees its leaves fall into, the largest first, one
for each bit that is set in its size. Appending touches only these.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Subtree = Callable[[int, int], bytes]  # the root over the leaves from the first, included, to the last, not

EMPTY = sha256(b"").digest()
BLOCK_LEVEL = 8
BLOCK = 1 << BLOCK_LEVEL
_HASH_BYTES = 32


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf: its prefix keeps it from passing for an inner node."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows; `blocks` gathers the roots of the blocks of 256 leaves completed since it was made.

    >>> frontier = Frontier()
    >>> frontier.extend([b"a", b"b", b"c"])
    >>> left = node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    >>> frontier.size, frontier.root() == node_hash(left, leaf_hash(b"c"))
    (3, True)
    """

    __slots__ = ("_roots", "blocks", "size")

    def __init__(self, size: int = 0, stored: bytes = b"") -> None:
        if len(stored) != _HASH_BYTES * size.bit_count():
            raise ValueError(f"{len(stored)} bytes are no frontier of {size} leaves")
        self.size = size
        self.blocks: list[bytes] = []
        self._roots = [stored[at : at + _HASH_BYTES] for at in range(0, len(stored), _HASH_BYTES)]

    def extend(self, contents: Iterable[bytes]) -> None:
        """Append leaves; amortised two hashes each, written out since nothing here is called more often."""
        roots, blocks, size, digest = self._roots, self.blocks, self.size, sha256
        for content in contents:
            node, rest, level = digest(b"\x00" + content).digest(), size, 0
            while rest & 1:
                node = digest(b"\x01" + roots.pop() + node).digest()
                rest >>= 1
                level += 1
                if level == BLOCK_LEVEL:
                    blocks.append(node)
            roots.append(node)
            size += 1
        self.size = size

    def push(self, node: bytes, level: int) -> None:
        """Append a perfect subtree of 2^level leaves, of which there is a whole number already."""
        rest = self.size >> level
        while rest & 1:
            node = node_hash(self._roots.pop(), node)
            rest >>= 1
        self._roots.append(node)
        self.size += 1 << level

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self._roots:
            return EMPTY
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root

    def stored(self) -> bytes:
        """Return the frontier as bytes, from which it can be made again."""
        return b"".join(self._roots)


def root_over(contents: Iterable[bytes]) -> bytes:
    """Return the root of the tree over these leaves."""
    frontier = Frontier()
    frontier.extend(contents)
    return frontier.root()


# ── proofs: RFC 9162, 2.1.3.1 and 2.1.4.1 ─────────────────────────────────────────────────────────────────


def inclusion(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the path that proves leaf `index` of a tree of `size` leaves, from the leaf upward."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    return tuple(_path(index, 0, size, subtree))


def consistency(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the path that proves the tree of `old` leaves to be the beginning of the one of `new`."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves is no beginning of one of {new}")
    return () if old in (0, new) else tuple(_growth(old, 0, new, subtree))


def _path(index: int, start: int, end: int, subtree: Subtree) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _left_size(end - start)
    if index < middle:
        return [*_path(index, start, middle, subtree), subtree(middle, end)]
    return [*_path(index, middle, end, subtree), subtree(start, middle)]


def _growth(old: int, start: int, end: int, subtree: Subtree) -> list[bytes]:
    if old == end:
        return [subtree(start, end)] if start else []
    middle = start + _left_size(end - start)
    if old <= middle:
        return [*_growth(old, start, middle, subtree), subtree(middle, end)]
    return [*_growth(old, middle, end, subtree), subtree(start, middle)]


def _left_size(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


# ── verification: RFC 9162, 2.1.3.2 and 2.1.4.2 ───────────────────────────────────────────────────────────


def includes(leaf: bytes, path: Sequence[bytes], *, index: int, size: int, root: bytes) -> bool:
    """Say whether the path leads from this leaf hash at `index` to the root over `size` leaves."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            here, last = _past_right_edge(here, last)
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def extends(path: Sequence[bytes], *, old: int, old_root: bytes, new: int, new_root: bytes) -> bool:
    """Say whether the path proves that the tree of `new` leaves begins with the one of `old`."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not path and old_root == EMPTY
    if old == new:
        return not path and old_root == new_root
    return _grows(path, old=old, old_root=old_root, new=new, new_root=new_root)


def _grows(path: Sequence[bytes], *, old: int, old_root: bytes, new: int, new_root: bytes) -> bool:
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not path or not steps:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    older = newer = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            here, last = _past_right_edge(here, last)
        else:
            newer = node_hash(newer, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and older == old_root and newer == new_root


def _past_right_edge(here: int, last: int) -> tuple[int, int]:
    """Go up over the levels at which a node at the right edge has no sibling."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last
