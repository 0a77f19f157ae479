"""Which system calls a process may make from now on, by libseccomp.

It knows the call numbers of every architecture; systemd itself needs it, so it is there.
"""

import ctypes
import os
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

ALLOW: Final = 0x7FFF0000
REFUSE: Final = 0x00050001
"""The call fails with EPERM."""
_FLTATR_CTL_TSYNC: Final = 4
_CMP_MASKED_EQ: Final = 7


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp` of seccomp.h: which argument, how it is compared, with what."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


def masked(argument: int, mask: int, value: int) -> _Comparison:
    """Say that an argument, after a mask, is a value."""
    return _Comparison(argument, _CMP_MASKED_EQ, mask, value)


@cache
def load_library() -> ctypes.CDLL:
    """Load libseccomp, while its file can still be opened; raises OSError where it is missing."""
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    lib.seccomp_init.argtypes = [ctypes.c_uint32]
    lib.seccomp_attr_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    lib.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p,
    ]  # fmt: skip
    lib.seccomp_load.argtypes = [ctypes.c_void_p]
    return lib


class Filter:
    """What happens to a call that no rule names, and the rules. It holds for every thread once it is loaded."""

    def __init__(self, otherwise: int) -> None:
        self._lib = load_library()
        self._context = self._lib.seccomp_init(otherwise)
        if not self._context:
            raise OSError("libseccomp gives no filter")
        _check(self._lib.seccomp_attr_set(self._context, _FLTATR_CTL_TSYNC, 1))

    def add(self, action: int, names: Iterable[str], *where: _Comparison) -> None:
        """Do something else with these calls, those only for which all comparisons hold."""
        for name in names:
            number = self._lib.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:  # a call that this architecture lacks has a negative number
                self._rule(action, number, where)

    def load(self) -> None:
        """Have it hold from now on."""
        _check(self._lib.seccomp_load(self._context))

    def _rule(self, action: int, number: int, where: Sequence[_Comparison]) -> None:
        comparisons = (_Comparison * len(where))(*where) if where else None
        _check(
            self._lib.seccomp_rule_add_array(self._context, action, number, len(where), comparisons)
        )


def _check(result: int) -> None:
    if result < 0:
        raise OSError(-result, os.strerror(-result))
