"""What counts as an event, and what holds now."""

import pytest

from common.clock import ManualClock
from common.errors import InvalidValue
from common.topics import Event, Item, ItemType, Topic
from daemons.events.declarations import Declarations
from daemons.events.states import LONGEST_VALUE, MOST_PER_TOPIC, State, States

PORT = Topic(
    "tns1:Device/tnsaxis:IO/Port",
    "Digital input port",
    source=(Item("port", ItemType.INT, "Port"),),
    data=(Item("state", ItemType.BOOLEAN, "Active"),),
    state="state",
)
CLIP = Topic(
    "tnsaxis:MediaClip/CurrentlyPlaying",
    "Currently playing",
    data=(Item("FileName", ItemType.STRING, "File name"), Item("level", ItemType.FLOAT, "Level")),
)
READY = Topic(
    "tns1:Device/tnsaxis:Status/SystemReady",
    "System ready",
    data=(Item("ready", ItemType.BOOLEAN, "Ready"),),
    state="ready",
)


def port(number: int, active: bool) -> Event:
    """Return the state of a port."""
    return PORT.event({"port": number}, {"state": active})


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 1000."""
    return ManualClock(1000)


@pytest.fixture
def states(clock: ManualClock) -> States:
    """No states yet; ports and clips belong to ioports, readiness to system."""
    return States(Declarations({"ioports": [PORT, CLIP], "system": [READY]}), clock)


def test_a_change_of_state_happens_once_and_is_kept(states: States, clock: ManualClock) -> None:
    """The time is that of the change, not of the last time somebody said so."""
    happened = states.take("ioports", port(0, True))
    assert happened is not None
    assert (happened.event, happened.time) == (port(0, True), 1000)
    clock.advance(5)
    assert states.take("ioports", port(0, True)) is None
    assert states.current() == [State(port(0, True), 1000)]
    assert states.take("ioports", port(0, False)) is not None
    assert states.current() == [State(port(0, False), 1005)]


@pytest.mark.parametrize(
    ("at", "time"), [(990.5, 990.5), (0.0, 1000), (1000.5, 1000.5), (1001.5, 1000), (-1, 1000)]
)
def test_who_tells_may_know_better_when_it_was(states: States, at: float, time: float) -> None:
    """Of a change as of a pulse; a time to come is not believed."""
    for event in (port(0, True), CLIP.event(data={"FileName": "bell.wav", "level": 0})):
        happened = states.take("ioports", event, at)
        assert happened is not None
        assert happened.time == time
    assert states.current() == [State(port(0, True), time)]


def test_each_source_has_a_state_of_its_own(states: States) -> None:
    """And they are found by the beginning of the topic."""
    states.take("ioports", port(0, True))
    states.take("ioports", port(1, False))
    states.take("system", READY.event(data={"ready": True}))
    assert [state.event for state in states.current("tns1:Device/tnsaxis:IO/")] == [
        port(0, True),
        port(1, False),
    ]
    assert len(states.current("tns1:Device")) == 3
    assert states.current("tnsaxis:") == []


def test_a_pulse_happens_each_time_and_is_not_kept(states: States) -> None:
    """A stateless topic has nothing to be the same as."""
    pulse = CLIP.event(data={"FileName": "a.wav", "level": -3.5})
    assert states.take("ioports", pulse) is not None
    assert states.take("ioports", pulse) is not None
    assert states.current() == []


@pytest.mark.parametrize(
    "event",
    [
        Event("tns1:Nobody/Knows", {}, {}),
        Event(PORT.name, {}, {"state": "1"}),
        Event(PORT.name, {"port": "0", "more": "1"}, {"state": "1"}),
        Event(PORT.name, {"port": "0"}, {"state": "1", "more": "1"}),
        Event(PORT.name, {"port": "first"}, {"state": "1"}),
        Event(PORT.name, {"port": "0"}, {"state": "true"}),
        Event(PORT.name, {"port": "9" * 19}, {"state": "1"}),
        Event(CLIP.name, {}, {"FileName": "a", "level": "nan"}),
        Event(CLIP.name, {}, {"FileName": "x" * (LONGEST_VALUE + 1), "level": "0"}),
        Event(READY.name, {}, {"ready": "1"}),
    ],
)
def test_what_is_not_as_declared_is_refused(states: States, event: Event) -> None:
    """By shape, by type, by size, and when it is another daemon's."""
    with pytest.raises(InvalidValue):
        states.take("ioports", event)
    assert states.current() == []


def test_a_value_must_be_one_of_those_declared() -> None:
    """Where the declaration names them."""
    output = Topic(
        "tnsaxis:MediaClip/Playing",
        "Playing",
        source=(Item("AudioOutput", ItemType.INT, "Output", {"1": "1"}),),
        data=(Item("Playing", ItemType.BOOLEAN, "Playing"),),
        state="Playing",
    )
    states = States(Declarations({"audio": [output]}), ManualClock())
    assert states.take("audio", output.event({"AudioOutput": 1}, {"Playing": True}))
    with pytest.raises(InvalidValue, match="AudioOutput"):
        states.take("audio", output.event({"AudioOutput": 2}, {"Playing": True}))


def test_a_daemon_that_is_back_says_all_that_holds(states: States, clock: ManualClock) -> None:
    """What it no longer tells of is gone, what is the same keeps its time, what changed happens now."""
    for number in (0, 1, 2):
        states.take("ioports", port(number, False))
    states.take("system", READY.event(data={"ready": True}))
    clock.advance(60)
    states.begin("ioports")
    happened = states.complete("ioports", [port(0, False), port(1, True)])
    assert [each.event for each in happened] == [port(1, True)]
    assert states.current(PORT.name) == [State(port(0, False), 1000), State(port(1, True), 1060)]
    assert len(states.current(READY.name)) == 1


def test_a_signal_sent_while_the_answer_is_on_its_way_is_newer(states: States) -> None:
    """Whichever of the two is handled first."""
    states.begin("ioports")
    states.take("ioports", port(0, True))
    states.take("ioports", port(5, True))
    assert states.complete("ioports", [port(0, False)]) == []
    assert [state.event for state in states.current()] == [port(0, True), port(5, True)]


def test_one_bad_state_in_an_answer_does_not_hide_the_others(states: States) -> None:
    """It is logged and left out."""
    bad = Event(PORT.name, {"port": "x"}, {"state": "1"})
    pulse = CLIP.event(data={"FileName": "a.wav", "level": 0})
    states.begin("ioports")
    happened = states.complete("ioports", [bad, pulse, port(1, True)])
    assert [each.event for each in happened] == [port(1, True)]


def test_states_are_bounded(states: States) -> None:
    """A daemon gone mad fills no memory; what is there goes on changing."""
    for number in range(MOST_PER_TOPIC):
        states.take("ioports", port(number, False))
    with pytest.raises(InvalidValue, match="256"):
        states.take("ioports", port(MOST_PER_TOPIC, False))
    assert states.take("ioports", port(7, True)) is not None
    assert len(states.current()) == MOST_PER_TOPIC


def test_a_topic_belongs_to_one_daemon() -> None:
    """Two daemons that declare the same topic are a mistake of ours."""
    with pytest.raises(ValueError, match="twice"):
        Declarations({"audio": [PORT], "ioports": [PORT]})
