"""Settings of SIP with the real params daemon: nothing acknowledged is lost, nothing secret is told."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from common.bus.params import ParamsInterface, ParamsSecretsInterface
from common.bus.sip import SipInterface
from common.bus.suite import EVENTS, HTTP, PARAMS, SIP, SYSTEM
from common.errors import InvalidValue, NotPermitted, Unavailable
from common.params.client import ParamsClient
from common.sip import HIDDEN, PEER_TO_PEER, Account, Configuration, SipProxy
from tests.contract.private_bus import PrivateBus

PATIENCE_S = 15.0
MARKERS = [f"Marker-{word}-4711" for word in ("account", "proxy", "spare", "turn")]


async def accounts(sip: SipInterface) -> list[Account]:
    """Return the accounts as they are shown."""
    return msgspec.json.decode(await sip.accounts(), type=list[Account])


async def put(sip: SipInterface, *given: Account | dict[str, Any]) -> list[str]:
    """Put accounts."""
    return await sip.put_accounts(msgspec.json.encode(given).decode())


class Writer:
    """Somebody who makes accounts, each the default one, and knows which were acknowledged."""

    def __init__(self, sip: SipInterface, name: str) -> None:
        self.sip = sip
        self.name = name
        self.attempted = 0
        self.acknowledged: list[str] = []
        self.interval = 0
        """The last one acknowledged."""

    async def write(self) -> None:
        """Until the daemon does not answer, or there are enough."""
        try:
            for _each in range(8):
                self.attempted += 1
                user = f"{self.name}-{self.attempted}"
                one = Account(user_id=user, registrar="pbx", password=user, is_default=True)
                await put(self.sip, one)
                self.acknowledged.append(user)
                sent = {"Attributes": {"RegistrationInterval": 1000 + self.attempted}}
                await self.sip.configure(json.dumps(sent), True)
                self.interval = 1000 + self.attempted
        except Unavailable:
            return

    async def check(self) -> None:
        """What was acknowledged is there, and there is one default account."""
        found = await accounts(self.sip)
        assert [each.is_default for each in found].count(True) == 1
        own = {each.user_id for each in found if each.user_id.startswith(self.name)}
        assert set(self.acknowledged) <= own
        assert len(own) <= self.attempted
        assert {each.password for each in found if each.user_id in own} <= {HIDDEN}
        shown = msgspec.json.decode(await self.sip.configuration(), type=Configuration)
        # Before its first write was acknowledged it may have the interval of the factory.
        assert shown.attributes.registration_interval in {
            self.interval or 300,
            1000 + self.attempted,
        }
        self.interval = shown.attributes.registration_interval


@pytest.mark.timeout(120)
async def test_no_kill_loses_an_acknowledged_setting(bus: PrivateBus) -> None:
    """The daemon is killed while somebody writes, then the params daemon, and again."""
    daemons = {member: await bus.start(member) for member in (PARAMS, SIP)}
    chance = random.Random()
    async with bus.joined(HTTP) as http:
        writer = Writer(http.proxy(SipInterface, SIP), "w")
        for victim in (SIP, PARAMS) * 2:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(writer.write(), name="writer")
                await asyncio.sleep(chance.uniform(0.0, 0.1))
                daemons[victim].kill()
            daemons[victim] = await bus.start(victim)
            await _until(lambda: _answers(writer.sip))
            await writer.check()
        await writer.write()
        assert len(writer.acknowledged) >= 8
        await writer.check()
        daemons[SIP].kill()
        await bus.start(SIP)
        await writer.check()


async def test_no_secret_is_told(bus: PrivateBus) -> None:
    """Not when it is read back, not to another daemon, not in a log, and not in clear on the disk."""
    daemons = [await bus.start(PARAMS), await bus.start(SIP)]
    account, proxy, spare, turn = MARKERS
    async with bus.joined(HTTP) as http, bus.joined(EVENTS) as events:
        sip = http.proxy(SipInterface, SIP)
        await put(
            sip,
            Account(
                user_id="100",
                registrar="pbx",
                password=account,
                sip_proxies=(SipProxy(server="one", username="u", password=proxy),),
                secondary_sip_proxies=(SipProxy(server="two", username="u", password=spare),),
            ),
        )
        servers = [{"Server": "turn", "Username": "u", "Password": turn}]
        await sip.configure(json.dumps({"TURNServers": servers}), True)
        with pytest.raises(InvalidValue) as refusal:
            await put(sip, Account(user_id="1", registrar="pbx", password=f"{account}\n"))
        with pytest.raises(InvalidValue) as refusal_of_shape:
            await put(sip, {"UserId": "1", "Password": account * 20})
        told = [
            refusal.value.message,
            refusal_of_shape.value.message,
            await sip.accounts(),
            await sip.configuration(),
            await sip.state(),
            await sip.account_statuses(),
        ]
        assert told[2].count(HIDDEN) == 3
        # What a daemon that may list records finds of others.
        params = events.proxy(ParamsInterface, PARAMS)
        [(id_, _revision, content)] = await params.records("sip")
        told.append(content)
        for connection in (http, events):
            with pytest.raises(NotPermitted):
                await connection.proxy(ParamsSecretsInterface, PARAMS).get(f"sip/{id_}")
        assert daemons.pop().stop() == 0
        # They are kept all the same: what a daemon that starts anew has is shown as hidden.
        daemons.append(await bus.start(SIP))
        assert (await sip.accounts()).count(HIDDEN) == 3
        assert (await sip.configuration()).count(HIDDEN) == 1
        for daemon in reversed(daemons):
            assert daemon.stop() == 0
            told.append(daemon.log)
    kept = [file.read_bytes() for file in (bus.state / "params").iterdir()]
    assert kept
    for marker in MARKERS:
        assert not any(marker in text for text in told)
        assert not any(marker.encode() in content for content in kept)


@pytest.mark.parametrize("level", ["restore", "factory_default"])
@pytest.mark.covers("M-SIP-24", part="there again after a reset")
async def test_a_reset_clears_everything(bus: PrivateBus, level: str) -> None:
    """Without a new start, and whoever comes next begins with what the factory gave."""
    await bus.start(PARAMS)
    await bus.start(SIP)
    async with bus.joined(HTTP) as http, bus.joined(SYSTEM) as system:
        sip = http.proxy(SipInterface, SIP)
        factory = await _everything(sip)
        [own] = await put(
            sip, Account(user_id="1", registrar="pbx", password="hush", is_default=True)
        )
        await sip.remove_accounts([PEER_TO_PEER])
        await sip.configure('{"AllowIncomingCalls": true, "SIPPort": 6000}', True)
        await sip.choose_codecs('[{"Name": "PCMA"}]')
        await sip.configure_vms_calls('{"Enabled": true}')
        await sip.put_dtmf("event", '[{"Name": "stop audio"}]')
        await sip.put_dtmf("trigger", '[{"DTMFSequence": "1", "DTMFEventId": "dtmf_event_0"}]')
        changed = await _everything(sip)
        assert not any(one == other for one, other in zip(factory, changed, strict=True))
        await ParamsClient(system).bus.reset(level, "test")

        async def cleared() -> bool:
            return await _everything(sip) == factory

        await _until(cleared)
        assert await put(sip, Account(user_id="1", registrar="pbx")) == [own]
        assert (await accounts(sip))[1].password == ""


async def _everything(sip: SipInterface) -> list[str]:
    """Return all that can be set."""
    return [
        await sip.accounts(),
        await sip.configuration(),
        await sip.codecs(),
        await sip.vms_calls(),
        json.dumps(await sip.dtmf()),
    ]


async def _answers(sip: SipInterface) -> bool:
    try:
        await sip.configure("{}", True)
    except Unavailable:
        return False
    return True


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            await asyncio.sleep(0.02)
