"""AES-256 in Galois/counter mode (NIST SP 800-38D) by the system's OpenSSL, which Python's own hashes stand on.

The package `cryptography` has the same, and brings an OpenSSL of its own with it: 10 MB in a daemon that seals a few
short texts. Calls are those of EVP_EncryptInit(3).
"""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

KEY_LENGTH: Final = 32
NONCE_LENGTH: Final = 12
TAG_LENGTH: Final = 16
_LIBRARY: Final = "libcrypto.so.3"
_GET_TAG: Final = 0x10
"""EVP_CTRL_AEAD_GET_TAG of evp.h."""
_SET_TAG: Final = 0x11
"""EVP_CTRL_AEAD_SET_TAG."""


class NotGenuine(ValueError):
    """It was not sealed with this key, this nonce and this name, or has changed since."""


class AesGcm:
    """A cipher with its key."""

    def __init__(self, key: bytes) -> None:
        """`key` has `KEY_LENGTH` bytes. Raises OSError where the library is not installed."""
        if len(key) != KEY_LENGTH:
            raise ValueError(f"a key has {KEY_LENGTH} bytes, not {len(key)}")
        self._key = key
        self._lib = _library()

    def seal(self, nonce: bytes, text: bytes, bound: bytes) -> bytes:
        """Return `text` enciphered, and the tag of it and of `bound`; no nonce may be used twice with a key."""
        with self._begun(self._lib.EVP_EncryptInit_ex, nonce) as context:
            self._take(self._lib.EVP_EncryptUpdate, context, bound)
            sealed = self._take(self._lib.EVP_EncryptUpdate, context, text, len(text))
            _must(self._lib.EVP_EncryptFinal_ex(context, None, ctypes.byref(ctypes.c_int())))
            tag = ctypes.create_string_buffer(TAG_LENGTH)
            _must(self._lib.EVP_CIPHER_CTX_ctrl(context, _GET_TAG, TAG_LENGTH, tag))
            return sealed + tag.raw

    def open(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """Return what `seal` was given; raises `NotGenuine`."""
        if len(nonce) != NONCE_LENGTH or len(sealed) < TAG_LENGTH:
            raise NotGenuine("it is cut short")
        body, tag = sealed[:-TAG_LENGTH], sealed[-TAG_LENGTH:]
        with self._begun(self._lib.EVP_DecryptInit_ex, nonce) as context:
            self._take(self._lib.EVP_DecryptUpdate, context, bound)
            text = self._take(self._lib.EVP_DecryptUpdate, context, body, len(body))
            _must(self._lib.EVP_CIPHER_CTX_ctrl(context, _SET_TAG, TAG_LENGTH, tag))
            if self._lib.EVP_DecryptFinal_ex(context, None, ctypes.byref(ctypes.c_int())) != 1:
                raise NotGenuine("the tag is another one")
            return text

    @contextmanager
    def _begun(self, init: Callable[..., int], nonce: bytes) -> Iterator[int]:
        if len(nonce) != NONCE_LENGTH:
            raise ValueError(f"a nonce has {NONCE_LENGTH} bytes, not {len(nonce)}")
        context: int | None = self._lib.EVP_CIPHER_CTX_new()
        if context is None:
            raise MemoryError
        try:
            _must(init(context, self._lib.EVP_aes_256_gcm(), None, self._key, nonce))
            yield context
        finally:
            self._lib.EVP_CIPHER_CTX_free(context)  # overwrites what it knows of the key

    def _take(
        self, update: Callable[..., int], context: int, data: bytes, room: int | None = None
    ) -> bytes:
        """Hand `data` over and return what comes out; without room it is only bound to the rest."""
        out = None if room is None else ctypes.create_string_buffer(room)
        written = ctypes.c_int()
        _must(update(context, out, ctypes.byref(written), data, len(data)))
        return b"" if out is None else out.raw[: written.value]


def _must(result: int) -> None:
    if result != 1:
        raise RuntimeError("OpenSSL refuses AES-256-GCM")


@cache
def _library() -> ctypes.CDLL:
    lib = ctypes.CDLL(_LIBRARY)
    lib.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
    lib.EVP_CIPHER_CTX_free.argtypes = [ctypes.c_void_p]
    lib.EVP_CIPHER_CTX_free.restype = None
    lib.EVP_aes_256_gcm.restype = ctypes.c_void_p
    lib.EVP_CIPHER_CTX_ctrl.argtypes = [
        *(ctypes.c_void_p, ctypes.c_int),
        *(ctypes.c_int, ctypes.c_char_p),
    ]
    length = ctypes.POINTER(ctypes.c_int)
    for way in ("Encrypt", "Decrypt"):
        getattr(lib, f"EVP_{way}Init_ex").argtypes = [
            *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
            *(ctypes.c_char_p, ctypes.c_char_p),
        ]
        getattr(lib, f"EVP_{way}Update").argtypes = [
            *(ctypes.c_void_p, ctypes.c_char_p, length),
            *(ctypes.c_char_p, ctypes.c_int),
        ]
        getattr(lib, f"EVP_{way}Final_ex").argtypes = [ctypes.c_void_p, ctypes.c_char_p, length]
    return lib
