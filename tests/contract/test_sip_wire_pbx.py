"""The unit at a PBX: it registers, is called and calls through it; and what it does when the server fails."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.contract.mqtt_rig import make_certificates
from tests.contract.sip_dialog import Dialog, call, taken
from tests.contract.sip_message import Address, Login
from tests.contract.sip_peers import RawPeer, says
from tests.contract.sip_rig import RunningSip, SipRig, needs_stack, running_sip
from tests.contract.sip_rtp import RATE
from tests.contract.sip_servers import REALM, Kamailio
from tests.contract.sip_servers import running as running_servers
from tests.contract.sip_sound import likeness, rising
from tests.contract.sip_wire_rig import HOST

pytestmark = needs_stack

UNIT_LOGIN, UNIT_PASSWORD = "speaker-login", "Marker-pbx-4711"
PHONE, PHONE_PASSWORD = "phone", "another"
ALIKE = 0.75
"""By telephone, resampled, and cleaned of what the loudspeaker plays."""


@pytest.fixture(scope="module")
def sip_daemons() -> Iterator[RunningSip]:
    """The daemons of this file's tests; the unit has a certificate."""
    with running_sip() as started:
        folder = started.bus.state / "system" / "tls" / "sip"
        folder.mkdir(parents=True)
        make_certificates(folder)
        for made, name in (("own.key", "key.pem"), ("own.pem", "certificate.pem")):
            (folder / made).rename(folder / name)
        yield started


@pytest.fixture
def pbx(tmp_path: Path) -> Iterator[Kamailio]:
    """A registrar and proxy that knows the unit and a phone."""
    make_certificates(tmp_path)
    users = {UNIT_LOGIN: UNIT_PASSWORD, PHONE: PHONE_PASSWORD}
    own = (tmp_path / "own.pem", tmp_path / "own.key")
    server = Kamailio(tmp_path, users, certificate=own)
    with running_servers(server):
        yield server


def through(pbx: Kamailio, phone: RawPeer, uri: str) -> Dialog:
    """Begin something of the phone's by way of the PBX."""
    dialog = call(phone, uri, to=(HOST, pbx.port))
    dialog.local = dialog.local.replace(phone.uri(), f"sip:{PHONE}@{REALM}")
    dialog.login = Login(PHONE, PHONE_PASSWORD)
    return dialog


async def both_hear(rig: SipRig, phone: RawPeer, to: Address) -> None:
    """Say something at either end, one after the other, until the other one has heard it.

    At the same time the echo canceller would take away some of what the microphone hears.
    """
    said = np.append(rising(0.3, RATE), np.zeros(RATE // 2))
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        speaking = tasks.create_task(phone.sound.say(np.tile(said, 40), to), name="phone")
        while True:
            heard, _ = await rig.sound.speaker(4.0)
            if likeness(heard.astype(np.float64), rising(0.3))[0] > ALIKE:
                break
            await asyncio.sleep(0.1)
        speaking.cancel()
        before = len(phone.sound.heard())
        while True:
            await rig.sound.hears(rising(0.3, falls=True))
            await asyncio.sleep(0.8)
            heard_there = phone.sound.heard()[before:]
            if likeness(heard_there, rising(0.3, RATE, falls=True))[0] > ALIKE:
                break


@pytest.mark.covers("M-HOW-02")
@pytest.mark.covers("M-HOW-09")
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_through_a_pbx_the_unit_is_called_and_calls(
    rig: SipRig, pbx: Kamailio, transport: str
) -> None:
    """With all that its provider tells: user ID, domain, password, authentication ID, caller ID, registrar.

    Unit and phone are called at the registrar's address, and at the domain, which no name server knows; where they
    themselves are the PBX alone is told.
    """
    await rig.sound.on()
    async with RawPeer().running() as phone:
        registering = through(pbx, phone, f"sip:{REALM}")
        registering.remote = f"<sip:{PHONE}@{REALM}>"
        assert (await registering.ask("REGISTER", ("Expires", "300"))).status == 200
        account = await rig.account(
            Name="PBX",
            UserId="4711",
            PublicDomain=REALM,
            Registrar=f"{HOST}:{pbx.tls_port if transport == 'tls' else pbx.port}",
            AuthenticationId=UNIT_LOGIN,
            Password=UNIT_PASSWORD,
            CallerId="Gate north",
            Transport=transport,
        )
        await rig.until_account(account, lambda status: status.status_text == "OK")
        rig.happened.clear()

        domain = f"{HOST}:{pbx.port}" if transport == "udp" else REALM
        dialog = through(pbx, phone, f"sip:4711@{domain}")
        answer = await dialog.ask("INVITE", body=phone.offer())
        assert answer.status == 200, pbx.log
        if transport == "udp":
            await both_hear(rig, phone, (answer.sdp.host, answer.sdp.port))
        (up,) = [each for each in await rig.calls() if not each.stop_time]
        assert up.sip_account_id == account
        assert (await dialog.ask("BYE")).status == 200
        await rig.until_told("(AcceptedByDevice)", "Active", "(Terminated)", "Idle")

        await rig.sip.call(f"sip:{PHONE}@{domain}", account)
        invite = await phone.request("INVITE")
        assert invite.header("from").startswith(f'"Gate north" <sip:4711@{REALM}>')
        await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
        if transport == "tcp":
            await both_hear(rig, phone, (invite.sdp.host, invite.sdp.port))
        assert (await taken(phone, invite).ask("BYE")).status == 200
        await rig.until_told("(Terminated)", "Idle")
        assert UNIT_PASSWORD not in rig.running.sip.log


@pytest.mark.covers("M-SIP-23")
async def test_an_account_shows_whether_it_is_registered(rig: SipRig, pbx: Kamailio) -> None:
    """Green, wrong credentials, a server that does not know the account, none at all; and in words."""
    server = {"UserId": "4711", "Registrar": f"{HOST}:{pbx.port}", "AuthenticationId": UNIT_LOGIN}
    good = await rig.account(**server, Password=UNIT_PASSWORD)
    await rig.until_account(good, lambda status: status.status == 200)
    wrong = await rig.account(**{**server, "UserId": "4712"}, Password="guessed")
    await rig.until_account(
        wrong, lambda status: status.status in (401, 403) and "password" in status.status_text
    )
    async with RawPeer().running() as peer:
        peer.when("REGISTER", says(404))
        lost = await rig.account(UserId="4713", Registrar=f"{HOST}:{peer.port}", Password="x")
        await rig.until_account(
            lost, lambda status: status.status == 404 and "not know" in status.status_text
        )
    statuses = {each["SIPAccountId"]: each for each in json.loads(await rig.sip.account_statuses())}
    assert statuses[good]["StatusText"] == "OK"


@pytest.mark.covers("M-SIP-21")
async def test_it_tries_as_often_as_is_set_and_stops(rig: SipRig) -> None:
    """A server that refuses is left alone after that."""
    await rig.on(MaxRetransmissions=2)
    async with RawPeer().running() as server:
        server.when("REGISTER", says(503))
        account = await rig.account(
            UserId="4711", Registrar=f"{HOST}:{server.port}", Password="secret"
        )
        await server.request("REGISTER", 2)
        await rig.until_account(account, lambda status: status.status == 503)
        # The third try would come two seconds after the second.
        await asyncio.sleep(3.0)
        assert len(server.requests("REGISTER")) == 2


@pytest.mark.covers("M-SIP-22", "M-SIP-40")
async def test_the_secondary_server_takes_over_until_the_primary_is_back(rig: SipRig) -> None:
    """Calls go by the one that is in use; ten seconds after the failover, the least there is, the primary is tried."""
    await rig.on(MaxRetransmissions=1, FailbackTime=10)
    async with RawPeer().running() as primary, RawPeer().running() as secondary:
        primary.when("REGISTER", says(503))
        account = await rig.account(
            UserId="4711",
            Registrar=f"{HOST}:{primary.port}",
            SecondaryRegistrar=f"{HOST}:{secondary.port}",
            Password="secret",
        )
        await rig.until_account(account, lambda status: status.failed_over and status.status == 200)
        assert len(primary.requests("REGISTER")) == 1
        await rig.sip.call("sip:somebody@" + f"{HOST}:{secondary.port}", account)
        invite = await secondary.request("INVITE")
        assert f"@{HOST}:{secondary.port}>" in invite.header(
            "from"
        ) or f"@{HOST}>" in invite.header("from")
        primary.when("REGISTER", primary.usual)
        second = await primary.request("REGISTER", 2, timeout_s=14.0)
        first = secondary.requests("REGISTER")[0]
        assert 9.0 < second.at - first.at < 13.0
        await rig.until_account(account, lambda status: not status.failed_over)
        await rig.until_account(account, lambda status: status.status == 200)
