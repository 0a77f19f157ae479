"""The topics that the suite's daemons declare."""

from common.bus.suite import DAEMONS, Member
from daemons.events.declarations import declared


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
