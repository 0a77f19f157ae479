"""Phones that vanish in a call without a word."""

from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from daemons.sip.endpoint import endpoint
from daemons.sip.stack import wire
from tests.contract.sip_dialog import call
from tests.contract.sip_peers import RawPeer, says, silence
from tests.contract.sip_rtp import tone
from tests.contract.sip_wire_rig import HOST, StackProcess, alone, answered, configured, stack

pytestmark = pytest.mark.skipif(find_spec("pjsua2") is None, reason="the SIP stack is not built")

BASE = configured()


@pytest.fixture
async def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StackProcess]:
    """Run a stack that wonders after two seconds without a packet."""
    monkeypatch.setattr(
        "tests.contract.sip_wire_rig.endpoint",
        lambda *given: msgspec.structs.replace(endpoint(*given), silence_s=2),
    )
    async with stack(tmp_path, BASE) as found:
        yield found


async def called(unit: StackProcess, peer: RawPeer) -> tuple[str, tuple[str, int]]:
    """Have a phone call the unit; returns the call, and where its sound goes."""
    dialog = call(peer, f"sip:{HOST}:{BASE.sip_port}")
    name, answer = await answered(unit, dialog, peer.offer())
    return name, (answer.sdp.host, answer.sdp.port)


async def test_a_phone_that_says_nothing_any_more_is_asked_and_its_call_ends(
    unit: StackProcess,
) -> None:
    """One that answers, be it that it understands nothing, is only muted; one that sends sound is not even asked."""
    peers = RawPeer("127.0.0.5"), RawPeer("127.0.0.6"), RawPeer("127.0.0.7")
    async with peers[0].running() as muted, peers[1].running() as gone, peers[2].running() as talks:
        muted.when("OPTIONS", says(501))
        gone.when("OPTIONS", silence)
        lives, _ = await called(unit, muted)
        ends, _ = await called(unit, gone)
        speaks, to = await called(unit, talks)
        await talks.sound.say(tone(440, 0.5), to)
        asked = len(talks.requests("OPTIONS"))
        await talks.sound.say(tone(440, 2.5), to)
        assert len(talks.requests("OPTIONS")) == asked
        await gone.request("OPTIONS")
        await muted.request("OPTIONS")
        told = await unit.says(wire.Changed, 20, call=ends, state="ended")
        assert (told.code, told.text) == (408, "No sound came for 2 s")
        states = {each.call: each.state for each in unit.said(wire.Changed)}
        assert (states[lives], states[speaks]) == ("active", "active")


async def test_a_phone_that_has_begun_anew_knows_nothing_of_the_call(unit: StackProcess) -> None:
    """It is over for both then."""
    async with RawPeer().running() as peer:
        peer.when("OPTIONS", says(481))
        unit.order(wire.Dial("forgotten", alone().id, peer.uri()))
        await unit.says(wire.Changed, call="forgotten", state="active")
        told = await unit.says(wire.Changed, call="forgotten", state="ended")
        assert (told.code, told.text) == (408, "No sound came for 2 s")
