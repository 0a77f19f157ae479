"""The events daemon on a real bus, beside real and stand-in daemons."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from common.bus.audio import AudioInterface
from common.bus.connection import Connection, Export
from common.bus.daemon import exported
from common.bus.events import EventsInterface
from common.bus.suite import AUDIO, EVENTS, HTTP, IOPORTS
from common.errors import Unavailable
from common.topics import Event
from daemons.audio.topics import CLIP_CURRENTLY_PLAYING, CLIP_PLAYING
from tests.contract.private_bus import PrivateBus, eventually

PLAYING = "tnsaxis:MediaClip/Playing"


class Player(AudioInterface):
    """Stands in for the audio daemon, as far as events go."""

    def __init__(self, connection: Connection, states: list[Event]) -> None:
        super().__init__()
        self.connection = connection
        self._states = states

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        return [(event.topic, dict(event.source), dict(event.data)) for event in self._states]


@asynccontextmanager
async def player(bus: PrivateBus, *states: Event) -> AsyncIterator[Export[Player]]:
    """Be the audio daemon, in these states."""
    async with bus.joined(AUDIO) as connection:
        yield connection.export(lambda: Player(connection, list(states)))


def playing(now: bool) -> Event:
    """Return whether a clip plays, as an event."""
    return CLIP_PLAYING.event({"AudioOutput": 1}, {"Playing": now})


def say(told: Export[Player], event: Event) -> None:
    """Send an event as the audio daemon does."""
    assert told.current is not None
    told.current.announce(event)


@asynccontextmanager
async def listener(bus: PrivateBus) -> AsyncIterator[tuple[EventsInterface, list[Any]]]:
    """Be the HTTP edge: the events daemon to ask, and what it said that happened."""
    async with bus.joined(HTTP) as http:
        happened: list[Any] = []
        await http.subscribe(
            EventsInterface.happened,
            EVENTS,
            lambda topic, source, data, at: happened.append((topic, source, data, at)),
        )
        yield http.proxy(EventsInterface, EVENTS), happened


async def current(events: EventsInterface, prefix: str = "") -> list[dict[str, Any]]:
    """Return the present states."""
    found: list[dict[str, Any]] = json.loads(await events.current(prefix))
    return found


async def until(events: EventsInterface, prefix: str, data: dict[str, str]) -> dict[str, Any]:
    """Return the state below `prefix` as soon as it has these data."""
    async with asyncio.timeout(10):
        while True:
            for state in await current(events, prefix):
                if state["data"] == data:
                    return state
            await asyncio.sleep(0.01)


async def test_every_topic_of_the_suite_is_listed_with_its_items(bus: PrivateBus) -> None:
    """What the edges build their topic trees from."""
    await bus.start(EVENTS)
    async with listener(bus) as (events, _):
        topics = {topic["topic"]: topic for topic in json.loads(await events.topics())}
        assert topics[PLAYING] == {
            "topic": PLAYING,
            "nice_name": "Playing",
            "owner": "audio",
            "source": [
                {
                    "name": "AudioOutput",
                    "type": "xsd:int",
                    "nice_name": "Audio Output",
                    "values": {"1": "1"},
                }
            ],
            "data": [
                {
                    "name": "Playing",
                    "type": "xsd:boolean",
                    "nice_name": "Playing Status",
                    "values": None,
                }
            ],
            "state": "Playing",
            "application_data": False,
            "deprecated": False,
            "client_event": False,
        }
        assert topics["tnsaxis:MediaClip/CurrentlyPlaying"]["state"] is None


async def test_a_change_happens_once_and_a_pulse_each_time(bus: PrivateBus) -> None:
    """A state said twice is no news."""
    await bus.start(EVENTS)
    async with listener(bus) as (events, happened), player(bus, playing(False)) as told:
        await until(events, PLAYING, {"Playing": "0"})
        say(told, playing(True))
        say(told, playing(True))
        pulse = CLIP_CURRENTLY_PLAYING.event({"AudioOutput": 1}, {"FileName": "a.wav"})
        say(told, pulse)
        say(told, pulse)
        say(told, playing(False))
        await eventually(lambda: len(happened) >= 5, "five events")
        assert [(topic, *data.values()) for topic, _, data, _ in happened] == [
            (PLAYING, "0"),
            (PLAYING, "1"),
            (pulse.topic, "a.wav"),
            (pulse.topic, "a.wav"),
            (PLAYING, "0"),
        ]
        (state,) = await current(events, PLAYING)
        assert (state["source"], state["data"]) == ({"AudioOutput": "1"}, {"Playing": "0"})
        assert state["since"] == happened[-1][3]


async def test_a_daemon_that_went_keeps_its_states_until_it_is_back(bus: PrivateBus) -> None:
    """What changed meanwhile happens then; what it no longer tells of is gone."""
    await bus.start(EVENTS)
    async with listener(bus) as (events, happened):
        async with player(bus, playing(True)):
            await until(events, PLAYING, {"Playing": "1"})
        assert len(await current(events, PLAYING)) == 1
        async with player(bus, playing(False)):
            await until(events, PLAYING, {"Playing": "0"})
        assert [data["Playing"] for _, _, data, _ in happened] == ["1", "0"]
        async with player(bus):
            async with asyncio.timeout(10):
                while await current(events, PLAYING):
                    await asyncio.sleep(0.01)


async def test_a_killed_events_daemon_asks_everybody_again(bus: PrivateBus) -> None:
    """It keeps nothing, and knows all a moment later."""
    daemon = await bus.start(EVENTS)
    async with listener(bus) as (events, _), player(bus, playing(True)):
        await bus.start(IOPORTS)
        await until(events, PLAYING, {"Playing": "1"})
        daemon.kill()
        await bus.start(EVENTS)
        await until(events, PLAYING, {"Playing": "1"})
        await until(events, "tns1:Device/tnsaxis:IO/ControlButton", {"pressed": "0"})


async def test_the_states_are_there_again_behind_a_new_broker(bus: PrivateBus) -> None:
    """The daemon stays, everybody comes back."""
    daemon = await bus.start(EVENTS)
    async with listener(bus) as (events, _), player(bus, playing(True)):
        await until(events, PLAYING, {"Playing": "1"})
        bus.stop_broker()
        bus.start_broker()
        async with asyncio.timeout(15):
            while not await _asked(events):
                await asyncio.sleep(0.05)
        await until(events, PLAYING, {"Playing": "1"})
        assert daemon.process.poll() is None


async def _asked(events: EventsInterface) -> bool:
    try:
        await events.topics()
    except Unavailable:
        return False
    return True


async def test_an_event_that_was_not_declared_so_is_refused(bus: PrivateBus) -> None:
    """Unknown topics, wrong items, and topics of another daemon; the next good one passes."""
    daemon = await bus.start(EVENTS)
    async with listener(bus) as (events, happened), player(bus, playing(False)) as told:
        await until(events, PLAYING, {"Playing": "0"})
        for bad in (
            Event("tns1:No/Such", {}, {}),
            Event(PLAYING, {"AudioOutput": "2"}, {"Playing": "1"}),
            Event(PLAYING, {"AudioOutput": "1"}, {"Playing": "maybe"}),
            Event("tns1:Device/tnsaxis:Status/SystemReady", {}, {"ready": "1"}),
        ):
            say(told, bad)
        say(told, playing(True))
        await until(events, PLAYING, {"Playing": "1"})
        assert [topic for topic, *_ in happened] == [PLAYING, PLAYING]
        assert daemon.log.count("refused") == 4
