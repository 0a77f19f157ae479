"""How soon the process of the stack does what it is told, and answers who asks."""

import asyncio
import signal
import statistics
import time
from importlib.util import find_spec

import pytest

from daemons.sip.stack import wire
from tests.contract.sip_dialog import call
from tests.contract.sip_peers import RawPeer
from tests.contract.sip_stack_rig import stack

pytestmark = pytest.mark.skipif(find_spec("pjsua2") is None, reason="the SIP stack is not built")

ORDERS = 15
AT_ONCE_S = 0.03
"""An idle stack looks round ten times a second, which nothing waits for."""


def test_an_order_is_obeyed_at_once() -> None:
    """Also while nothing else happens."""
    took = []
    with stack() as unit:
        for number in range(ORDERS):
            begun = time.monotonic()
            unit.order(wire.Dial(f"call {number}", "nobody's", "sip:nobody@127.0.0.1"))
            unit.state(f"call {number}", "ended")
            took.append(time.monotonic() - begun)
    assert statistics.median(took) < AT_ONCE_S


def test_an_idle_stack_hardly_wakes() -> None:
    """It waits for a packet or an order, and looks round ten times a second."""
    with stack() as unit:
        for _ in range(3):  # the first comes at once, and what begins is not idle yet
            unit.wait(wire.Alive)
        before = unit.switches()
        begun = time.monotonic()
        unit.wait(wire.Alive)
        unit.wait(wire.Alive)
        assert unit.switches() - before < 30 * (time.monotonic() - begun)


async def test_what_the_unit_does_not_do_is_answered(peer: RawPeer) -> None:
    """REGISTER and what no one has heard of, outside and within a call."""
    with stack() as unit:
        dialog = call(peer, unit.uri())
        for method in ("REGISTER", "FOO"):
            answer = await dialog.ask(method)
            assert answer.status == 405
            assert "INVITE" in answer.header("allow")
        assert (await dialog.ask("BYE")).status == 481


async def test_of_a_call_that_ends_as_it_begins_both_is_told(peer: RawPeer) -> None:
    """Its ACK and its BYE may come together."""
    with stack() as unit:
        dialog = call(peer, unit.uri())
        await dialog.send("INVITE", body=peer.offer())
        name = (await asyncio.to_thread(unit.wait, wire.Incoming)).call
        unit.order(wire.Answer(name))
        answer = await dialog.answer()
        unit.process.send_signal(signal.SIGSTOP)
        await dialog.acknowledge(answer)
        await dialog.send("BYE")
        unit.process.send_signal(signal.SIGCONT)
        await asyncio.to_thread(unit.state, name, "active")
        await asyncio.to_thread(unit.state, name, "ended")
