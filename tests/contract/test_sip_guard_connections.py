"""The guard of the SIP stack: connections that say nothing keep nobody out."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contract.sip_guard_rig import Caller, Phone, needs_stack, running_phone
from tests.suite import until

pytestmark = [needs_stack, pytest.mark.timeout(60)]

KNOWN = "127.0.0.9"
ANSWERED_WITHIN_S = 2.0


@pytest.fixture
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """A phone that knows one peer."""
    with running_phone(tmp_path_factory.mktemp("guard") / "phone.log") as phone:
        assert phone.ask("known", KNOWN) == ""
        yield phone


def connected(phone: Phone, host: str, number: int, opened: ExitStack) -> list[socket.socket]:
    """Open connections from an address; they say nothing, and are closed with the stack."""
    ends = []
    for _ in range(number):
        end = opened.enter_context(socket.socket())
        end.bind((host, 0))
        end.settimeout(ANSWERED_WITHIN_S)
        end.connect(("127.0.0.1", phone.port))
        ends.append(end)
    return ends


def answers(phone: Phone, host: str) -> bool:
    """Whether a question over a new connection is answered in time; what follows within it as well."""
    with ExitStack() as opened, Caller(phone, host) as caller:
        (end,) = connected(phone, host, 1, opened)
        for _ in range(2):
            end.sendall(caller.request("OPTIONS").replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP"))
            try:
                if not end.recv(65536).startswith(b"SIP/2.0 200"):
                    return False
            except (TimeoutError, ConnectionResetError):
                return False
    return True


def test_half_open_connections_of_one_stranger_keep_nobody_out(phone: Phone) -> None:
    """500 of them, which is as many as the stack can watch; the stranger himself may come back."""
    with ExitStack() as opened:
        connected(phone, "127.0.0.66", 500, opened)
        assert answers(phone, "127.0.0.67")
        assert answers(phone, KNOWN)
        assert not answers(phone, "127.0.0.66")
        assert phone.count()["connections"] >= 480
    until("those who have gone are gone", lambda: answers(phone, "127.0.0.66"))


def test_half_open_connections_of_many_strangers_keep_no_known_peer_out(phone: Phone) -> None:
    """There is room for all of them together, and no more."""
    with ExitStack() as opened:
        for last in range(100, 150):
            connected(phone, f"127.0.0.{last}", 10, opened)
        assert answers(phone, KNOWN)
        assert phone.count()["connections"] >= 300


def test_a_known_peer_may_have_more(phone: Phone) -> None:
    """But not all there are, either."""
    with ExitStack() as opened:
        connected(phone, KNOWN, 63, opened)
        assert answers(phone, KNOWN)
        connected(phone, KNOWN, 200, opened)
        assert not answers(phone, KNOWN)
        assert answers(phone, "127.0.0.67")


def test_what_says_nothing_is_closed_after_some_seconds(phone: Phone) -> None:
    """And so is half a word."""
    with ExitStack() as opened:
        silent, half = connected(phone, "127.0.0.66", 2, opened)
        half.sendall(b"OPTIONS sip:")
        for end in (silent, half):
            end.settimeout(10.0)
            assert end.recv(1) == b""
