"""What a reset leaves of rules: nothing of the one before, and a daemon that goes on without a new start."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from common.bus.rules import RulesInterface
from common.bus.suite import EVENTS, HTTP, PARAMS, SYSTEM
from common.params.client import ParamsClient
from common.rules import Action, Condition, Recipient, Rule, Schedule, Search
from daemons.events.topics import SCHEDULE_INTERVAL
from tests.contract.delivery_rig import PATIENCE_S, sink
from tests.contract.mqtt_rig import mqtt_unit, running_broker
from tests.contract.private_bus import PrivateBus

ALWAYS = "DTSTART:19700101T000000\r\nDTEND:19700102T000000\r\nRRULE:FREQ=DAILY"


class Owner:
    """Somebody who sets up a rule that sends a text at once."""

    def __init__(self, rules: RulesInterface) -> None:
        self.rules = rules

    async def sets_up(self, name: str, port: int) -> int:
        """Send the name to a port of this machine; return the recipient's number."""
        recipient = await self.rules.put_recipient(
            _json(
                Recipient(
                    name,
                    "com.axis.recipient.tcp",
                    parameters={"host": "127.0.0.1", "port": f"{port}"},
                )
            )
        )
        schedule = await self.rules.put_schedule(_json(Schedule(name, ALWAYS)))
        content = f'boolean(//SimpleItem[@Name="id" and @Value="{schedule}"])'
        action = Action(
            "com.axis.action.fixed.notification.tcp", 0, name, {"message": name}, recipient
        )
        rule = Rule(name, 0, conditions=(Condition(SCHEDULE_INTERVAL.name, content),))
        await self.rules.put_rule_with_action(_json(rule), _json(action))
        return recipient

    async def deliveries(self) -> list[dict[str, Any]]:
        """Return how far messages are."""
        found: list[dict[str, Any]] = json.loads(await self.rules.deliveries())
        return found

    async def recorded(self, text: str) -> list[Any]:
        """Return what the record knows of a text."""
        found: list[Any] = json.loads(await self.rules.record(_json(Search(text=text))))
        return found


@pytest.mark.covers("M-MNT-03", part="events")
@pytest.mark.parametrize("level", ["restore", "factory_default"])
async def test_the_next_owner_gets_nothing_of_the_one_before(bus: PrivateBus, level: str) -> None:
    """Neither the messages that wait for a recipient of the same number, nor what the record knew."""
    await bus.start(PARAMS)
    await bus.start(EVENTS)
    async with bus.joined(HTTP) as http, bus.joined(SYSTEM) as system, sink() as there:
        owner = Owner(http.proxy(RulesInterface, EVENTS))
        before = await owner.sets_up("hush", 1)

        async def tried() -> bool:
            return any(each["attempts"] for each in await owner.deliveries())

        await _until(tried)
        assert await owner.recorded("hush")
        await ParamsClient(system).bus.reset(level, "test")

        async def forgotten() -> bool:
            return not await owner.recorded("hush") and "hush" not in await owner.rules.rules()

        await _until(forgotten)
        assert await owner.deliveries() == []
        assert await owner.sets_up("fresh", there.port) == before
        await there.gets(1)
        assert there.texts == ["fresh"]


async def test_the_broker_of_the_owner_before_is_left(bus: PrivateBus, tmp_path: Path) -> None:
    """At once, and whoever comes next begins with nothing and can set up the client anew."""
    with running_broker(tmp_path) as broker:
        async with mqtt_unit(bus, broker) as unit, bus.joined(SYSTEM) as system:
            await unit.connect(broker.ports["tcp"])
            await unit.publish_events({"topicFilter": "//."})
            await ParamsClient(system).bus.reset("restore", "test")
            await unit.until(lambda view: not view.status.active and view.config is None)
            publication = json.loads(await unit.mqtt.publication())
            assert publication["eventFilterList"] == []
            await unit.connect(broker.ports["tcp"])


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            await asyncio.sleep(0.02)


def _json(form: msgspec.Struct) -> str:
    return msgspec.json.encode(form).decode()
