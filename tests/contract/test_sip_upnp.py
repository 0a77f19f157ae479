"""SIP behind a router that maps ports by UPnP: who is outside calls the router's address, and is heard inside."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from common.sip import AudioCodec, Configuration
from daemons.sip.endpoint import Installation
from daemons.sip.stack import wire
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import call
from tests.contract.sip_nat import OTHER, ROUTER, UNIT, Nat, entered, nat
from tests.contract.sip_peers import RawPeer
from tests.contract.sip_router import Mapping, router
from tests.contract.sip_rtp import share_of, tone
from tests.contract.sip_wire_rig import StackProcess, answered, configured, needs_stack, stack

pytestmark = needs_stack

CODECS = (AudioCodec(name="PCMU"),)


@pytest.fixture(scope="module")
def networks() -> Iterator[Nat]:
    """A router with a network on either side."""
    with nat() as made:
        yield made


@asynccontextmanager
async def behind(
    networks: Nat, folder: Path, settings: Configuration
) -> AsyncIterator[tuple[StackProcess, RawPeer]]:
    """Run the unit inside and a phone outside."""
    async with AsyncExitStack() as started:
        with entered(networks.outside):
            phone = await started.enter_async_context(RawPeer(OTHER).running())
        unit = await started.enter_async_context(
            stack(
                *(folder, settings),
                codecs=CODECS,
                installation=Installation(),
                namespace=networks.inside,
            )
        )
        yield unit, phone


@pytest.mark.covers("M-SIP-13")
async def test_a_router_that_knows_upnp_lets_calls_in(networks: Nat, tmp_path: Path) -> None:
    """The ports of signalling and sound are mapped while they are in use, and the router's address is named."""
    settings = configured({"upnp_enabled": True})
    port = settings.sip_port
    with router(networks) as gateway:
        async with behind(networks, tmp_path, settings) as (unit, phone):
            ready = unit.said(wire.Ready)[0]
            assert (ready.upnp, ready.trouble) == (f"mapped to {ROUTER}:{port}", "")
            assert gateway.mappings[port] == Mapping(port, UNIT, port, "UDP")

            dialog = call(phone, f"sip:{ROUTER}:{port}")
            name, answer = await answered(unit, dialog, phone.offer())
            assert f"{ROUTER}:{port}" in answer.contact()
            assert answer.sdp.host == ROUTER
            sound = answer.sdp.port
            for each in (sound, sound + 1):
                assert gateway.mappings[each] == Mapping(each, UNIT, each, "UDP")

            await unit.says(wire.Changed, call=name, state="active", media=True)
            heard = unit.hear(name)
            unit.speak(name, tone(700, 4.0, 48_000))
            await phone.sound.say(tone(400, 1.0), (ROUTER, sound))
            await eventually(
                lambda: float(np.abs(heard.samples).max(initial=0.0)) > 0.2, "the phone is heard"
            )
            await eventually(
                lambda: (
                    len(phone.sound.heard()) > 8_000
                    and share_of(700, phone.sound.heard()[-4_000:]) > 0.8
                ),
                "the unit is heard",
            )
            assert {packet.source for packet in phone.sound.packets} == {(ROUTER, sound)}

            assert (await dialog.ask("BYE")).status == 200
            await eventually(lambda: set(gateway.mappings) == {port}, "the sound's mappings go")
            unit.order(wire.Stop())
            await eventually(lambda: not unit.alive, "it ends")
            await eventually(lambda: not gateway.mappings, "nothing is let in any more")
            assert not gateway.refused


@pytest.mark.covers("M-SIP-13", part="a router that maps nothing")
async def test_a_router_that_refuses_hinders_nothing(networks: Nat, tmp_path: Path) -> None:
    """It is said that nothing is mapped, and the unit calls as one behind any other router."""
    settings = configured({"upnp_enabled": True}, ice_enabled=True)
    with router(networks, refuses=True) as gateway:
        async with behind(networks, tmp_path, settings) as (unit, phone):
            assert gateway.searched
            assert unit.said(wire.Ready)[0].upnp == "the router has mapped no port"
            unit.order(wire.Dial("Out-1", "one", phone.uri()))
            assert (await phone.request("INVITE", timeout_s=20.0)).sdp.host == UNIT
        assert gateway.refused
        assert not gateway.mappings


@pytest.mark.covers("M-SIP-13", part="a router that takes its time")
async def test_a_router_that_takes_its_time_is_waited_for(networks: Nat, tmp_path: Path) -> None:
    """The question lets everybody choose when to answer, so that not all speak at once."""
    settings = configured({"upnp_enabled": True})
    with router(networks, delay_s=2.5) as gateway:
        async with behind(networks, tmp_path, settings) as (unit, _):
            assert unit.said(wire.Ready)[0].upnp == f"mapped to {ROUTER}:{settings.sip_port}"
            assert settings.sip_port in gateway.mappings
