"""What the event stream tells (VAPIX event streams page 1)."""

from contextlib import ExitStack
from typing import Any

import pytest

from common.errors import Unavailable
from daemons.http import event_feed
from tests.unit.http.edge import Edge
from tests.unit.http.soap import put
from tests.unit.http.streaming import ALL, PORT, READY, opened


@pytest.fixture(autouse=True)
def states(edge: Edge) -> None:
    """Two states to begin with."""
    put(edge, current=[READY, PORT])


def happen(edge: Edge, topic: str, source: dict[str, str], data: dict[str, str]) -> None:
    """Let something happen."""
    edge.unit.event_feed.happened(topic, source, data, 200.25)


async def test_the_answer_comes_before_the_states_and_these_before_what_happens(
    edge: Edge,
) -> None:
    """In the documented form."""
    async with opened(edge) as stream:
        stream.configure(ALL)
        assert await stream.next() == {
            "apiVersion": "1.0",
            "context": "id1",
            "method": "events:configure",
            "data": {},
        }
        assert await stream.next() == {
            "apiVersion": "1.0",
            "method": "events:notify",
            "params": {
                "notification": {
                    "timestamp": 100500,
                    "topic": "tns1:Device/tnsaxis:Status/SystemReady",
                    "message": {"source": {}, "key": {}, "data": {"ready": "1"}},
                }
            },
        }
        assert await stream.told() == (PORT["topic"], {"state": "0"})
        happen(edge, "tnsaxis:MediaClip/CurrentlyPlaying", {"AudioOutput": "1"}, {"FileName": "a"})
        assert await stream.told() == ("tnsaxis:MediaClip/CurrentlyPlaying", {"FileName": "a"})


async def test_nothing_is_told_unasked(edge: Edge) -> None:
    """Before the first filter, and after an empty list of them."""
    async with opened(edge) as stream:
        happen(edge, "tnsaxis:A", {}, {"a": "1"})
        assert await stream.silent()
        stream.configure()
        assert (await stream.next())["data"] == {}
        happen(edge, "tnsaxis:A", {}, {"a": "2"})
        assert await stream.silent()


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"topicFilter": "//."}, 1),
        ({"topicFilter": "tns1:Device/tnsaxis:IO//."}, 1),
        ({"topicFilter": "tns1:Device/tnsaxis:IO/tnsaxis:Port"}, 1),
        ({"topicFilter": "onvif:Device/axis:IO/Port"}, 1),
        ({"topicFilter": "tnsaxis:A|tns1:Device/tnsaxis:IO/Port"}, 1),
        ({"topicFilter": "tns1:Device/tnsaxis:IO"}, 0),
        ({"contentFilter": 'boolean(//SimpleItem[@Name="port" and @Value="0"])'}, 1),
        ({"contentFilter": 'boolean(//SimpleItem[@Name="port" and @Value="1"])'}, 0),
        (
            {
                "topicFilter": "tns1:Device/tnsaxis:IO/Port",
                "contentFilter": 'boolean(//SimpleItem[@Name="state" and @Value="1"])',
            },
            0,
        ),
    ],
)
async def test_filters_choose(edge: Edge, given: dict[str, str], count: int) -> None:
    """By topic, by content, by both; the same filter twice tells everything twice."""
    put(edge, current=[PORT])
    async with opened(edge) as stream:
        stream.configure(given, given)
        assert "data" in await stream.next()
        for _ in range(2 * count):
            assert await stream.told() == (PORT["topic"], {"state": "0"})
        assert await stream.silent()


async def test_the_last_filters_replace_the_former(edge: Edge) -> None:
    """With their states anew."""
    async with opened(edge) as stream:
        stream.configure(ALL, context="1")
        for _ in range(3):
            await stream.next()
        stream.configure({"topicFilter": PORT["topic"]}, context="2")
        assert (await stream.next())["context"] == "2"
        assert await stream.told() == (PORT["topic"], {"state": "0"})
        happen(edge, "tnsaxis:A", {}, {"a": "1"})
        happen(edge, "tns1:Device/tnsaxis:IO/Port", {"port": "0"}, {"state": "1"})
        assert await stream.told() == (PORT["topic"], {"state": "1"})
        assert await stream.silent()


def asked(**changes: Any) -> dict[str, Any]:
    """Return a good request with something changed; None leaves it out."""
    request = {
        "apiVersion": "1.0",
        "context": "c",
        "method": "events:configure",
        "params": {"eventFilterList": [ALL]},
        **changes,
    }
    return {name: value for name, value in request.items() if value is not None}


def listed(*filters: Any) -> dict[str, Any]:
    """Return a request with these filters."""
    return asked(params={"eventFilterList": filters})


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", 2101),
        ("{", 2101),
        ("[]", 2101),
        ("[" * 20_000, 2101),
        ('"' + "a" * 40_000 + '"', 2107),
        (asked(apiVersion="2.0"), 2100),
        (asked(apiVersion=None), 2103),
        (asked(apiVersion=1), 2104),
        (asked(method="events:forget"), 2102),
        (asked(method=None), 2103),
        (asked(method=[]), 2102),
        (asked(context=5), 2104),
        (asked(context="c" * 257), 2104),
        (asked(params=None), 2103),
        (asked(params={}), 2103),
        (asked(params=[]), 2103),
        (asked(params={"eventFilterList": {}}), 2104),
        (listed(5), 2104),
        (listed({}), 2103),
        (listed({"topicFilter": 5}), 2104),
        (listed({"topicFilter": ""}), 2104),
        (listed({"topicFilter": "Foo"}), 2104),
        (listed({"topicFilter": "tns1:" + "A" * 3000}), 2104),
        (listed({"contentFilter": "boolean["}), 2104),
        (listed({"contentFilter": "not(" * 100}), 2104),
        (listed({"topicFilter": "tns1:A\0"}), 2104),
        (listed(*[ALL] * 33), 2104),
    ],
)
async def test_what_is_wrong_is_said_and_changes_nothing(
    edge: Edge, message: object, code: int
) -> None:
    """By its number; the filters from before go on."""
    async with opened(edge) as stream:
        stream.configure({"topicFilter": "tnsaxis:A"})
        assert "data" in await stream.next()
        stream.say(message)
        answer = await stream.next()
        assert answer["error"]["code"] == code
        assert answer["error"]["message"]
        assert "data" not in answer
        happen(edge, "tnsaxis:A", {}, {"a": "1"})
        assert await stream.told() == ("tnsaxis:A", {"a": "1"})


async def test_bytes_are_no_message(edge: Edge) -> None:
    """The protocol is text."""
    async with opened(edge) as stream:
        stream.to_server.put_nowait({"type": "websocket.receive", "bytes": b"\x00"})
        assert (await stream.next())["error"]["code"] == 2101


async def test_states_that_nobody_can_tell_are_an_error(edge: Edge) -> None:
    """Rather than a silence that would be taken for rest; what happened meanwhile is told."""
    async with opened(edge) as stream:
        stream.configure({"topicFilter": "tnsaxis:A"})
        assert "data" in await stream.next()
        put(edge, current=Unavailable("away"))
        stream.configure(ALL, context="c")
        assert await stream.next() == {
            "apiVersion": "1.0",
            "context": "c",
            "method": "events:configure",
            "error": {"code": 1100, "message": "Internal Error"},
        }
        happen(edge, "tnsaxis:A", {}, {"a": "1"})
        assert await stream.told() == ("tnsaxis:A", {"a": "1"})


async def test_who_does_not_read_is_given_up(edge: Edge) -> None:
    """With a bounded queue, and without harm to the others."""
    async with opened(edge) as good, opened(edge) as slow:
        for stream in (good, slow):
            stream.configure(ALL)
            for _ in range(3):
                await stream.next()
        slow.reads.clear()
        for number in range(event_feed.MOST_WAITING + 10):
            happen(edge, "tnsaxis:A", {}, {"a": str(number)})
            assert await good.told() == ("tnsaxis:A", {"a": str(number)})
        slow.reads.set()
        assert await slow.told() == ("tnsaxis:A", {"a": "0"})
        assert await slow.next() is None
        assert slow.closed == 1008
        happen(edge, "tnsaxis:A", {}, {"a": "last"})
        assert await good.told() == ("tnsaxis:A", {"a": "last"})


async def test_one_account_leaves_room_for_others(edge: Edge) -> None:
    """And whoever leaves makes room again."""
    feed = edge.unit.event_feed
    with ExitStack() as many:
        for _ in range(event_feed.MOST_OF_ONE):
            many.enter_context(feed.listening("vera"))
        async with opened(edge) as stream:
            assert stream.status == 503
        async with opened(edge, login="oscar") as stream:
            assert stream.status == 101
    async with opened(edge) as stream:
        assert stream.status == 101
