"""The topics that the suite's daemons declare."""

import pytest

from common.bus.suite import DAEMONS, Member
from common.clock import ManualClock
from common.errors import Conflict
from common.topics import Item, ItemType, Topic
from daemons.events.declarations import MOST_AT_RUN_TIME, Declarations, declared
from daemons.events.states import States


def test_every_declared_topic_is_found_with_its_daemon() -> None:
    """Under the names that a real unit prints."""
    declarations = declared(DAEMONS)
    owners = {topic.name: declarations.owner(topic.name) for topic in declarations}
    assert owners["tnsaxis:MediaClip/Playing"] == "audio"
    assert owners["tnsaxis:MediaClip/CurrentlyPlaying"] == "audio"
    assert owners["tns1:Device/tnsaxis:AudioOutputActive"] == "audio"
    assert owners["tns1:Device/tnsaxis:Status/SystemReady"] == "system"
    assert owners["tns1:Device/tnsaxis:IO/ControlButton"] == "ioports"


def test_every_topic_name_is_one_that_clients_can_filter_by() -> None:
    """A prefix where the namespace begins or changes, and none below (VAPIX events page 3.1)."""
    for topic in declared(DAEMONS):
        parts = topic.name.split("/")
        assert parts[0].partition(":")[0] in ("tns1", "tnsaxis"), topic.name
        namespaces = [part.partition(":")[0] for part in parts if ":" in part]
        assert len(set(namespaces)) == len(namespaces), topic.name
        assert topic.nice_name


def test_a_daemon_without_topics_is_no_error() -> None:
    """Not every daemon has something to tell."""
    assert list(declared([Member("nobody", "org.c8210.Nobody")])) == []


def moved(name: str = "tnsaxis:CameraApplicationPlatform/VMD/Camera1ProfileANY") -> Topic:
    """Return a topic as an application declares it."""
    return Topic(name, "Motion", data=(Item("active", ItemType.BOOLEAN, "Active"),), state="active")


def test_topics_come_and_go_at_run_time() -> None:
    """With the states they have; what nobody declares any more is told by nobody."""
    declarations = declared(DAEMONS)
    states = States(declarations, ManualClock(1000))
    topic = moved()
    declarations.declare("app vmd", [topic])
    event = topic.event(data={"active": True})
    assert states.take("app vmd", event) is not None
    declarations.declare("app vmd", [])
    states.forget_undeclared()
    assert states.current("tnsaxis:CameraApplicationPlatform") == []
    assert declarations.of("app vmd", topic.name) is None
    assert states.complete("system", []) == []


def test_nobody_takes_a_topic_of_somebody_else() -> None:
    """Nor as many as he likes; what is refused changes nothing."""
    declarations = Declarations({"system": [moved("tns1:Own")]})
    with pytest.raises(Conflict, match="is declared by system"):
        declarations.declare("app", [moved(), moved("tns1:Own")])
    many = [moved(f"tns1:T{number}") for number in range(MOST_AT_RUN_TIME + 1)]
    with pytest.raises(Conflict, match="at most"):
        declarations.declare("app", many)
    assert [topic.name for topic in declarations] == ["tns1:Own"]
