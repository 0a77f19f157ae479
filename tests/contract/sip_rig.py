"""The sip daemon with params, audio and the simulated world on a bus of its own, seen by http and events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import httpx
import msgspec
import pytest

from common.bus.connection import Connection
from common.bus.sip import SipInterface
from common.bus.suite import AUDIO, EVENTS, HTTP, PARAMS, SIM, SIP
from common.sip import AccountStatus, CallStatus, State
from tests.contract.input_rig import InputRig
from tests.contract.private_bus import PrivateBus, RunningDaemon, eventually, private_bus
from tests.processes import child
from tests.suite import free_port

BUILT = find_spec("pjsua2") is not None
needs_stack = pytest.mark.skipif(not BUILT, reason="the SIP stack is not built: make pjsip")

ADDRESS = "127.0.0.1"
PEER = "peer-to-peer"

Event = tuple[str, dict[str, str], dict[str, str]]


@dataclass
class RunningSip:
    """The daemons, for the tests of a file."""

    bus: PrivateBus
    world: RunningDaemon
    params: RunningDaemon
    audio: RunningDaemon
    sip: RunningDaemon
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    rtp_port: int = 23_000

    @property
    def sound(self) -> dict[str, str]:
        """Where audio finds the simulated card."""
        return {"ALSA_CONFIG_PATH": str(self.bus.runtime / "sim" / "asound.conf")}

    async def start_sip(self) -> None:
        """Start a killed sip daemon."""
        self.sip = await self.bus.start(SIP, C8210_SIP_ADDRESS=ADDRESS)

    async def start_audio(self) -> None:
        """Start a killed audio daemon."""
        self.audio = await self.bus.start(AUDIO, **self.sound)

    async def start_params(self) -> None:
        """Start a killed params daemon."""
        self.params = await self.bus.start(PARAMS)

    def stack_pid(self) -> int | None:
        """Return the process id of the stack, if there is one."""
        return child(self.sip.process.pid, "daemons.sip.stack")


@contextmanager
def running_sip() -> Iterator[RunningSip]:
    """Run the daemons until the block ends; SIP is off."""
    with private_bus() as bus:

        async def start() -> RunningSip:
            world = await bus.start(SIM, module="hw.sim")
            params = await bus.start(PARAMS)
            audio = await bus.start(
                AUDIO, ALSA_CONFIG_PATH=str(bus.runtime / "sim" / "asound.conf")
            )
            sip = await bus.start(SIP, C8210_SIP_ADDRESS=ADDRESS)
            return RunningSip(bus, world, params, audio, sip)

        yield asyncio.run(start())


@dataclass
class SipRig:
    """What http and the events daemon see of it in one test."""

    running: RunningSip
    http: Connection
    sip: SipInterface
    """As http calls it."""
    rules: SipInterface
    """As the events daemon calls it."""
    sound: InputRig
    happened: list[Event] = field(default_factory=list)

    @property
    def uri(self) -> str:
        """Where the unit is called."""
        return f"sip:{ADDRESS}:{self.running.port}"

    # -- settings --

    async def configure(self, **fields: Any) -> None:
        """Change the configuration; `attributes` one by one."""
        attributes = fields.pop("attributes", None)
        content = fields | ({"Attributes": attributes} if attributes else {})
        await self.sip.configure(json.dumps(content), True)

    async def on(self, **attributes: Any) -> None:
        """Have SIP on and incoming calls allowed, everything else as from the factory; returns when it runs."""
        await self.off()
        running = self.running
        await self.sip.configure(
            json.dumps(
                {
                    "SIPEnabled": True,
                    "AllowIncomingCalls": True,
                    "SIPPort": running.port,
                    "SIPTLSPort": running.tls_port,
                    "RTPStartPort": running.rtp_port,
                    "Attributes": attributes,
                }
            ),
            False,
        )
        await self.sip.choose_codecs(json.dumps([{"Name": "PCMU"}]))
        await self.until_state(lambda state: state.running)

    async def off(self) -> None:
        """Have every account but the first away, and no calls."""
        accounts = json.loads(await self.sip.accounts())
        await self.account(Id=PEER, UserId=PEER, IsDefault=True)
        await self.sip.remove_accounts([each["Id"] for each in accounts if each["Id"] != PEER])
        for call in await self.calls():
            if call.call_state != "Terminated":
                await self.sip.terminate(call.call_id)
        await self.until_calls(lambda calls: all(call.stop_time for call in calls))
        self.happened.clear()

    async def account(self, **fields: Any) -> str:
        """Put an account and return its id; `attributes` are its own."""
        attributes = fields.pop("attributes", {})
        (id_,) = await self.sip.put_accounts(json.dumps([fields | {"Attributes": attributes}]))
        return id_

    async def ring(self) -> None:
        """Have calls ring instead of being answered."""
        await self.account(
            Id=PEER, UserId=PEER, IsDefault=True, attributes={"AnswerAutomatically": False}
        )

    # -- how it is --

    async def state(self) -> State:
        """Return how SIP as a whole is."""
        return msgspec.json.decode(await self.sip.state(), type=State)

    async def until_state(self, holds: Callable[[State], bool], timeout_s: float = 10.0) -> State:
        """Wait until SIP is so."""
        state = await self.state()
        try:
            async with asyncio.timeout(timeout_s):
                while not holds(state):
                    await asyncio.sleep(0.02)
                    state = await self.state()
        except TimeoutError:
            raise AssertionError(f"still {state}\n{self.running.sip.log}") from None
        return state

    async def calls(self) -> list[CallStatus]:
        """Return the calls, the newest first."""
        return msgspec.json.decode(await self.sip.calls(), type=list[CallStatus])

    async def until_calls(
        self, holds: Callable[[list[CallStatus]], bool], timeout_s: float = 10.0
    ) -> list[CallStatus]:
        """Wait until the calls are so."""
        calls = await self.calls()
        try:
            async with asyncio.timeout(timeout_s):
                while not holds(calls):
                    await asyncio.sleep(0.02)
                    calls = await self.calls()
        except TimeoutError:
            raise AssertionError(f"still {calls}\n{self.running.sip.log}") from None
        return calls

    async def until_account(
        self, id_: str, holds: Callable[[AccountStatus], bool], timeout_s: float = 10.0
    ) -> None:
        """Wait until an account is so."""
        status = None
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    statuses = msgspec.json.decode(
                        await self.sip.account_statuses(), type=list[AccountStatus]
                    )
                    (status,) = (each for each in statuses if each.sip_account_id == id_)
                    if holds(status):
                        return
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"still {status}\n{self.running.sip.log}") from None

    # -- what was told --

    def told(self) -> list[str]:
        """Return what was told of calls, in words: states as they are, reasons in brackets."""
        words = []
        for topic, _source, data in self.happened:
            if topic == "tnsaxis:Call/State":
                words.append(data["CallState"])
            elif topic == "tnsaxis:Call/StateChange":
                words.append(f"({data['Reason']})")
        return words

    async def until_told(self, *words: str) -> None:
        """Wait until exactly this was told since the last time."""
        try:
            await eventually(lambda: len(self.told()) >= len(words), "told")
        except AssertionError:
            raise AssertionError(f"told {self.told()}\n{self.running.sip.log}") from None
        assert self.told() == list(words), self.running.sip.log
        self.happened.clear()

    def pressed(self) -> list[str]:
        """Return the ids of the events that keys have caused."""
        return [
            source["DTMFEventId"]
            for topic, source, _data in self.happened
            if topic == "tnsaxis:Call/DTMF"
        ]


@asynccontextmanager
async def sip_rig(running: RunningSip) -> AsyncIterator[SipRig]:
    """Be http and the events daemon for one test."""
    bus = running.bus
    transport = httpx.AsyncHTTPTransport(uds=str(bus.runtime / "sim" / "http.sock"))
    async with (
        bus.joined(HTTP) as http,
        bus.joined(EVENTS) as events,
        httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=20) as sim,
        asyncio.TaskGroup() as tasks,
    ):
        sound = InputRig(bus, http, running.audio, running.world, sim, tasks)
        rig = SipRig(
            running, http, http.proxy(SipInterface, SIP), events.proxy(SipInterface, SIP), sound
        )

        def happened(topic: str, source: dict[str, str], data: dict[str, str], _at: float) -> None:
            rig.happened.append((topic, source, data))

        await events.subscribe(SipInterface.event, SIP, happened)
        await eventually(lambda: http.present(SIP), "sip on the bus")
        yield rig
