"""The network daemon before a kernel's network of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import pytest

from common.bus.connection import Connection
from common.bus.events import EventsInterface
from common.bus.rules import RulesInterface
from common.bus.suite import EVENTS, HTTP, NETWORK, PARAMS
from common.rules import Action, Condition, Recipient, Rule
from tests.contract.network_namespace import SWITCH, UNIT, Network, network
from tests.contract.private_bus import PrivateBus, RunningDaemon, eventually
from tests.contract.test_recipients_smtp import mail_server

LEASE = ("valid_lft", "3600", "preferred_lft", "1800")


@dataclass
class Rig:
    """A unit with a cable, and what is heard of its network."""

    bus: PrivateBus
    network: Network
    events: RunningDaemon
    http: Connection
    daemon: RunningDaemon | None = None
    heard: list[str] = field(default_factory=list)

    async def start(self, grace_s: float = 60.0) -> None:
        """Start the network daemon."""
        self.daemon = await self.bus.start(
            NETWORK,
            module="tests.contract.network_process",
            NETWORK_NAMESPACE=self.network.name,
            C8210_INTERFACE=UNIT,
            C8210_ADDRESS_GRACE_S=str(grace_s),
        )

    def happened(
        self, topic: str, source: dict[str, str], data: dict[str, str], _at: float
    ) -> None:
        """Note an event in short."""
        what = topic.rpartition("/")[2].removeprefix("Address")
        self.heard.append(" ".join((what, *source.values(), *data.values())))

    async def hears(self, *wanted: str) -> None:
        """Wait until all of these were heard, in this order, and forget what was."""

        def all_heard() -> bool:
            following = iter(self.heard)
            return all(each in following for each in wanted)

        try:
            await eventually(all_heard, f"{wanted}")
        except AssertionError:
            raise AssertionError(f"{wanted} not in {self.heard}") from None
        self.heard.clear()

    def address(self, verb: str, *arguments: str) -> None:
        """Change an address of the unit."""
        self.network.ip("address", verb, *arguments, "dev", UNIT)


@asynccontextmanager
async def rig(bus: PrivateBus) -> AsyncIterator[Rig]:
    """Have a cable, the events daemon and somebody who listens."""
    with network() as made:
        made.plug()
        async with bus.joined(HTTP) as http:
            await bus.start(PARAMS)
            found = Rig(bus, made, await bus.start(EVENTS), http)
            await http.subscribe(EventsInterface.happened, EVENTS, found.happened)
            yield found


@pytest.mark.covers("M-EVT-10", part="IP address change")
async def test_addresses_that_come_and_go_are_told(bus: PrivateBus) -> None:
    """With where they come from; those at the start of a new unit are no news."""
    async with rig(bus) as unit:
        unit.address("add", "192.0.2.4/24")
        await unit.start()
        await unit.hears(f"Lost {UNIT} 0")
        assert not [each for each in unit.heard if "192.0.2.4" in each]
        unit.address("add", "192.0.2.5/24", *LEASE)
        await unit.hears(f"Added {UNIT} DHCP 192.0.2.5")
        unit.address("add", "2001:db8::5/64", "nodad")
        await unit.hears(f"Added {UNIT} Static 2001:db8::5")
        unit.address("add", "2001:db8::6/128", "nodad", *LEASE)
        await unit.hears(f"Added {UNIT} DHCP 2001:db8::6")
        unit.address("delete", "192.0.2.5/24")
        await unit.hears(f"Removed {UNIT} DHCP 192.0.2.5")
        unit.network.ip("address", "add", "192.0.2.99/24", "dev", SWITCH)
        unit.address("add", "169.254.7.7/16")
        await unit.hears(f"Added {UNIT} Link local 169.254.7.7")
        assert not [each for each in unit.heard if "192.0.2.99" in each]


async def test_an_address_is_none_while_it_is_tried(bus: PrivateBus) -> None:
    """Somebody else has it: duplicate address detection (RFC 4862)."""
    async with rig(bus) as unit:
        unit.network.ip("address", "add", "2001:db8::9/64", "nodad", "dev", SWITCH)
        await unit.start()
        await unit.hears(f"Lost {UNIT} 0")
        unit.address("add", "2001:db8::9/64")
        unit.address("add", "2001:db8::10/64")
        await unit.hears(f"Added {UNIT} Static 2001:db8::10")
        assert not [each for each in unit.heard if each.endswith("::9")]


@pytest.mark.covers("M-EVT-10", part="network lost")
async def test_a_lost_network_is_a_state(bus: PrivateBus) -> None:
    """For the interface, for any and for all of them."""
    async with rig(bus) as unit:
        await unit.start()
        await unit.hears("Lost All 0", f"Lost {UNIT} 0")
        unit.network.ip("link", "set", SWITCH, "down")
        await unit.hears("Lost Any 1", "Lost All 1", f"Lost {UNIT} 1")
        unit.network.ip("link", "set", SWITCH, "up")
        await unit.hears("Lost Any 0", "Lost All 0", f"Lost {UNIT} 0")
        unit.network.ip("link", "delete", UNIT)
        await unit.hears(f"Lost {UNIT} 1")


def leave(unit: Rig) -> None:
    """Give the unit another address, as while it was off."""
    unit.address("delete", "192.0.2.5/24")
    unit.address("add", "192.0.2.7/24", *LEASE)


def stay(_unit: Rig) -> None:
    """Change nothing."""


@pytest.mark.covers("M-HOW-03", part="another address after the unit was off")
@pytest.mark.parametrize(
    ("change", "told"),
    [(leave, [f"Added {UNIT} DHCP 192.0.2.7", f"Removed {UNIT} DHCP 192.0.2.5"]), (stay, [])],
)
async def test_an_address_that_changed_while_the_unit_was_off(
    bus: PrivateBus, change: Callable[[Rig], None], told: list[str]
) -> None:
    """It is told when the unit is on again, and not before somebody listens."""
    async with rig(bus) as unit:
        unit.address("add", "192.0.2.5/24", *LEASE)
        await unit.start()
        await unit.hears(f"Lost {UNIT} 0")
        await eventually((bus.state / "network/addresses.json").exists, "the addresses are kept")
        assert unit.daemon is not None
        unit.daemon.stop()
        unit.events.stop()
        change(unit)
        await unit.start(grace_s=0.2)
        await asyncio.sleep(0.5)  # nobody listens
        unit.heard.clear()
        unit.events = await bus.start(EVENTS)
        unit.address("add", "192.0.2.200/24")
        await unit.hears(*told, f"Added {UNIT} Static 192.0.2.200")
        unit.daemon.stop()
        unit.heard.clear()
        await unit.start()
        unit.address("delete", "192.0.2.200/24")
        await unit.hears(f"Removed {UNIT} Static 192.0.2.200")  # and none of before again


@pytest.mark.covers("M-HOW-03", part="an e-mail when the address changes")
@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
async def test_an_address_that_changes_sends_an_e_mail(bus: PrivateBus) -> None:
    """The rule of the manual: from the kernel to the mailbox."""
    async with rig(bus) as unit, mail_server() as box:
        rules = unit.http.proxy(RulesInterface, EVENTS)
        recipient = Recipient(
            "Caretaker",
            "com.axis.recipient.smtp",
            parameters={
                "email_to": "caretaker@example.com",
                "email_from": "unit@example.com",
                "host": "127.0.0.1",
                "port": str(box.port),
                "encryption": "none",
            },
        )
        action = Action(
            "com.axis.action.fixed.notification.smtp",
            parameters={"subject": "Another address", "message": "The unit moved"},
            recipient=await rules.put_recipient(text(recipient)),
        )
        moved = Condition("tns1:Device/tnsaxis:Network/AddressAdded")
        await rules.put_rule_with_action(text(Rule("Moved", 0, trigger=moved)), text(action))
        await unit.start()
        await unit.hears(f"Lost {UNIT} 0")
        unit.address("add", "192.0.2.5/24", *LEASE)
        await eventually(lambda: box.mails, "an e-mail", 30)
        to, mail = box.mails[0]
        assert (to, mail["Subject"]) == (["caretaker@example.com"], "Another address")


def text(value: object) -> str:
    """Return what goes over the bus."""
    return msgspec.json.encode(value).decode()
