"""The guard inside the SIP stack, written in C: `daemons/sip/pjsip/guard.c` says what it does.

Its functions are in the file of the extension that pjsua2 imports, so they act on the same stack.
"""

import ctypes
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from importlib.util import find_spec


class StackNotBuilt(Exception):
    """There is no pjsua2, or one with another guard."""

    def __init__(self) -> None:
        super().__init__("the SIP stack is not built: make pjsip")


class GuardFailed(Exception):
    """The guard refused what it was told."""


@dataclass(frozen=True)
class GuardLimits:
    """What the guard lets pass; `daemons/sip/pjsip/guard.h` has the same names."""

    body: int = 4000
    """Bytes of a message's body."""
    head: int = 4000
    """Bytes of everything before the body."""
    headers: int = 64
    line: int = 1024
    """Bytes of a line of a body."""
    media: int = 4
    crypto: int = 8
    """Of one media."""
    candidates: int = 32
    """Of one media."""
    ice: int = 256
    """Bytes of a user fragment or password of ICE."""
    calls: int = 16
    """At a time; one more is answered 486."""
    kept: int = 1
    """Of the calls, how many are kept for known peers."""
    stranger_rate: int = 5
    """Requests that begin something, in a second, from one source that is not known."""
    stranger_burst: int = 20
    strangers_rate: int = 50
    """The same from all of them together."""
    strangers_burst: int = 100
    known_rate: int = 200
    """The same from one known peer; and all requests within dialogs."""
    known_burst: int = 400
    answers_rate: int = 20
    """Refusals that are sent in a second; what is beyond is dropped."""
    answers_burst: int = 40
    stranger_links: int = 16
    """TCP and TLS connections of one source that is not known, at a time; more are closed at once."""
    strangers_links: int = 128
    """The same of all of them together."""
    known_links: int = 64
    """The same of one known peer."""
    names: bool = False
    """Whether a stranger's message may hold a host's name where an address belongs.

    The stack would look it up at once, and all calls would wait for the name server.
    """


class Guard:
    """The guard of this process's stack. Any thread may use it."""

    def __init__(self) -> None:
        spec = find_spec("_pjsua2")
        if spec is None or spec.origin is None:
            raise StackNotBuilt
        library = ctypes.CDLL(spec.origin)
        try:
            self._install = _function(library, "c8210_guard_install", ctypes.c_int)
            self._set_limit = _function(
                library, "c8210_guard_set_limit", ctypes.c_int, ctypes.c_int, ctypes.c_uint32
            )
            self._set_peers = _function(
                library, "c8210_guard_set_peers", ctypes.c_int, ctypes.c_char_p
            )
            self._counter = _function(library, "c8210_guard_counter", ctypes.c_uint64, ctypes.c_int)
            self._slots = _function(library, "c8210_guard_slots", ctypes.c_int)
            self._counter_names = _names(library, "counter")
            limits = _names(library, "limit")
        except AttributeError:
            raise StackNotBuilt from None
        if limits != [field.name for field in fields(GuardLimits)]:
            raise StackNotBuilt

    @property
    def slots(self) -> int:
        """How many calls the stack itself can hold, as it was built."""
        return int(self._slots())

    def install(self) -> None:
        """Stand before the stack: after `Endpoint.libInit`, in the thread that called it.

        `libDestroy` takes the guard away. Limits and peers stay, counters begin anew.
        """
        if status := self._install():
            message = f"the guard of the SIP stack was not installed: status {status}"
            raise GuardFailed(message)

    def limit(self, limits: GuardLimits) -> None:
        """Set all limits."""
        for number, value in enumerate(astuple(limits)):
            self._set_limit(number, int(value))

    def know(self, networks: Iterable[str]) -> None:
        """Set who is known: addresses or networks (192.0.2.0/24), 256 at most; replaces the last.

        Raises:
            GuardFailed: one of them is no network, or there are too many; nothing has changed.
        """
        wanted = " ".join(networks).split()
        count = self._set_peers(" ".join(wanted).encode())
        if count < 0:
            message = f"not a network, or one too many: {wanted[-1 - count]!r}"
            raise GuardFailed(message)

    def counters(self) -> dict[str, int]:
        """Return how many messages passed, and how many were stopped by which rule."""
        return {name: int(self._counter(n)) for n, name in enumerate(self._counter_names)}


def _function(
    library: ctypes.CDLL, name: str, result: type, *arguments: type
) -> "ctypes._NamedFuncPointer":
    function: ctypes._NamedFuncPointer = getattr(library, name)
    function.restype = result
    function.argtypes = list(arguments)
    return function


def _names(library: ctypes.CDLL, what: str) -> list[str]:
    count = _function(library, f"c8210_guard_{what}s", ctypes.c_int)
    name = _function(library, f"c8210_guard_{what}_name", ctypes.c_char_p, ctypes.c_int)
    return [name(n).decode() for n in range(count())]
