"""What rules publish over MQTT goes to the mqtt daemon together, and is answered one by one."""

import asyncio
from typing import cast

import pytest

from common.bus.errors import packed
from common.bus.mqtt import MqttInterface, Publish
from common.errors import InvalidValue, Unavailable
from daemons.events.actions.mqtt import Together


class FakeMqtt:
    """The mqtt daemon, which refuses a topic with a wildcard."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.away = False

    async def publish(self, messages: list[Publish]) -> list[tuple[str, str]]:
        self.calls.append([topic for topic, *_rest in messages])
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("away")
        return [
            packed(InvalidValue(f"not {topic}")) if "#" in topic else ("", "")
            for topic, *_rest in messages
        ]


async def published(together: Together, *topics: str) -> list[BaseException | None]:
    """Publish at the same moment; return what became of each."""
    messages = [together.publish((topic, False, "x", 0, False)) for topic in topics]
    return await asyncio.gather(*messages, return_exceptions=True)


async def test_one_moment_is_one_call() -> None:
    """In order, and the next moment is another."""
    mqtt = FakeMqtt()
    together = Together(cast(MqttInterface, mqtt))
    assert await published(together, "a", "b", "c") == [None, None, None]
    assert await published(together, "d") == [None]
    assert mqtt.calls == [["a", "b", "c"], ["d"]]


async def test_a_refused_message_is_its_own_failure() -> None:
    """The others go."""
    outcomes = await published(Together(cast(MqttInterface, FakeMqtt())), "a", "#", "c")
    assert [outcomes[0], outcomes[2]] == [None, None]
    assert isinstance(outcomes[1], InvalidValue)
    assert outcomes[1].message == "not #"


async def test_a_daemon_that_is_away_fails_them_all() -> None:
    """And none of them hangs, or keeps the next from going."""
    mqtt = FakeMqtt()
    together = Together(cast(MqttInterface, mqtt))
    mqtt.away = True
    assert [type(each) for each in await published(together, "a", "b")] == [Unavailable] * 2
    mqtt.away = False
    with pytest.raises(InvalidValue):
        await together.publish(("#", False, "x", 0, False))
    await together.publish(("a", False, "x", 0, False))
