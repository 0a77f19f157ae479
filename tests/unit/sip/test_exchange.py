"""What the stack is told, and when it is started anew."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from common.clock import ManualClock
from common.errors import Unavailable
from daemons.sip.calls.vms_calls import Vms
from daemons.sip.dtmf import Keys
from daemons.sip.endpoint import Installation
from daemons.sip.exchange import NOT_BUILT, Exchange, Parts
from daemons.sip.records import Settings
from daemons.sip.settings.book import Book
from daemons.sip.settings.shapes import read_accounts
from daemons.sip.stack import wire
from tests.unit.sip.fakes import Calls

READY = wire.Ready("2.17", ("PCMU/8000",), tls=True)


class Kept:
    """Settings that are kept nowhere."""

    async def load(self) -> tuple[int, Settings]:
        """Return what is kept: nothing."""
        return 0, Settings()

    async def save(self, revision: int, settings: Settings) -> int:
        """Keep the settings."""
        return revision + 1


class FakeStack:
    """What the exchange wants of the stack."""

    def __init__(self) -> None:
        self.running = False
        self.reason = ""
        self.start: wire.Start | None = None
        self.identities: list[object] = []
        self.orders: list[wire.Order] = []

    def follow(self, start: wire.Start | None, identity: object) -> None:
        """Have one run that was started like this."""
        if not self.identities or self.identities[-1] != identity:
            self.identities.append(identity)
            self.running = False
        self.start = start

    def tell(self, order: wire.Order) -> None:
        """Give an order."""
        if not self.running:
            raise Unavailable("the SIP stack does not run")
        self.orders.append(order)


class FakeNames:
    """Names that are nobody's."""

    addresses: frozenset[str] = frozenset()

    def look_for(self, hosts: frozenset[str]) -> None:
        """Know these from now on."""

    def again(self) -> None:
        """The network is another one."""


class Unit:
    """The daemon without its outside."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.clock = ManualClock()
        self.stack, self.names = FakeStack(), FakeNames()
        self.built = True
        self.pressed: list[str] = []
        calls = Calls()
        calls.clock = calls.registry.clock = calls.conduct._clock = self.clock
        calls.accounts._clock = self.clock
        calls.conduct._tell = self.stack.tell
        self.calls = calls

        async def nobody() -> None:
            return None

        self.book = Book(Kept(), lambda: self.exchange.follow())
        self.exchange = Exchange(
            Parts(
                *(self.stack, self.book, calls.registry, calls.accounts, calls.conduct),
                Vms(calls.registry, tasks, nobody, self.clock),
                Keys(lambda event, _call: self.pressed.append(event)),
                *(self.names, self.clock, Installation, lambda: self.built),
            )
        )

    async def configure(self, **fields: Any) -> None:
        """Change the configuration."""
        await self.book.configure(json.dumps(fields), True)

    async def on(self) -> None:
        """Have SIP on, and the stack ready."""
        await self.configure(SIPEnabled=True, AllowIncomingCalls=True)
        self.ready()

    def ready(self) -> None:
        """The stack says that it runs."""
        self.stack.running = True
        self.exchange.heard(READY)
        self.stack.orders.clear()

    def is_called(self) -> None:
        """Somebody calls, and is answered."""
        self.exchange.heard(
            wire.Incoming("In-1", "peer-to-peer", "<sip:a@192.0.2.7>", "<sip:b>", "192.0.2.7")
        )
        self.exchange.heard(wire.Changed("In-1", "active", 200))


@pytest.fixture
async def unit() -> AsyncIterator[Unit]:
    """A unit from the factory."""
    async with asyncio.TaskGroup() as tasks:
        made = Unit(tasks)
        await made.book.load()
        made.exchange.addresses_changed(("192.0.2.1",))
        made.exchange.follow()
        yield made


async def test_nothing_runs_before_sip_is_enabled(unit: Unit) -> None:
    """And nothing is wrong about that."""
    assert unit.stack.start is None
    state = unit.exchange.state()
    assert (state.enabled, state.built, state.running, state.reason) == (False, True, False, "")
    assert state.addresses == ("sip:192.0.2.1",)


async def test_without_a_stack_settings_are_kept_and_said_to_do_nothing(unit: Unit) -> None:
    """In words that say what to do."""
    unit.built = False
    await unit.configure(SIPEnabled=True)
    assert unit.stack.start is None
    assert (unit.exchange.state().built, unit.exchange.state().reason) == (False, NOT_BUILT)


async def test_settings_are_applied_to_a_stack_that_runs(unit: Unit) -> None:
    """Those that it can take over, and only when they are others."""
    await unit.on()
    await unit.configure(CallingTimeout=30)
    assert unit.stack.orders == []
    await unit.configure(AllowIncomingCalls=False)
    (order,) = unit.stack.orders
    assert isinstance(order, wire.Apply)
    assert not order.settings.allow_incoming
    assert len(unit.stack.identities) == 2


async def test_others_start_it_anew_at_once_or_after_the_last_call(unit: Unit) -> None:
    """And meanwhile it is said that they wait."""
    await unit.on()
    await unit.configure(SIPPort=5070)
    assert unit.stack.start is not None
    assert unit.stack.start.endpoint.udp_port == 5070
    assert len(unit.stack.identities) == 3
    unit.ready()
    unit.is_called()
    await unit.configure(SIPPort=5080, AllowIncomingCalls=False)
    assert unit.exchange.state().waits_for_calls
    assert unit.stack.start.endpoint.udp_port == 5070
    assert [type(order) for order in unit.stack.orders] == [wire.Answer, wire.Apply]
    unit.exchange.heard(wire.Changed("In-1", "ended", 200))
    assert unit.stack.start.endpoint.udp_port == 5080
    assert not unit.exchange.state().waits_for_calls


async def test_settings_that_are_taken_back_wait_for_nothing(unit: Unit) -> None:
    """The stack that runs is the right one again."""
    await unit.on()
    unit.is_called()
    await unit.configure(SIPPort=5080)
    await unit.configure(SIPPort=5060)
    assert not unit.exchange.state().waits_for_calls
    unit.exchange.heard(wire.Changed("In-1", "ended", 200))
    assert len(unit.stack.identities) == 2


async def test_other_addresses_start_it_anew(unit: Unit) -> None:
    """A transport that stands is bound to those there were."""
    await unit.on()
    unit.exchange.addresses_changed(("192.0.2.2",))
    assert len(unit.stack.identities) == 3


async def test_switched_off_all_calls_end(unit: Unit) -> None:
    """As somebody wanted."""
    await unit.on()
    unit.is_called()
    unit.calls.told()
    await unit.configure(SIPEnabled=False)
    assert unit.stack.orders[-1] == wire.HangUp("In-1")
    assert unit.stack.start is None
    unit.stack.running = False
    unit.exchange.lost()
    assert unit.calls.told() == ["(Terminated)", "Idle"]


async def test_a_server_that_is_given_up_is_another_account_of_the_stack(unit: Unit) -> None:
    """The settings say so, and time brings the next try."""
    await unit.on()
    account = {"UserId": "joe", "Registrar": "192.0.2.9", "SecondaryRegistrar": "192.0.2.10"}
    (joe,) = await unit.book.put_accounts(json_accounts(account))
    unit.exchange.heard(wire.Registration(joe, 503, "away", active=False))
    unit.clock.advance(1)
    unit.stack.orders.clear()
    unit.exchange.expire()
    assert wire.Register(joe) in unit.stack.orders
    unit.exchange.heard(wire.Registration(joe, 403, "no", active=False))
    assert unit.stack.start is not None
    ids = [each.id for each in unit.stack.start.settings.accounts]
    assert ids == ["peer-to-peer", f"{joe}/secondary"]


async def test_nobody_presses_keys_before_he_is_answered(unit: Unit) -> None:
    """What a sequence causes may be for those alone whom somebody here has let in."""
    await unit.on()
    rings = {"Id": "peer-to-peer", "Attributes": {"AnswerAutomatically": False}}
    await unit.book.put_accounts(read_accounts(json.dumps([rings])))
    await unit.book.put_dtmf("event", '[{"Id": "door", "Name": "door"}]')
    trigger = '[{"Id": "one", "DTMFSequence": "1", "DTMFEventId": "door"}]'
    await unit.book.put_dtmf("trigger", trigger)
    shared = '[{"Id": "dtmf_config_default", "DTMFTriggerId": ["one"]}]'
    await unit.book.put_dtmf("configuration", shared)
    unit.exchange.heard(
        wire.Incoming("In-1", "peer-to-peer", "<sip:a@192.0.2.7>", "<sip:b>", "192.0.2.7")
    )
    unit.exchange.heard(wire.Dtmf("In-1", "1"))
    assert unit.pressed == []
    assert unit.exchange.answer_calls() == 1
    unit.exchange.heard(wire.Dtmf("In-1", "1"))
    assert unit.pressed == ["door"]


def json_accounts(*accounts: dict[str, str]) -> Any:
    """Return accounts as they come over the bus."""
    return read_accounts(json.dumps(accounts))
