"""The verifier's own arithmetic is that of the standards, as others implement them."""

from __future__ import annotations

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from golconda.metastore.log.verifier import ORDER, PRIME, canonical, is_signature, number, quick

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032_verify(public, message, signature):
    assert is_signature(*(bytes.fromhex(text) for text in (public, signature, message)))


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(), st.integers(0, 511))
def test_a_signature_verifies_and_with_one_bit_flipped_does_not(seed, message, bit):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    flipped = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
    assert is_signature(public, signature, message)
    assert not is_signature(public, flipped, message)
    assert not is_signature(public, signature, message + b"x")


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64), st.binary())
def test_random_bytes_are_judged_as_by_another_implementation(public, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        assert not is_signature(public, signature, message)
    else:
        assert is_signature(public, signature, message)


def test_a_signature_in_its_second_form_is_refused():
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"")
    again = int.from_bytes(signature[32:], "little") + ORDER
    assert not is_signature(public, signature[:32] + again.to_bytes(32, "little"), b"")


@pytest.mark.parametrize("public", [b"", bytes(31), (PRIME + 1).to_bytes(32, "little"), b"\x02" + bytes(31)])
def test_bytes_that_are_no_key_are_refused(public):
    assert not is_signature(public, bytes(64), b"")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
)


@given(JSON)
def test_canonical_text_is_that_of_another_implementation(value):
    assert canonical(value).encode() == rfc8785.dumps(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_by_another_implementation(value):
    assert number(value).encode() == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, 1e20, 1e21, 1e-6, 1e-7, 123.456, 5e-324, 1.7976931348623157e308])
def test_numbers_at_the_edges_are_written_as_by_another_implementation(value):
    assert number(value).encode() == rfc8785.dumps(value)


def test_the_quick_text_is_canonical_where_there_are_no_fractions():
    value = {"b": [1, None, True, "é\u2028\x07"], "a": {}}
    assert quick(value) == canonical(value)
