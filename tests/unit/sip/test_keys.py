"""Sequences of keys, and what comes of them."""

from typing import Final

from common.sip import DtmfConfiguration, DtmfTrigger
from daemons.sip.dtmf import Keys, sequences_of


class Phone:
    """Somebody who presses keys in a call."""

    def __init__(self, **sequences: str) -> None:
        self.fired: list[str] = []
        self.now = 100.0
        self.sequences = {name.lstrip("_"): event for name, event in sequences.items()}
        self.keys = Keys(lambda event, call: self.fired.append(f"{event} {call}"))

    def press(self, digits: str, call: str = "1", every_s: float = 0.1) -> None:
        """Press keys."""
        for digit in digits:
            self.now += every_s
            self.keys.pressed(call, digit, self.sequences, self.now)

    def wait(self, seconds: float) -> None:
        """Do nothing for a while."""
        self.now += seconds
        self.keys.expire(self.now)


def test_a_sequence_that_cannot_become_longer_fires_at_once() -> None:
    """Each time it is pressed."""
    phone = Phone(_1="stop", _23="go")
    phone.press("1")
    assert phone.fired == ["stop 1"]
    phone.press("2")
    assert phone.fired == ["stop 1"]
    phone.press("31")
    assert phone.fired == ["stop 1", "go 1", "stop 1"]


def test_one_that_may_become_longer_waits() -> None:
    """And the longer one counts alone."""
    phone = Phone(_1="short", _12="long")
    phone.press("1")
    assert phone.fired == []
    assert phone.keys.due == phone.now + 1.5
    phone.wait(1.6)
    assert phone.fired == ["short 1"]
    phone.press("12")
    assert phone.fired == ["short 1", "long 1"]
    phone.press("13")
    assert phone.fired == ["short 1", "long 1", "short 1"]
    assert phone.keys.due is None


def test_after_a_pause_a_sequence_begins_anew() -> None:
    """Three seconds between keys are too long; less is not."""
    phone = Phone(_123="go")
    phone.press("12")
    phone.wait(3.1)
    phone.press("3")
    assert phone.fired == []
    phone.press("123", every_s=2.9)
    assert phone.fired == ["go 1"]


def test_a_wrong_key_spoils_nothing_that_comes_after_it() -> None:
    """Nor one key too many before it."""
    phone = Phone(_123="go")
    phone.press("99121123")
    assert phone.fired == ["go 1"]
    phone.press("1123")
    assert phone.fired == ["go 1", "go 1"]


def test_calls_do_not_mix() -> None:
    """Two people press at the same time; one hangs up in the middle of a key that waits."""
    phone = Phone(_12="go", _1="one")
    phone.press("1", call="a")
    phone.press("2", call="b")
    assert phone.fired == []
    phone.keys.forget("a")
    phone.keys.forget("b")
    assert phone.fired == ["one a"]


def test_letters_and_signs_are_keys() -> None:
    """A to D in either case."""
    phone = Phone()
    phone.sequences = {"A*#D": "go"}
    phone.press("a*#d")
    assert phone.fired == ["go 1"]


def test_nothing_shows_the_keys() -> None:
    """They may be a code that opens something."""
    phone = Phone(_4711="go")
    phone.press("471")
    assert "471" not in repr(vars(phone.keys))


def test_an_account_listens_for_its_own_sequences() -> None:
    """Those that its configuration names."""
    triggers: Final = (
        DtmfTrigger(id="t1", dtmf_sequence="1", dtmf_event_id="e1"),
        DtmfTrigger(id="t2", dtmf_sequence="2", dtmf_event_id="e2"),
    )
    configuration = DtmfConfiguration(dtmf_trigger_id=("t2", "gone"))
    assert sequences_of(configuration, triggers) == {"2": "e2"}
