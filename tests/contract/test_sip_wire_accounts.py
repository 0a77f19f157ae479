"""What the settings of an account do, as a server and a phone see it in the messages."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from common.sip import MOST_ENTITIES, SipProxy
from daemons.sip.endpoint import Installation
from daemons.sip.stack import wire
from tests.contract.network_namespace import network
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import call
from tests.contract.sip_message import Login, address_in, host_and_port
from tests.contract.sip_nat import entered, names
from tests.contract.sip_peers import RawPeer
from tests.contract.sip_wire_rig import (
    HOST,
    alone,
    answered,
    configured,
    member,
    needs_stack,
    stack,
)

pytestmark = needs_stack

BOTH = "both.test"
"""A name with an IPv4 and an IPv6 address."""


@pytest.mark.covers("M-SIP-30", "M-SIP-32", "M-SIP-34", "M-SIP-35")
async def test_a_registered_account_says_who_it_is(tmp_path: Path) -> None:
    """User id, domain, caller id and registrar, in REGISTER and INVITE."""
    async with RawPeer().running() as peer:
        own = member(peer.port, user_id="4711", public_domain="pbx.test", caller_id="Gate A, north")
        async with stack(tmp_path, configured(), own) as unit:
            register = await peer.request("REGISTER")
            await unit.says(wire.Registration, account="one", active=True)
            assert register.destination == (HOST, peer.port)
            assert address_in(register.header("to")) == "sip:4711@pbx.test"
            assert register.contact().startswith("sip:4711@")
            unit.order(wire.Dial("Out-1", "one", peer.uri("somebody")))
            invite = await peer.request("INVITE")
            assert address_in(invite.header("from")) == "sip:4711@pbx.test"
            assert invite.header("from").startswith('"Gate A, north" <')


@pytest.mark.covers("M-SIP-31")
async def test_only_a_registered_account_registers(tmp_path: Path) -> None:
    """A peer-to-peer account beside it calls, and is called, without a server."""
    async with RawPeer().running() as peer:
        direct = alone(id="direct", user_id="gate")
        own = member(peer.port, is_default=False)
        settings = configured()
        async with stack(tmp_path, settings, direct, own) as unit:
            await unit.says(wire.Registration, account="one", active=True)
            unit.order(wire.Dial("Out-1", "direct", peer.uri()))
            invite = await peer.request("INVITE")
            assert address_in(invite.header("from")).startswith(f"sip:gate@{HOST}")
            assert len(peer.requests("REGISTER")) == 1
            assert all(said.account == "one" for said in unit.said(wire.Registration))
            # Whoever calls the unit itself gets the peer-to-peer account; who calls the user, his.
            _, answer = await answered(
                unit, call(peer, f"sip:{HOST}:{settings.sip_port}"), peer.offer()
            )
            assert answer.status == 200
            assert unit.said(wire.Incoming)[-1].account == "direct"


@pytest.mark.covers("M-SIP-33")
@pytest.mark.parametrize(("given", "used"), [("", "unit"), ("login-of-unit", "login-of-unit")])
async def test_it_logs_in_with_the_authentication_id(tmp_path: Path, given: str, used: str) -> None:
    """With the user id where none is given; the password itself never leaves the unit."""
    async with RawPeer().running() as peer:
        login = Login(used, "Marker-sip-4711")
        peer.asks(login, "REGISTER")
        async with stack(
            tmp_path, configured(), member(peer.port, authentication_id=given)
        ) as unit:
            await unit.says(wire.Registration, account="one", code=200, active=True)
            first, second = peer.requests("REGISTER")[:2]
            assert login.given(first) is None
            assert login.accepts(second)
            assert address_in(second.header("from")).startswith("sip:unit@")
            assert b"Marker-sip" not in b"".join(part.body for part in peer.messages)


@pytest.mark.covers("M-SIP-33", part="a wrong password")
async def test_a_wrong_password_is_told_and_not_tried_for_ever(tmp_path: Path) -> None:
    """A server that locks accounts is given no reason to."""
    async with RawPeer().running() as peer:
        peer.asks(Login("unit", "another"), "REGISTER")
        async with stack(tmp_path, configured(), member(peer.port)) as unit:
            said = await unit.says(wire.Registration, account="one", active=False)
            assert said.code in (401, 403)
            assert len(peer.requests("REGISTER")) <= 3


@pytest.mark.covers("M-SIP-36", part="UDP and TCP")
@pytest.mark.parametrize("way", ["udp", "tcp"])
async def test_the_transport_is_the_one_that_is_set(tmp_path: Path, way: str) -> None:
    """Nothing goes another way."""
    async with (
        RawPeer().running() as peer,
        stack(
            tmp_path,
            configured({"disable_tcp_switch": True}),
            member(peer.port, transport=way),
        ) as unit,
    ):
        await unit.says(wire.Registration, account="one", active=True)
        unit.order(wire.Dial("Out-1", "one", f"sip:somebody@{HOST}:{peer.port}"))
        await unit.says(wire.Changed, call="Out-1", state="active")
        ways = {message.way for message in peer.messages}
        assert ways == {way}
        assert f"SIP/2.0/{way.upper()}" in (await peer.request("INVITE")).header("via")


@pytest.mark.covers("M-SIP-19")
async def test_it_registers_at_the_interval_that_is_set(tmp_path: Path) -> None:
    """The interval is asked of the server, and kept."""
    async with RawPeer().running() as peer:
        settings = configured({"registration_interval": 10})
        async with stack(tmp_path, settings, member(peer.port)) as unit:
            first = await peer.request("REGISTER")
            assert first.header("expires") == "10"
            await unit.says(wire.Registration, account="one", active=True)
            # In time before it ends, and not at once.
            second = await peer.request("REGISTER", 2, timeout_s=11.0)
            assert 2.0 < second.at - first.at < 10.0
            assert second.header("expires") == "10"


@pytest.mark.covers("M-SIP-28")
@pytest.mark.parametrize("prioritized", [False, True])
async def test_a_name_with_both_addresses_is_reached_by_the_prioritized_one(
    tmp_path: Path, prioritized: bool
) -> None:
    """Signalling and sound."""
    with network() as network_, names(network_.name, BOTH, "127.0.0.1", "::1"):
        async with AsyncExitStack() as started:
            with entered(network_.name):
                four = await started.enter_async_context(RawPeer().running())
                six = await started.enter_async_context(RawPeer("::1", port=four.port).running())
            own = member(four.port, BOTH, prioritize_ipv6=prioritized)
            unit = await started.enter_async_context(
                stack(
                    tmp_path,
                    configured(),
                    own,
                    installation=Installation(),
                    namespace=network_.name,
                )
            )
            await unit.says(wire.Registration, account="one", active=True)
            reached, other = (six, four) if prioritized else (four, six)
            assert reached.requests("REGISTER")
            assert not other.messages
            unit.order(wire.Dial("Out-1", "one", f"sip:somebody@{BOTH}:{four.port}"))
            invite = await reached.request("INVITE")
            assert (":" in invite.sdp.host) is prioritized
            assert not other.messages


@pytest.mark.covers("M-SIP-42")
@pytest.mark.parametrize("turned", [False, True])
async def test_requests_take_the_proxies_in_their_order_and_log_in(
    tmp_path: Path, turned: bool
) -> None:
    """The first proxy sees the whole route, and lets in who knows its password."""
    async with (
        RawPeer().running() as one,
        RawPeer().running() as two,
        RawPeer().running() as registrar,
    ):
        peers = (two, one) if turned else (one, two)
        first = peers[0]
        login = Login("through", "Marker-proxy-4711", "first", "Proxy-Authenticate")
        for method in ("REGISTER", "INVITE"):
            first.asks(login, method)
        proxies = tuple(
            SipProxy(
                server=f"{HOST}:{peer.port}",
                **({"username": login.user, "password": login.password} if peer is first else {}),
            )
            for peer in peers
        )
        own = member(registrar.port, sip_proxies=proxies)
        async with stack(tmp_path, configured(), own) as unit:
            await unit.says(wire.Registration, account="one", active=True)
            unit.order(wire.Dial("Out-1", "one", registrar.uri("somebody")))
            await unit.says(wire.Changed, call="Out-1", state="active")
            for method, uri in (
                ("REGISTER", f"sip:{HOST}:{registrar.port}"),
                ("INVITE", registrar.uri("somebody")),
            ):
                asked, let_in = first.requests(method)[:2]
                assert login.given(asked) is None
                assert login.accepts(let_in)
                routes = [
                    host_and_port(address_in(part))
                    for value in let_in.all("route")
                    for part in value.split(",")
                ]
                assert routes == [(HOST, peer.port) for peer in peers]
                assert let_in.uri == uri
            assert not registrar.messages


async def test_nobody_but_the_account_s_own_servers_is_given_a_login(tmp_path: Path) -> None:
    """Who is called, or calls, gets no digest of the server's password to guess at."""
    async with RawPeer().running() as server, RawPeer("127.0.0.5").running() as stranger:
        settings = configured()
        async with stack(tmp_path, settings, member(server.port)) as unit:
            await unit.says(wire.Registration, account="one", active=True)
            for number, header in enumerate(("WWW-Authenticate", "Proxy-Authenticate")):
                login = Login("unit", "guessed", "curious", header)  # type: ignore[arg-type]
                stranger.asks(login, "INVITE")
                unit.order(wire.Dial(f"Out-{number}", "one", stranger.uri()))
                await unit.says(wire.Changed, call=f"Out-{number}", state="ended")
            stranger.asks(Login("unit", "guessed"), "BYE")
            dialog = call(stranger, f"sip:{HOST}:{settings.sip_port}")
            name, _ = await answered(unit, dialog, stranger.offer())
            await unit.says(wire.Changed, call=name, state="active")
            unit.order(wire.HangUp(name))
            await stranger.request("BYE")
            await unit.says(wire.Changed, call=name, state="ended")
            for message in stranger.messages:
                assert not message.all("authorization"), message.start
                assert not message.all("proxy-authorization"), message.start


async def test_a_hundred_accounts_register(tmp_path: Path) -> None:
    """As many as there may be."""
    async with RawPeer().running() as server:
        accounts = [
            member(server.port, id=f"account_{number}", user_id=f"{number}", is_default=not number)
            for number in range(MOST_ENTITIES)
        ]
        async with stack(tmp_path, configured(), *accounts) as unit:
            await eventually(
                lambda: (
                    len({said.account for said in unit.said(wire.Registration) if said.active})
                    == MOST_ENTITIES
                ),
                "all are registered",
            )
            assert len({message.contact() for message in server.requests("REGISTER")}) == 100
