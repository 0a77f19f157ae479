"""What is kept of the record, and what is found in it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.rules import Condition, DeliveryState, Evaluation, Reason, Recorded, Search, Told
from daemons.events.record.entry import LONGEST_CONTENT, LONGEST_VALUE, Entry, Noted, row_of
from daemons.events.record.store import Snapshot, Store

PORT = "tns1:Device/tnsaxis:IO/Port"


def port(number: int, state: int) -> Told:
    """Return a state of a port."""
    return Told(PORT, {"port": str(number)}, {"state": str(state)})


def evaluated(rule: int, name: str, *reasons: Reason, at: float = 5.0) -> Evaluation:
    """Return that a rule began."""
    return Evaluation(at, rule, name, "activated", port(0, 1), reasons)


OPENED: list[Store] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    while OPENED:
        OPENED.pop().close()


def opened(folder: Path, **limits: int) -> Store:
    """Return an empty record."""
    store = Store(folder / "record.sqlite", **limits)
    OPENED.append(store)
    store.open()
    return store


def found(store: Store, **search: object) -> list[Recorded]:
    """Search as the bus does."""
    return store.search(Search(**search))  # type: ignore[arg-type]


def test_everything_is_found_again_newest_first(tmp_path: Path) -> None:
    """By time, text, rule and kind; also by another process of the daemon."""
    store = opened(tmp_path)
    delivery = DeliveryState(7, 3.0, "Guard room", "e-mail: Door", "failed", 3, "no route", 99.0)
    evaluation = evaluated(4, "Open the DOOR", Reason(Condition(PORT), met=True))
    event = Told("tnsaxis:MQTT/Message", {"mqtt-topic": "a/b"}, {"mqtt-payload": "ÜBER"})
    noted: tuple[Noted, ...] = (event, evaluation, delivery, port(1, 0))
    store.write([Entry(time, each) for time, each in enumerate(noted, 1)])
    store.close()
    store = opened(tmp_path)
    everything = found(store)
    assert [each.event or each.evaluation or each.delivery for each in everything] == [
        port(1, 0), delivery, evaluation, event,
    ]  # fmt: skip
    assert [each.number for each in everything] == [4, 3, 2, 1]
    assert [each.time for each in found(store, text="door")] == [3, 2]
    assert [each.time for each in found(store, text="über")] == [1]
    assert [each.time for each in found(store, text="source")] == []
    assert [each.time for each in found(store, text='"')] == []
    assert [each.time for each in found(store, rule=4)] == [2]
    assert [each.time for each in found(store, kinds=("event", "delivery"))] == [4, 3, 1]
    assert [each.time for each in found(store, before=4.0, after=1.0)] == [3, 2]
    assert [each.time for each in found(store, limit=1)] == [4]


def test_a_replay_begins_with_the_right_states(tmp_path: Path) -> None:
    """From the last snapshot on, events are added up."""
    store = opened(tmp_path)
    store.write([Entry(9.0, port(3, 1), stateful=True)])
    assert not store.span(9.0, 20.0).complete  # nobody knows what was before
    pulse = Told("tns1:UserAlarm/tnsaxis:Recurring/Pulse", {"id": "a"})
    store.write(
        [
            Snapshot(10.0, ((2.0, port(0, 0)), (3.0, port(1, 0)))),
            Entry(11.0, port(0, 1), stateful=True),
            Entry(12.0, pulse),
            Entry(12.5, evaluated(1, "r")),
            Entry(13.0, port(1, 1), stateful=True),
            Entry(14.0, port(0, 0), stateful=True),
        ]
    )
    span = store.span(12.0, 13.0)
    assert span.states == ((11.0, port(0, 1)), (3.0, port(1, 0)))
    assert span.events == ((12.0, pulse), (13.0, port(1, 1)))
    assert span.complete
    store.write([Entry(15.0, port(0, 1), stateful=True, left_out=3)])
    assert store.span(12.0, 13.0).complete
    assert not store.span(12.0, 15.0).complete


def test_the_oldest_make_room(tmp_path: Path) -> None:
    """By number and by bytes; the snapshot that the rest begins with stays."""
    store = opened(tmp_path, most_entries=100)
    store.write([Snapshot(0.5, ())])
    for number in range(1, 301):
        store.write([Entry(float(number), port(number, 1), stateful=True)])
        if number % 50 == 0:
            store.write([Snapshot(number + 0.5, ((float(number), port(0, 0)),))])
    numbers = [each.number for each in found(store, limit=500)]
    assert numbers[0] == 300
    assert 50 <= len(numbers) <= 100
    assert numbers == sorted(numbers, reverse=True)
    assert store.span(250.7, 300.0).complete
    assert not store.span(150.0, 300.0).complete
    assert len(store.span(250.7, 300.0).events) == 50


def test_its_bytes_are_bounded(tmp_path: Path) -> None:
    """Whatever is noted."""
    store = opened(tmp_path, most_bytes=100_000)
    long = Told("tnsaxis:MQTT/Message", {}, {"mqtt-payload": "x" * 5000})
    for _ in range(20):
        store.write([Entry(1.0, long)] * 50)
    assert len(found(store, limit=500)) < 100
    store.close()
    assert (tmp_path / "record.sqlite").stat().st_size < 1_000_000


def test_what_is_long_is_cut(tmp_path: Path) -> None:
    """A payload of a stranger, an evaluation with all that it may have."""
    long = Told(PORT, {"port": "0"}, {"payload": "x" * 100_000})
    store = opened(tmp_path)
    store.write([Entry(1.0, long)])
    (entry,) = found(store)
    assert entry.event is not None
    assert len(entry.event.data["payload"]) == LONGEST_VALUE
    reason = Reason(Condition("t" * 2000, "c" * 2000), met=True, states=(long,) * 8)
    row = row_of(Entry(1.0, evaluated(1, "big", *[reason] * 32)))
    assert len(row.content) <= LONGEST_CONTENT
    one = row_of(Entry(1.0, evaluated(1, "big", reason)))
    store.write([Entry(2.0, evaluated(1, "big", reason))])
    assert len(one.content) < LONGEST_CONTENT


@pytest.mark.parametrize("content", [b"", b"no database at all" * 1000, None])
def test_a_damaged_file_is_set_aside(
    tmp_path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    """One line in the log, an empty record, and the file for who wants to look into it."""
    store = opened(tmp_path)
    store.write([Entry(float(number), port(number, 1)) for number in range(2000)])
    store.close()
    file = tmp_path / "record.sqlite"
    if content is None:
        whole = bytearray(file.read_bytes())
        whole[100:4096] = bytes(3996)  # the schema
        content = bytes(whole)
    file.write_bytes(content)
    store = opened(tmp_path)
    store.write([Entry(1.0, port(1, 1))])
    assert len(found(store)) == 1
    if content:
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        assert (tmp_path / "record.sqlite.damaged").read_bytes() == content


def test_a_wiped_record_leaves_no_trace(tmp_path: Path) -> None:
    """Not on the disk, either."""
    store = opened(tmp_path)
    store.write([Entry(1.0, Told(PORT, {}, {"a": "someone was here"}))])
    (tmp_path / "record.sqlite.damaged").write_text("someone was here")
    store.wipe()
    assert found(store) == []
    store.close()
    for path in tmp_path.iterdir():
        assert b"someone was here" not in path.read_bytes()


def test_what_another_version_wrote_is_skipped(tmp_path: Path) -> None:
    """An entry of another shape, and a file of another version."""
    store = opened(tmp_path)
    store.write([Entry(1.0, port(1, 1)), Entry(2.0, port(2, 1))])
    store.close()
    with sqlite3.connect(tmp_path / "record.sqlite") as other:
        other.execute("UPDATE entries0 SET content = '{}' WHERE number = 1")
    other.close()
    store = opened(tmp_path)
    assert [each.number for each in found(store)] == [2]
    store.close()
    with sqlite3.connect(tmp_path / "record.sqlite") as other:
        other.execute("PRAGMA user_version = 9")
    other.close()
    assert found(opened(tmp_path)) == []
