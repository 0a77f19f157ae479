"""What is meant by the control button: each gesture of the table, and everything beside them is nothing."""

import pytest

from daemons.ioports.contact import SETTLE_S, Contact
from daemons.ioports.gesture_table import (
    FIRST_FEEL_S,
    GESTURES,
    HOLD_S,
    POWER_UP_HOLD_S,
    POWER_UP_SHOW,
    PRESS_BELOW_S,
    STUCK_S,
    Gesture,
)
from daemons.ioports.gestures import Gestures, Outcome, Show, Stuck
from daemons.ioports.led_table import BY_NAME
from hw.ports import Colour

START = 1000.0


class Hand:
    """A hand on a button, which looks at the clock exactly when it should."""

    def __init__(self, *, power_came: bool = False, down_at: float | None = None) -> None:
        self.now = START
        self.gestures = Gestures(power_came, START)
        self.outcomes: list[tuple[float, Outcome]] = []
        """When what was meant, in seconds from the start."""
        if down_at is None:
            self._take(self.gestures.moved(False, START))
        else:
            self.wait(down_at)
            self._take(self.gestures.moved(True, self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (at := self.gestures.next_at()) is not None and at <= end:
            self.now = at
            outcomes = self.gestures.passed(at)
            assert outcomes, "woken for nothing"
            self._take(outcomes)
        self.now = end

    def press(self) -> None:
        """Press."""
        self._take(self.gestures.moved(True, self.now))

    def release(self) -> None:
        """Release."""
        self._take(self.gestures.moved(False, self.now))

    def hold(self, seconds: float) -> None:
        """Press, and release after that long."""
        self.press()
        self.wait(seconds)
        self.release()

    def meant(self) -> list[Gesture]:
        """Return which gestures were made."""
        return [what for _at, what in self.outcomes if isinstance(what, Gesture)]

    def shown(self) -> list[tuple[float, str | None]]:
        """Return what the status LED was to show, and from when on."""
        return [(at, what.cause) for at, what in self.outcomes if isinstance(what, Show)]

    def _take(self, outcomes: list[Outcome]) -> None:
        self.outcomes += [(self.now - START, outcome) for outcome in outcomes]


@pytest.mark.parametrize(
    ("seconds", "meant"),
    [
        (0.05, [Gesture.CLOUD_CONNECT]),
        (0.99, [Gesture.CLOUD_CONNECT]),
        (1.0, []),
        (1.99, []),
        (2.0, [Gesture.IMPEDANCE_TEST]),
        (10.5, [Gesture.IMPEDANCE_TEST]),
        (59.0, [Gesture.IMPEDANCE_TEST]),
    ],
)
def test_a_running_unit_tells_a_press_from_a_hold(seconds: float, meant: list[Gesture]) -> None:
    """Between them nothing is meant; however long the hold, it is never a reset."""
    hand = Hand(power_came=True)
    hand.hold(seconds)
    assert hand.meant() == meant
    hand.wait(5)
    hand.hold(seconds)
    assert hand.meant() == 2 * meant


def test_the_test_of_the_load_starts_while_the_button_is_still_down() -> None:
    """The hand stays until tones are heard."""
    hand = Hand()
    hand.press()
    hand.wait(HOLD_S)
    assert hand.outcomes == [(HOLD_S, Gesture.IMPEDANCE_TEST)]


@pytest.mark.covers("M-HW-02", part="the gesture and its show")
def test_a_hold_since_power_up_shows_amber_dark_and_amber_again_and_then_resets_on_release() -> (
    None
):
    """Ten seconds to the amber that counts; the release is what resets."""
    hand = Hand(power_came=True, down_at=0.5)
    hand.wait(14.0)
    assert hand.shown() == [
        (0.5, "power_up_press"),
        (5.5, "power_up_hold"),
        (10.5, "power_up_release"),
    ]
    assert hand.meant() == []
    hand.release()
    # The hold is shown until the reset is: nobody sees a lamp of normal operation in between.
    assert hand.outcomes[-2:] == [(14.5, Gesture.FACTORY_DEFAULT), (14.5, Show(None))]
    assert hand.meant() == [Gesture.FACTORY_DEFAULT]
    colours = [BY_NAME[cause].pattern[0].colour for _begins, cause in POWER_UP_SHOW]
    assert colours == [Colour.AMBER, Colour.OFF, Colour.AMBER]


@pytest.mark.parametrize("held_s", [0.1, 0.9, 2.5, 5.0, 9.99])
def test_who_lets_go_before_the_second_amber_changes_nothing(held_s: float) -> None:
    """Nor was it a press, or a hold."""
    hand = Hand(power_came=True, down_at=0.0)
    hand.wait(held_s)
    hand.release()
    hand.wait(60)
    assert hand.meant() == []
    at, cause = hand.shown()[-1]
    assert at == pytest.approx(held_s)
    assert cause is None


def test_after_a_hold_since_power_up_the_button_means_what_it_always_means() -> None:
    """Only the first hold can reset."""
    hand = Hand(power_came=True, down_at=0.0)
    hand.wait(3)
    hand.release()
    hand.hold(12)
    hand.hold(0.2)
    assert hand.meant() == [Gesture.IMPEDANCE_TEST, Gesture.CLOUD_CONNECT]


@pytest.mark.parametrize(
    "hand",
    [
        pytest.param(lambda: Hand(power_came=False, down_at=0.0), id="the daemon alone is new"),
        pytest.param(
            lambda: Hand(power_came=True, down_at=FIRST_FEEL_S + 0.1), id="first felt too late"
        ),
    ],
)
def test_a_button_that_is_down_without_the_power_having_come_means_nothing(hand: object) -> None:
    """It was pressed before this daemon lived: however long it stays down, and when it is released."""
    assert callable(hand)
    made = hand()
    made.wait(30)
    made.release()
    assert made.outcomes == []
    made.hold(2.5)
    assert made.meant() == [Gesture.IMPEDANCE_TEST]


def test_a_stuck_button_is_told_once_and_never_resets() -> None:
    """Also when the power came with it: the LED goes back to the truth."""
    hand = Hand(power_came=True, down_at=0.0)
    hand.wait(24 * 3600)
    hand.release()
    assert hand.outcomes[-2:] == [(STUCK_S, Show(None)), (STUCK_S, Stuck())]
    assert hand.meant() == []


def test_a_button_that_sticks_in_a_running_unit_is_one_hold() -> None:
    """And a line in the log."""
    hand = Hand()
    hand.hold(3600)
    assert hand.outcomes == [(HOLD_S, Gesture.IMPEDANCE_TEST), (STUCK_S, Stuck())]


def test_a_late_look_at_the_clock_costs_nobody_the_hold() -> None:
    """A busy processor may tell of the release before it told of the time."""
    gestures = Gestures(power_came=False, started=START)
    gestures.moved(False, START)
    gestures.moved(True, START + 1)
    assert gestures.moved(False, START + 3.5) == [Gesture.IMPEDANCE_TEST]


def test_who_was_not_shown_the_second_amber_has_not_reset_the_unit() -> None:
    """A busy processor may feel a release late: the hand obeyed nothing."""
    gestures = Gestures(power_came=True, started=START)
    gestures.moved(True, START)
    gestures.passed(START + 9)
    late = gestures.moved(False, START + 11)
    assert Gesture.FACTORY_DEFAULT not in late
    assert late[-1] == Show(None)


@pytest.mark.parametrize("power_came", [True, False])
def test_a_hold_during_which_nobody_felt_the_button_means_nothing(power_came: bool) -> None:
    """It may have been released and pressed again meanwhile; the next one counts."""
    hand = Hand(power_came=power_came, down_at=0.0) if power_came else Hand()
    if not power_came:
        hand.press()
    hand.wait(1)
    assert hand.gestures.doubt() == ([Show(None)] if power_came else [])
    hand.wait(20)
    hand.release()
    assert hand.meant() == []
    assert hand.gestures.doubt() == []
    hand.hold(2.5)
    assert hand.meant() == [Gesture.IMPEDANCE_TEST]


def test_no_two_gestures_are_alike() -> None:
    """One row for each, and gaps between them."""
    assert {row.gesture for row in GESTURES} == set(Gesture)
    assert len({(row.hold_s, row.at_power_up) for row in GESTURES}) == len(GESTURES)
    assert PRESS_BELOW_S < HOLD_S < POWER_UP_HOLD_S < STUCK_S


# --- the contact ------------------------------------------------------------------------------


def test_what_is_felt_first_counts_at_once() -> None:
    """Nothing was there before."""
    contact = Contact()
    contact.feel(True, START)
    assert contact.pressed
    assert contact.settles_at() is None


def test_bounces_are_no_moves() -> None:
    """The move counts from its last bounce on, once it has stood still."""
    contact = Contact()
    contact.feel(False, START)
    for bounce, pressed in enumerate((True, False, True, False, True)):
        contact.feel(pressed, START + 1 + bounce * 0.004)
        assert contact.settle(START + 1 + bounce * 0.004) is None
    assert contact.settles_at() == pytest.approx(START + 1.016 + SETTLE_S)
    assert contact.settle(START + 1.016 + SETTLE_S / 2) is None
    assert contact.settle(START + 1.016 + SETTLE_S) == pytest.approx(START + 1.016)
    assert contact.pressed
    assert contact.settle(START + 2) is None


def test_a_contact_that_only_flickered_has_not_moved() -> None:
    """As when somebody knocks at the unit."""
    contact = Contact()
    contact.feel(False, START)
    contact.feel(True, START + 1)
    contact.feel(False, START + 1.01)
    assert contact.settles_at() is None
    assert contact.settle(START + 2) is None
    assert not contact.pressed


def test_to_be_felt_again_as_it_was_does_not_put_a_move_off() -> None:
    """Drivers may say it twice."""
    contact = Contact()
    contact.feel(False, START)
    contact.feel(True, START + 1)
    contact.feel(True, START + 1.02)
    assert contact.settle(START + 1 + SETTLE_S) == START + 1
