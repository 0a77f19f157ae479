"""Encrypted RTP (RFC 3711, RFC 6188) by Debian's libsrtp: AES in counter mode with keys of 128 or 256 bits.

A Python binding exists for the first of the two only; both are behind the same few calls.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Final

KEY_LENGTHS: Final = {
    30: "srtp_crypto_policy_set_rtp_default",  # AES-128
    46: "srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80",
}
"""Bytes of key and salt -> what sets the policy."""
LONGEST_PACKET: Final = 4_096
"""20 ms of L16 at 48 kHz in stereo, the most that anybody sends at once, fit in."""
_TRAILER: Final = 144
"""How much libsrtp may add to a packet."""
_ANY_INBOUND: Final = 2
_ANY_OUTBOUND: Final = 3
_WINDOW: Final = 512


class _Ssrc(ctypes.Structure):
    _fields_ = (("type", ctypes.c_int), ("value", ctypes.c_uint))


class _CryptoPolicy(ctypes.Structure):
    _fields_ = (
        ("cipher_type", ctypes.c_uint32),
        ("cipher_key_len", ctypes.c_int),
        ("auth_type", ctypes.c_uint32),
        ("auth_key_len", ctypes.c_int),
        ("auth_tag_len", ctypes.c_int),
        ("sec_serv", ctypes.c_int),
    )


class _Policy(ctypes.Structure):
    """`srtp_policy_t` of srtp.h, the same in every release of libsrtp2."""

    _fields_ = (
        ("ssrc", _Ssrc),
        ("rtp", _CryptoPolicy),
        ("rtcp", _CryptoPolicy),
        ("key", ctypes.c_char_p),
        ("keys", ctypes.c_void_p),
        ("num_master_keys", ctypes.c_ulong),
        ("deprecated_ekt", ctypes.c_void_p),
        ("window_size", ctypes.c_ulong),
        ("allow_repeat_tx", ctypes.c_int),
        ("enc_xtn_hdr", ctypes.c_void_p),
        ("enc_xtn_hdr_count", ctypes.c_int),
        ("next", ctypes.c_void_p),
    )


@cache
def load_library() -> ctypes.CDLL:
    """Load libsrtp; raises OSError where it is not installed."""
    lib = ctypes.CDLL("libsrtp2.so.1")
    for name in KEY_LENGTHS.values():
        setter = getattr(lib, name)
        setter.restype = None
        setter.argtypes = [ctypes.POINTER(_CryptoPolicy)]
    lib.srtp_create.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(_Policy)]
    lib.srtp_dealloc.argtypes = [ctypes.c_void_p]
    for name in ("srtp_protect", "srtp_unprotect"):
        work = getattr(lib, name)
        work.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int)]
    if lib.srtp_init() != 0:
        raise OSError("libsrtp does not start")
    return lib


class SrtpSession:
    """One key, in one direction."""

    def __init__(self, key: bytes, *, sends: bool = False) -> None:
        lib = load_library()
        policy = _Policy()
        setter = getattr(lib, KEY_LENGTHS[len(key)])
        setter(ctypes.byref(policy.rtp))
        setter(ctypes.byref(policy.rtcp))
        policy.ssrc.type = _ANY_OUTBOUND if sends else _ANY_INBOUND
        policy.key = key
        policy.window_size = _WINDOW
        self._lib = lib
        self._session = ctypes.c_void_p()
        if lib.srtp_create(ctypes.byref(self._session), ctypes.byref(policy)) != 0:
            self._session = ctypes.c_void_p()
            raise ValueError("libsrtp refuses the key")
        self._buffer = ctypes.create_string_buffer(LONGEST_PACKET + _TRAILER)

    def __repr__(self) -> str:
        return "SrtpSession()"

    def __del__(self) -> None:
        if getattr(self, "_session", None):
            self._lib.srtp_dealloc(self._session)

    def open(self, packet: bytes) -> bytes | None:
        """Return the packet in the clear; None when it was not made with this key, or came before."""
        return self._through(self._lib.srtp_unprotect, packet)

    def seal(self, packet: bytes) -> bytes:
        """Return the packet as it may be sent."""
        sealed = self._through(self._lib.srtp_protect, packet)
        if sealed is None:
            raise ValueError("libsrtp refuses the packet")
        return sealed

    def _through(self, work: Callable[..., int], packet: bytes) -> bytes | None:
        if len(packet) > LONGEST_PACKET:
            return None
        length = ctypes.c_int(len(packet))
        ctypes.memmove(self._buffer, packet, len(packet))
        if work(self._session, self._buffer, ctypes.byref(length)) != 0:
            return None
        return self._buffer.raw[: length.value]
