"""Names, waits and turns: what of the queue is arithmetic."""

import pytest

from daemons.events.delivery.backoff import Limits
from daemons.events.delivery.item import Item, Target
from daemons.events.delivery.names import numbered
from daemons.events.delivery.worker import told


@pytest.mark.parametrize(
    ("name", "number", "meant"),
    [
        ("door.mkv", 12, "door_0000012.mkv"),
        ("door", 12, "door_0000012"),
        ("a.b.tar", 12345678, "a.b_12345678.tar"),
        ("../../etc/passwd", 1, "_.._etc_passwd_0000001"),
        (".hidden", 1, "hidden_0000001"),
        ("", 1, "file_0000001"),
        ("a\r\nDELE b", 1, "a__DELE b_0000001"),
        ("C:\\x|y.wav", 1, "C__x_y_0000001.wav"),
        ("10.5 dB or more", 1, "10.5 dB or more_0000001"),
    ],
)
@pytest.mark.covers("M-RCP-02", part="file names")
def test_the_number_stands_in_the_name(name: str, number: int, meant: str) -> None:
    """Before the ending; what no server could store, or what would be another folder, is replaced."""
    assert numbered(name, number) == meant


def test_a_name_has_an_end() -> None:
    """Servers have a limit, and the number is never cut off."""
    name = numbered("x" * 1000 + ".mkv", 7)
    assert name.endswith("_0000007.mkv")
    assert len(name) < 200


def test_waits_double_up_to_half_an_hour() -> None:
    """All attempts together take about a day."""
    limits = Limits()
    waits = [limits.wait_s(failures) for failures in range(1, limits.most_attempts)]
    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) == 1800
    assert 24 * 3600 <= sum(waits) <= 26 * 3600
    assert limits.wait_s(10_000) == 1800


def test_who_fails_often_lets_others_pass() -> None:
    """In their order at first; a message that may be to blame itself does not stay at the head for ever."""

    def item(number: int, attempts: int) -> Item:
        return Item(number, Target("recipient", 1), "", "", 0, 0, 0.0, attempts)

    waiting = [item(1, 2), item(2, 0)]
    assert min(waiting, key=lambda each: each.turn).number == 1
    waiting[0].attempts = 3
    assert min(waiting, key=lambda each: each.turn).number == 2
    waiting[1].attempts = 3
    assert min(waiting, key=lambda each: each.turn).number == 1


def test_reasons_are_short_printable_and_without_secrets() -> None:
    """Whatever a server says."""
    assert told("530 login s3cret\r\n  wrong\x1b[2J", ["s3", "s3cret"]) == "530 login *** wrong?[2J"
    assert len(told("x" * 10_000, [])) < 500
