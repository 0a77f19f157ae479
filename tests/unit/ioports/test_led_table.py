"""The LEDs show what the manual's section LED indicators says."""

import pytest

from common.clock import ManualClock
from common.errors import InvalidValue, NotFound
from daemons.ioports.gesture_table import Gesture
from daemons.ioports.lamps import GRACE_S, Lamps
from daemons.ioports.led_table import ALWAYS, AT_START, TABLE, normal_pattern
from daemons.ioports.status_led import normal_pattern_of
from daemons.ioports.topics import CAUSES, CONTROL_BUTTON_GESTURE, LED
from hw.ports import Colour, Led, Pattern, Step

GREEN, AMBER, RED, OFF = Colour.GREEN, Colour.AMBER, Colour.RED, Colour.OFF


def lamps(*causes: str) -> Lamps:
    """Return lamps for which these causes hold."""
    return Lamps(ManualClock(), causes)


def seen(pattern: Pattern) -> list[tuple[Colour, int]]:
    """Return a pattern as plain values."""
    return [(step.colour, step.duration_ms) for step in pattern]


@pytest.mark.covers("M-LED-01")
def test_in_normal_operation_the_status_led_is_steady_green() -> None:
    """M-LED-01."""
    assert seen(lamps().pattern(Led.STATUS)) == [(GREEN, 0)]


@pytest.mark.covers("M-LED-02")
def test_during_start_up_the_status_led_is_steady_amber() -> None:
    """M-LED-02; that is how the daemon itself begins."""
    assert "starting" in AT_START
    assert seen(Lamps(ManualClock()).pattern(Led.STATUS)) == [(AMBER, 0)]


@pytest.mark.covers("M-LED-03")
@pytest.mark.parametrize("cause", ["upgrade", "reset"])
def test_during_upgrade_and_reset_the_status_led_flashes_amber(cause: str) -> None:
    """M-LED-03."""
    assert seen(lamps(cause).pattern(Led.STATUS)) == [(AMBER, 500), (OFF, 500)]


@pytest.mark.covers("M-LED-04")
def test_without_network_the_status_led_flashes_amber_and_red() -> None:
    """M-LED-04."""
    assert seen(lamps("network_lost").pattern(Led.STATUS)) == [(AMBER, 500), (RED, 500)]


@pytest.mark.covers("M-LED-05")
def test_after_a_failed_upgrade_the_status_led_flashes_red_slowly() -> None:
    """M-LED-05: slower than plain flashing."""
    pattern = seen(lamps("upgrade_failed").pattern(Led.STATUS))
    assert pattern == [(RED, 1000), (OFF, 1000)]
    assert period_ms(lamps("upgrade_failed")) > period_ms(lamps("upgrade"))


@pytest.mark.covers("M-LED-06", "M-STA-04", part="LED")
def test_while_locating_the_status_led_flashes_red_and_green_fast() -> None:
    """M-LED-06: faster than plain flashing."""
    assert seen(lamps("locate").pattern(Led.STATUS)) == [(RED, 200), (GREEN, 200)]
    assert period_ms(lamps("locate")) < period_ms(lamps("upgrade"))


@pytest.mark.covers("M-LED-07")
def test_without_calibration_the_speaker_led_gives_two_short_flashes_and_a_long_pause() -> None:
    """M-LED-07: two short green flashes and one long without light; from the start, until calibrated."""
    assert "not_calibrated" in AT_START
    pattern = seen(Lamps(ManualClock()).pattern(Led.SPEAKER))
    assert [colour for colour, _ms in pattern] == [GREEN, OFF, GREEN, OFF]
    flash, gap, second, pause = (ms for _colour, ms in pattern)
    assert flash == gap == second
    assert pause >= 3 * flash


@pytest.mark.covers("M-LED-08")
def test_in_normal_operation_the_speaker_led_is_steady_green() -> None:
    """M-LED-08."""
    assert seen(lamps().pattern(Led.SPEAKER)) == [(GREEN, 0)]


@pytest.mark.covers("M-LED-09")
def test_after_over_current_the_speaker_led_flashes_red() -> None:
    """M-LED-09; it also outranks a missing calibration."""
    assert seen(lamps("over_current").pattern(Led.SPEAKER)) == [(RED, 500), (OFF, 500)]
    assert lamps("over_current", "not_calibrated").holding(Led.SPEAKER)[0].name == "over_current"


def test_the_more_urgent_cause_is_shown_and_the_next_one_after_it() -> None:
    """A reset outranks being located, which outranks a lost network; nothing is forgotten meanwhile."""
    all_at_once = lamps("network_lost", "locate", "reset", "starting")
    shown = []
    while (cause := all_at_once.holding(Led.STATUS)[0].name) not in ALWAYS:
        shown.append(cause)
        all_at_once.clear(cause)
    assert shown == ["reset", "locate", "starting", "network_lost"]
    assert seen(all_at_once.pattern(Led.STATUS)) == [(GREEN, 0)]


def test_every_cause_and_every_gesture_is_a_value_of_its_topic() -> None:
    """So that a rule can name it, and no event is refused."""
    assert set(CAUSES) == {cause.name for cause in TABLE}
    (gesture,) = CONTROL_BUTTON_GESTURE.data
    assert set(gesture.values or ()) == {each.value for each in Gesture}
    (led,) = LED.source
    assert set(led.values or ()) == {each.value for each in Led}


def test_every_lamp_has_a_last_cause_that_always_holds() -> None:
    """There is no moment at which nobody knows what to show."""
    for led in Led:
        assert [cause.name for cause in TABLE if cause.led is led][-1] in ALWAYS


def test_nothing_flashes_more_than_three_times_a_second() -> None:
    """WCAG 2.3.1: the web UI shows the lamps too."""
    for cause in TABLE:
        lit = sum(1 for step in cause.pattern if step.colour is not OFF and step.duration_ms)
        period = sum(step.duration_ms for step in cause.pattern)
        if period:
            colours = {step.colour for step in cause.pattern}
            flashes = lit / 2 if OFF not in colours else lit
            assert flashes * 1000 / period <= 3, cause.name


def test_a_cause_with_a_time_ends_by_itself() -> None:
    """Who raised it may be dead by then."""
    clock = ManualClock()
    located = Lamps(clock, ())
    located.raise_("locate", 30)
    assert located.next_end() == 30
    clock.advance(29.9)
    assert located.holding(Led.STATUS)[0].name == "locate"
    clock.advance(0.1)
    assert located.holding(Led.STATUS)[0].name == "normal"
    assert located.next_end() is None


def test_a_cause_raised_again_takes_the_new_time() -> None:
    """The last word counts, also when it is that there is no end."""
    clock = ManualClock()
    located = Lamps(clock, ())
    located.raise_("locate", 30)
    located.raise_("locate", 0)
    clock.advance(3600)
    assert located.holding(Led.STATUS)[0].name == "locate"


def test_what_a_daemon_raised_ends_a_while_after_it_is_gone() -> None:
    """Nobody knows any more whether it holds; what it did not raise is left alone."""
    clock = ManualClock()
    shown = Lamps(clock, ())
    shown.raise_("upgrade", 0, by="system")
    shown.raise_("network_lost", 0)
    shown.raise_("over_current", 0, by="audio")
    clock.advance(3600)
    shown.gone("system")
    assert shown.next_end() == GRACE_S
    clock.advance(GRACE_S - 0.1)
    assert shown.holding(Led.STATUS)[0].name == "upgrade"
    clock.advance(0.1)
    assert [cause.name for cause in shown.holding(Led.STATUS)] == ["network_lost", "normal"]
    assert shown.holding(Led.SPEAKER)[0].name == "over_current"


def test_a_cause_holds_as_long_as_anybody_says_so() -> None:
    """A daemon's word, and its death, concern nothing but what it said itself."""
    clock = ManualClock()
    shown = Lamps(clock, ())
    shown.raise_("network_lost", 0)
    shown.raise_("network_lost", 0, by="system")
    shown.gone("system")
    clock.advance(GRACE_S)
    assert shown.holding(Led.STATUS)[0].name == "network_lost", "the cable is still pulled"
    shown.raise_("network_lost", 0, by="system")
    shown.raise_("network_lost", 2, by="audio")
    shown.clear("network_lost")
    clock.advance(2)
    assert shown.holding(Led.STATUS)[0].name == "network_lost", "the system daemon says so"
    shown.clear("network_lost", by="audio")
    assert shown.holding(Led.STATUS)[0].name == "network_lost"
    shown.clear("network_lost", by="system")
    assert shown.holding(Led.STATUS)[0].name == "normal"


def test_what_holds_from_the_start_ends_by_anybodys_word() -> None:
    """This daemon knows nothing of it: whoever does clears it, and whoever raises it again holds it."""
    shown = Lamps(ManualClock())
    shown.raise_("not_calibrated", 0, by="audio")
    shown.clear("not_calibrated", by="audio")
    shown.clear("starting", by="system")
    assert [cause.name for cause in shown.holding(Led.SPEAKER)] == ["speaker_normal"]
    assert [cause.name for cause in shown.holding(Led.STATUS)] == ["normal"]


def test_a_daemon_that_is_back_in_time_has_what_it_tells_again() -> None:
    """And loses what it does not tell again."""
    clock = ManualClock()
    shown = Lamps(clock, ())
    for cause in ("upgrade", "locate"):
        shown.raise_(cause, 0, by="system")
    shown.gone("system")
    clock.advance(1)
    shown.raise_("upgrade", 0, by="system")
    clock.advance(GRACE_S)
    assert [cause.name for cause in shown.holding(Led.STATUS)] == ["upgrade", "normal"]
    shown.gone("system")
    shown.gone("system")
    clock.advance(GRACE_S)
    assert shown.holding(Led.STATUS)[0].name == "normal"


def test_the_daemons_own_death_changes_nothing_that_is_told_again() -> None:
    """Who raised a cause tells it again; what was over is not taken up, nor what a hand on the button meant."""
    clock = ManualClock()
    before = Lamps(clock)
    before.clear("starting")
    before.raise_("network_lost", 0)
    before.raise_("reset", 0)
    before.raise_("power_up_hold", 0)
    before.raise_("locate", 2, by="system")
    before.raise_("upgrade", 0, by="system")
    after = Lamps(clock, kept=before.kept())
    names = [cause.name for cause in after.holding(Led.STATUS)]
    assert names == ["upgrade", "locate", "network_lost", "normal"]
    after.raise_("upgrade", 0, by="system")
    clock.advance(2)
    assert "locate" not in [cause.name for cause in after.holding(Led.STATUS)]
    clock.advance(GRACE_S)
    assert [cause.name for cause in after.holding(Led.STATUS)] == ["upgrade", "normal"]
    assert after.holding(Led.SPEAKER)[0].name == "not_calibrated"


def test_a_unit_that_was_starting_is_starting_still() -> None:
    """Until the system daemon says otherwise, however long that takes."""
    clock = ManualClock()
    after = Lamps(clock, kept=Lamps(clock).kept())
    clock.advance(3600)
    assert after.holding(Led.STATUS)[0].name == "starting"


def test_a_death_gives_nothing_more_time() -> None:
    """A cause that ends by itself sooner does so."""
    clock = ManualClock()
    shown = Lamps(clock, ())
    shown.raise_("locate", 2, by="system")
    shown.gone("system")
    clock.advance(2)
    assert shown.holding(Led.STATUS)[0].name == "normal"


@pytest.mark.parametrize("name", ["", "normal ", "disco", "x" * 500])
def test_an_unknown_cause_is_refused(name: str) -> None:
    """The refusal names what there is."""
    with pytest.raises(NotFound, match="not_calibrated"):
        lamps().raise_(name, 0)
    with pytest.raises(NotFound):
        lamps().clear(name)


@pytest.mark.parametrize("lasting_s", [-1.0, float("nan"), float("inf"), 1e9])
def test_an_odd_time_is_refused(lasting_s: float) -> None:
    """It would end never, or never begin."""
    with pytest.raises(InvalidValue):
        lamps().raise_("locate", lasting_s)


def test_normal_operation_cannot_be_cleared() -> None:
    """There is always something to show."""
    with pytest.raises(InvalidValue):
        lamps().clear("normal")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, [(GREEN, 0)]),
        ({"StatusLed.Usage": "on", "StatusLed.FlashInterval": "9"}, [(GREEN, 0)]),
        ({"StatusLed.Usage": "off"}, [(OFF, 0)]),
        ({"StatusLed.Usage": "flash"}, [(GREEN, 250), (OFF, 3750)]),
        (
            {"StatusLed.Usage": "flash", "StatusLed.FlashInterval": "1"},
            [(GREEN, 250), (OFF, 750)],
        ),
        (
            {"StatusLed.Usage": "flash", "StatusLed.FlashInterval": "x"},
            [(GREEN, 250), (OFF, 3750)],
        ),
    ],
)
def test_the_parameters_choose_what_normal_operation_looks_like(
    values: dict[str, str], expected: list[tuple[Colour, int]]
) -> None:
    """`StatusLed.Usage` and `.FlashInterval`; a damaged value counts as its default."""
    assert seen(normal_pattern_of(values)) == expected


def test_the_parameters_leave_every_other_cause_alone() -> None:
    """A status LED that is switched off still tells of trouble."""
    dark = lamps("network_lost")
    dark.set_normal(normal_pattern("off", 4))
    assert seen(dark.pattern(Led.STATUS)) == [(AMBER, 500), (RED, 500)]
    dark.clear("network_lost")
    assert dark.pattern(Led.STATUS) == (Step(OFF, 0),)


def period_ms(shown: Lamps) -> int:
    """Return how long the status LED's pattern takes."""
    return sum(step.duration_ms for step in shown.pattern(Led.STATUS))


@pytest.mark.parametrize("cause", ["over_current", "over_temperature"])
def test_a_silent_amplifier_is_shown_before_a_load_that_was_not_tested(cause: str) -> None:
    """Red flashes over the green ones, for either reason."""
    assert seen(lamps(cause, "not_calibrated").pattern(Led.SPEAKER)) == [(RED, 500), (OFF, 500)]
