"""The tree is that of RFC 9162, as an implementation by others sees it too."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from golconda.metastore.log.tree import (
    BLOCK,
    BLOCK_LEVEL,
    EMPTY,
    Frontier,
    consistency,
    extends,
    includes,
    inclusion,
    leaf_hash,
    node_hash,
    root_over,
)

SIZES = range(1, 41)
CONTENTS = [sha256(bytes([number])).digest() for number in range(max(SIZES))]


def subtree(start, end):
    return root_over(CONTENTS[start:end])


@pytest.fixture(scope="module")
def others():
    tree = InmemoryTree(algorithm="sha256")
    for content in CONTENTS:
        tree.append_entry(content)
    return tree


def test_the_empty_tree_has_the_hash_of_nothing():
    assert Frontier().root() == EMPTY == sha256(b"").digest()


@pytest.mark.parametrize("size", SIZES)
def test_roots_are_those_of_another_implementation(others, size):
    assert root_over(CONTENTS[:size]) == others.get_root(size)


@pytest.mark.parametrize("size", SIZES)
def test_inclusion_paths_are_those_of_another_implementation(others, size):
    for index in range(size):
        theirs = others.prove_inclusion(index + 1, size)
        assert [leaf_hash(CONTENTS[index]), *inclusion(index, size, subtree)] == list(theirs.path)


@pytest.mark.parametrize("new", SIZES)
def test_consistency_paths_hold_the_nodes_of_another_implementation(others, new):
    for old in range(3, new, 2):  # where the old size is even, pymerkle cuts the nodes finer than the RFC
        assert set(consistency(old, new, subtree)) == set(others.prove_consistency(old, new).path)


def test_the_example_of_the_rfc_section_2_1_5():
    assert consistency(3, 7, subtree) == (subtree(2, 3), subtree(3, 4), subtree(0, 2), subtree(4, 7))
    assert consistency(4, 7, subtree) == (subtree(4, 7),)
    assert consistency(6, 7, subtree) == (subtree(4, 6), subtree(6, 7), subtree(0, 4))
    assert inclusion(6, 7, subtree) == (subtree(4, 6), subtree(0, 4))


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_is_proved_and_no_other(size):
    root = subtree(0, size)
    for index in range(size):
        path = inclusion(index, size, subtree)
        for claimed in range(size):
            leaf = leaf_hash(CONTENTS[claimed])
            assert includes(leaf, path, index=index, size=size, root=root) == (claimed == index)


@pytest.mark.parametrize("new", SIZES)
def test_growth_is_proved(new):
    for old in range(1, new + 1):
        path = consistency(old, new, subtree)
        assert extends(path, old=old, old_root=subtree(0, old), new=new, new_root=subtree(0, new))


@pytest.mark.parametrize("new", SIZES)
def test_growth_with_another_root_or_path_is_not_proved(new):
    for old in range(1, new):
        path, old_root, new_root = consistency(old, new, subtree), subtree(0, old), subtree(0, new)
        assert not extends(path, old=old, old_root=EMPTY, new=new, new_root=new_root)
        assert not extends(path, old=old, old_root=old_root, new=new, new_root=EMPTY)
        assert not extends(path[:-1], old=old, old_root=old_root, new=new, new_root=new_root)
        assert not extends((*path, EMPTY), old=old, old_root=old_root, new=new, new_root=new_root)


def test_anything_grows_from_nothing():
    assert extends((), old=0, old_root=EMPTY, new=3, new_root=subtree(0, 3))
    assert not extends((), old=0, old_root=bytes(32), new=3, new_root=subtree(0, 3))


@given(
    st.integers(0, 1 << 20),
    st.integers(0, 1 << 20),
    st.lists(st.binary(min_size=32, max_size=32), max_size=40),
)
def test_a_path_made_up_proves_nothing(index, size, path):
    assert not includes(EMPTY, path, index=index, size=size, root=bytes(32))
    assert not extends(path, old=index, old_root=bytes(32), new=size + 1, new_root=bytes(31))


def test_an_inner_node_does_not_pass_for_a_leaf():
    left, right = (leaf_hash(content) for content in CONTENTS[:2])
    assert root_over([left + right]) != node_hash(left, right) == subtree(0, 2)


@given(st.integers(0, 600), st.integers(0, 600))
def test_appending_in_two_goes_is_appending_in_one(first, second):
    contents = [number.to_bytes(4, "big") for number in range(first + second)]
    begun = Frontier()
    begun.extend(contents[:first])
    resumed = Frontier(begun.size, begun.stored())
    resumed.extend(contents[first:])
    assert (resumed.size, resumed.root()) == (first + second, root_over(contents))
    assert len(begun.blocks) + len(resumed.blocks) == (first + second) // BLOCK


def test_blocks_make_up_the_tree():
    contents = [number.to_bytes(4, "big") for number in range(3 * BLOCK + 7)]
    whole, made = Frontier(), Frontier()
    whole.extend(contents)
    for block in whole.blocks:
        made.push(block, BLOCK_LEVEL)
    made.extend(contents[3 * BLOCK :])
    assert made.root() == whole.root()


def test_bytes_that_are_no_frontier_are_refused():
    with pytest.raises(ValueError, match="no frontier"):
        Frontier(3, bytes(32))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_path(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        inclusion(index, size, subtree)


def test_a_larger_tree_is_no_beginning():
    with pytest.raises(ValueError, match="no beginning"):
        consistency(4, 3, subtree)
