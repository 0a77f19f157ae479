"""SIP behind a router: ICE, STUN, TURN, and which addresses the unit names in Via, Contact and the description."""

import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from common.sip import Account, AudioCodec, Configuration, StunServer, TurnServer
from daemons.sip.endpoint import Installation
from daemons.sip.stack import wire
from tests.contract.private_bus import eventually
from tests.contract.sip_message import Description, Message
from tests.contract.sip_nat import OTHER, OUTSIDE, ROUTER, UNIT, Nat, entered, names, nat
from tests.contract.sip_peers import RawPeer, Reply
from tests.contract.sip_rtp import share_of, tone
from tests.contract.sip_servers import Coturn, running
from tests.contract.sip_wire_rig import (
    StackProcess,
    configured,
    member,
    needs_stack,
    stack,
)

pytestmark = needs_stack

SMALL = (AudioCodec(name="PCMU"),)
"""One codec: requests stay small enough for a datagram."""


@dataclass
class Sides:
    """The networks, the server outside, and where tests keep their files."""

    nat: Nat
    coturn: Coturn


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    """A router with a network on either side, and a STUN and TURN server outside."""
    with nat() as networks:
        coturn = Coturn(tmp_path_factory.mktemp("coturn"), OUTSIDE, namespace=networks.outside)
        with running(coturn):
            yield Sides(networks, coturn)


@asynccontextmanager
async def behind(
    sides: Sides, folder: Path, settings: Configuration, account: Account | None = None
) -> AsyncIterator[tuple[StackProcess, RawPeer]]:
    """Run the unit inside and a phone outside."""
    async with AsyncExitStack() as started:
        with entered(sides.nat.outside):
            phone = await started.enter_async_context(RawPeer(OTHER).running())
        accounts = () if account is None else (account,)
        unit = await started.enter_async_context(
            stack(
                *(folder, settings, *accounts),
                codecs=SMALL,
                installation=Installation(),
                namespace=sides.nat.inside,
            )
        )
        yield unit, phone


async def offered(unit: StackProcess, phone: RawPeer) -> Description:
    """Have the unit call the phone, and return what it offers."""
    unit.order(wire.Dial("Out-1", "one", phone.uri()))
    return (await phone.request("INVITE", timeout_s=20.0)).sdp


def candidates(sdp: Description, kind: str) -> set[str]:
    """Return the addresses of the ICE candidates of a kind: host, srflx, relay."""
    found = set()
    for line in sdp.values("a=candidate:"):
        words = line.split()
        if words[words.index("typ") + 1] == kind:
            found.add(words[4])
    return found


@pytest.mark.covers("M-SIP-10")
@pytest.mark.parametrize("enabled", [True, False])
async def test_ice_offers_where_it_can_be_reached(
    sides: Sides, tmp_path: Path, enabled: bool
) -> None:
    """Without ICE there are no candidates."""
    async with behind(sides, tmp_path, configured(ice_enabled=enabled)) as (unit, phone):
        sdp = await offered(unit, phone)
        assert candidates(sdp, "host") == ({UNIT} if enabled else set())
        assert bool(sdp.values("a=ice-ufrag:")) is enabled


@pytest.mark.covers("M-SIP-10")
@pytest.mark.parametrize("enabled", [True, False])
async def test_ice_connects_where_the_addresses_named_lead_nowhere(
    sides: Sides, tmp_path: Path, enabled: bool
) -> None:
    """No sound gets to the addresses of either description: it goes between two other ones, or not at all."""
    (inside := tmp_path / "inside").mkdir()
    (outside := tmp_path / "outside").mkdir()
    settings = configured(ice_enabled=enabled)
    async with AsyncExitStack() as started:
        started.enter_context(names(sides.nat.outside, socket.gethostname(), OTHER))
        lost = started.enter_context(Blocked(sides.nat.router, OTHER, settings.rtp_start_port))
        here, there = [
            await started.enter_async_context(
                stack(
                    *(folder, settings),
                    codecs=SMALL,
                    installation=Installation(),
                    namespace=namespace,
                )
            )
            for folder, namespace in ((inside, sides.nat.inside), (outside, sides.nat.outside))
        ]
        here.order(wire.Dial("Out-1", "one", f"sip:there@{OUTSIDE}:{settings.sip_port}"))
        coming = (await there.says(wire.Incoming)).call
        there.order(wire.Answer(coming))
        await there.says(wire.Changed, call=coming, state="active", media=True)
        await here.says(wire.Changed, call="Out-1", state="active", media=True)
        ears = here.hear("Out-1"), there.hear(coming)
        for unit, name, frequency in ((here, "Out-1", 400), (there, coming, 700)):
            unit.speak(name, tone(frequency, 8.0, 48_000))
        if enabled:
            for ear, frequency in zip(ears, (700, 400), strict=True):
                await eventually(
                    lambda ear=ear, frequency=frequency: (  # type: ignore[misc]
                        len(ear.samples) > 48_000
                        and share_of(frequency, ear.samples[-24_000:], 48_000) > 0.8
                    ),
                    f"{frequency} Hz",
                )
        else:
            await eventually(lambda: lost.packets() > 100, "sound goes where it cannot arrive")
            assert not any(ear.samples.any() for ear in ears)


class Blocked:
    """What goes from the inside to the ports of sound of an address outside is lost, as long as the block lasts."""

    def __init__(self, namespace: str, address: str, first_port: int) -> None:
        self._namespace = namespace
        self._rule = f"ip daddr {address} udp dport {first_port}-{first_port + 500} counter drop"

    def __enter__(self) -> Self:
        self._filter("add table ip blocked")
        hook = "{ type filter hook forward priority -10; }"
        self._filter(f"add chain ip blocked through {hook}")
        self._filter(f"add rule ip blocked through {self._rule}")
        return self

    def __exit__(self, *_: object) -> None:
        self._filter("delete table ip blocked")

    def packets(self) -> int:
        """How many were lost."""
        return int(
            self._filter("list table ip blocked").partition("counter packets ")[2].split()[0]
        )

    def _filter(self, command: str) -> str:
        return subprocess.run(
            ["ip", "netns", "exec", self._namespace, "nft", command],
            check=True,
            capture_output=True,
            text=True,
        ).stdout


@pytest.mark.covers("M-SIP-11")
@pytest.mark.parametrize("ice", [False, True])
async def test_stun_finds_the_public_address(sides: Sides, tmp_path: Path, ice: bool) -> None:
    """The sound of a phone outside comes through, and without ICE the description names the router."""
    server = StunServer(server=f"{OUTSIDE}:{sides.coturn.port}")
    settings = configured(stun_enabled=True, stun_servers=(server,), ice_enabled=ice)
    async with behind(sides, tmp_path, settings) as (unit, phone):
        sdp = await offered(unit, phone)
        if ice:
            assert candidates(sdp, "srflx") == {ROUTER}
            assert candidates(sdp, "host") == {UNIT}
        else:
            assert sdp.host == ROUTER
            await unit.says(wire.Changed, call="Out-1", state="active", media=True)
            heard = unit.hear("Out-1")
            await eventually(lambda: phone.sound.packets, "sound of the unit")
            assert phone.sound.packets[0].source[0] == ROUTER
            assert phone.sound.packets[0].source[1] == sdp.port
            await phone.sound.say(tone(400, 1.0), (sdp.host, sdp.port))
            await eventually(
                lambda: float(np.abs(heard.samples).max(initial=0.0)) > 0.2, "the phone is heard"
            )


@pytest.mark.covers("M-SIP-12")
async def test_turn_relays_sound(sides: Sides, tmp_path: Path) -> None:
    """A phone that knows of the relay alone is heard, and hears."""
    server = TurnServer(
        server=f"{OUTSIDE}:{sides.coturn.port}", username=Coturn.USER, password=Coturn.PASSWORD
    )
    settings = configured(turn_enabled=True, turn_servers=(server,), ice_enabled=True)
    async with behind(sides, tmp_path, settings) as (unit, phone):
        sdp = await offered(unit, phone)
        assert candidates(sdp, "relay") == {OUTSIDE}
        assert sdp.host == OUTSIDE, "it is also where those send to who know nothing of ICE"
        await unit.says(wire.Changed, call="Out-1", state="active", media=True)
        heard = unit.hear("Out-1")
        unit.speak("Out-1", tone(700, 4.0, 48_000))
        await eventually(
            lambda: (
                len(phone.sound.heard()) > 8_000
                and share_of(700, phone.sound.heard()[-4_000:]) > 0.8
            ),
            "the unit is heard",
        )
        assert {packet.source for packet in phone.sound.packets} == {(OUTSIDE, sdp.port)}
        await phone.sound.say(tone(400, 1.0), (sdp.host, sdp.port))
        await eventually(
            lambda: float(np.abs(heard.samples).max(initial=0.0)) > 0.2, "the phone is heard"
        )
        assert Coturn.PASSWORD not in unit.log


@pytest.mark.covers("M-SIP-17", "M-SIP-18")
@pytest.mark.parametrize("local_contact", [False, True])
@pytest.mark.parametrize("local_via", [False, True])
async def test_the_router_s_address_is_named_unless_the_local_one_is_wanted(
    sides: Sides, tmp_path: Path, local_via: bool, local_contact: bool
) -> None:
    """The registrar tells where it was reached from; Via, and Contact with the description, follow or do not."""
    settings = configured({"allow_via_rewrite": local_via, "allow_contact_rewrite": local_contact})
    async with AsyncExitStack() as started:
        with entered(sides.nat.outside):
            server = await started.enter_async_context(RawPeer(OUTSIDE).running())
        server.when("REGISTER", seen_from)
        account = member(server.port, OUTSIDE)
        unit = await started.enter_async_context(
            stack(
                *(tmp_path, settings, account),
                codecs=SMALL,
                installation=Installation(),
                namespace=sides.nat.inside,
            )
        )
        await unit.says(wire.Registration, account="one", active=True)
        via, contact = (UNIT if local else ROUTER for local in (local_via, local_contact))
        await eventually(
            lambda: f"@{contact}:" in server.requests("REGISTER")[-1].contact(),
            "the address by which the unit is found",
        )
        unit.order(wire.Dial("Out-1", "one", f"sip:somebody@{OUTSIDE}:{server.port}"))
        invite = await server.request("INVITE")
        assert f" {via}:" in invite.header("via").split(";")[0]
        assert f"@{contact}:" in invite.contact()
        assert invite.sdp.host == contact


def seen_from(request: Message) -> Reply:
    """Let somebody register, and tell in Via where he was seen (RFC 3581)."""
    host, port = request.source
    seen = request.header("via").replace(";rport", f";received={host};rport={port}", 1)
    contact = f"{request.header('contact')};expires=60"
    return Reply(200, "OK", (("Via", seen), ("Contact", contact)))


@pytest.mark.covers("M-SIP-13")
async def test_the_ways_through_a_router_go_together(sides: Sides, tmp_path: Path) -> None:
    """ICE with STUN and TURN offers all; that no router maps a port is said, and hinders nothing."""
    at = f"{OUTSIDE}:{sides.coturn.port}"
    settings = configured(
        {"upnp_enabled": True},
        ice_enabled=True,
        stun_enabled=True,
        stun_servers=(StunServer(server=at),),
        turn_enabled=True,
        turn_servers=(TurnServer(server=at, username=Coturn.USER, password=Coturn.PASSWORD),),
    )
    async with behind(sides, tmp_path, settings) as (unit, phone):
        assert unit.said(wire.Ready)[0].upnp == "no router was found that maps ports"
        sdp = await offered(unit, phone)
        assert candidates(sdp, "host") == {UNIT}
        assert candidates(sdp, "srflx") == {ROUTER}
        assert candidates(sdp, "relay") == {OUTSIDE}
