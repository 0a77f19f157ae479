"""Hashes of passwords as Linux accounts have them: yescrypt, by libcrypt (crypt(5)), which PAM itself stands on."""

import asyncio
import ctypes
from functools import cache
from typing import Final

from common.errors import NotSupported

PREFIX: Final = b"$y$"
_DATA_SIZE: Final = 32768
"""`sizeof(struct crypt_data)` of crypt.h."""
_SETTING_SIZE: Final = 192
"""CRYPT_GENSALT_OUTPUT_SIZE."""


async def hashed(password: str) -> str:
    """Return the hash of a password, with a salt of its own; takes its time, beside the event loop."""
    return await asyncio.to_thread(_hash, password)


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt_gensalt_rn.restype = ctypes.c_char_p
    library.crypt_gensalt_rn.argtypes = [
        *(ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p),
        *(ctypes.c_int, ctypes.c_char_p, ctypes.c_int),
    ]
    library.crypt_rn.restype = ctypes.c_char_p
    library.crypt_rn.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int]
    return library


def _hash(password: str) -> str:
    try:
        library = _library()
    except OSError as error:
        raise NotSupported(f"passwords cannot be hashed here: {error}") from error
    setting = ctypes.create_string_buffer(_SETTING_SIZE)
    data = ctypes.create_string_buffer(_DATA_SIZE)
    try:
        if library.crypt_gensalt_rn(PREFIX, 0, None, 0, setting, _SETTING_SIZE) is None:
            raise NotSupported("this libcrypt does not know yescrypt")
        found: bytes | None = library.crypt_rn(password.encode(), setting.value, data, _DATA_SIZE)
        if found is None or not found.startswith(PREFIX):
            raise NotSupported("this libcrypt does not know yescrypt")
        return found.decode()
    finally:
        ctypes.memset(data, 0, _DATA_SIZE)
