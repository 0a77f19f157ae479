"""The cipher that secrets are sealed with, held against its specification and another implementation."""

import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.aes_gcm import AesGcm, NotGenuine

# Test case 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega), which SP 800-38D goes back to.
KEY = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
NONCE = bytes.fromhex("cafebabefacedbaddecaf888")
TEXT = bytes.fromhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
BOUND = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
SEALED = bytes.fromhex(
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b"
)


def test_it_is_the_cipher_of_the_specification() -> None:
    """The same text gives the same bytes, and back."""
    assert AesGcm(KEY).seal(NONCE, TEXT, BOUND) == SEALED
    assert AesGcm(KEY).open(NONCE, SEALED, BOUND) == TEXT


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 5000])
def test_another_implementation_understands_it(length: int) -> None:
    """What was sealed before by the package `cryptography` opens, and the other way round."""
    key, nonce, text = os.urandom(32), os.urandom(12), os.urandom(length)
    theirs = AESGCM(key)
    assert AesGcm(key).open(nonce, theirs.encrypt(nonce, text, b"name"), b"name") == text
    assert theirs.decrypt(nonce, AesGcm(key).seal(nonce, text, b"name"), b"name") == text


@pytest.mark.parametrize(
    ("nonce", "sealed", "bound"),
    [
        (NONCE, SEALED[:-1] + b"\x00", BOUND),
        (NONCE, b"\x00" + SEALED[1:], BOUND),
        (NONCE, SEALED, BOUND + b"."),
        (NONCE[::-1], SEALED, BOUND),
        (NONCE, SEALED[:-1], BOUND),
        (NONCE, SEALED[:15], BOUND),
        (NONCE, b"", BOUND),
        (NONCE[:5], SEALED, BOUND),
    ],
)
def test_what_was_changed_does_not_open(nonce: bytes, sealed: bytes, bound: bytes) -> None:
    """Not a bit of text, tag, nonce and name may be another, and nothing may be missing."""
    with pytest.raises(NotGenuine):
        AesGcm(KEY).open(nonce, sealed, bound)


def test_another_key_does_not_open_it() -> None:
    """What one unit has sealed is closed to another."""
    with pytest.raises(NotGenuine):
        AesGcm(bytes(32)).open(NONCE, SEALED, BOUND)


def test_keys_and_nonces_have_their_length() -> None:
    """OpenSSL would read on behind a key that is too short."""
    with pytest.raises(ValueError, match="a key has 32 bytes"):
        AesGcm(b"short")
    with pytest.raises(ValueError, match="a nonce has 12 bytes"):
        AesGcm(KEY).seal(b"short", TEXT, BOUND)
