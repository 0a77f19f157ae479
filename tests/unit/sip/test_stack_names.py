"""Host names: one that nobody answers for holds nobody else up."""

import threading
import time
from collections.abc import Iterator

import pytest

from daemons.sip.stack import addresses
from daemons.sip.stack.names import LookUp, Names

LIVING = frozenset({"192.0.2.1"})


class Server:
    """A name server that knows one host, and says nothing of others until it is let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = threading.Event()

    def resolve(self, host: str) -> frozenset[str]:
        """Stand in for the resolver."""
        self.asked.append(host)
        if host == "living":
            return LIVING
        assert self.answers.wait(10)
        return frozenset()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The resolver for a test."""
    made = Server()
    monkeypatch.setattr(addresses, "resolve", made.resolve)
    yield made
    made.answers.set()


def done(look_up: LookUp) -> bool:
    """Wait a moment for answers."""
    until = time.monotonic() + 5
    while not look_up.done and time.monotonic() < until:
        time.sleep(0.001)
    return look_up.done


def test_a_dead_host_holds_up_nobody_else(server: Server) -> None:
    """Not one who registers, and not one who calls, though very many wait."""
    names = Names()
    dead = [names.look_up([f"dead-{number}"], at_once=False) for number in range(31)]
    living = names.look_up(["living"], at_once=False)
    assert done(living)
    assert living.found == {"living": LIVING}
    dead += [names.look_up([f"more-{number}"], at_once=False) for number in range(200)]
    called = names.look_up(["living"], at_once=True)
    assert done(called)
    assert not any(each.done for each in dead)
    server.answers.set()
    assert all(done(each) for each in dead)


def test_a_host_is_asked_for_once_however_many_wait(server: Server) -> None:
    """And again later."""
    names = Names()
    waiting = [names.look_up(["pbx", "pbx"], at_once=False) for _ in range(100)]
    server.answers.set()
    assert all(done(each) for each in waiting)
    assert server.asked == ["pbx"]
    assert done(names.look_up(["pbx"], at_once=False))
    assert server.asked == ["pbx", "pbx"]


def test_nobody_is_waited_for_who_has_no_name() -> None:
    """A call to nowhere is for somebody else to refuse."""
    assert Names().look_up([], at_once=True).done
