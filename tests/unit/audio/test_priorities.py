"""Every class against every other, at the mixer: how far, how fast, and back again."""

import itertools

import numpy as np
import pytest

from daemons.audio.ducking import Action, ClassRule, ClassRules, Treatment, ramp_between
from daemons.audio.mixer import Mixer, Voice
from daemons.audio.playback import PlaybackSpec, SourceClass
from daemons.audio.sources import SAMPLE_RATE_HZ, MemorySource

PERIOD = 480
DEPTHS = {kind: 6.0 + 5.0 * kind for kind in SourceClass}
RAMPS_MS = {kind: 15.0 + 37.0 * kind for kind in SourceClass}
PAIRS = [
    ((upper, upper_priority), (lower, lower_priority))
    for upper, lower in itertools.product(SourceClass, SourceClass)
    for upper_priority, lower_priority in ((0, 0), (100, 0), (0, 100))
    if (upper, upper_priority) > (lower, lower_priority)
]


def rules(action: Action) -> ClassRules:
    """Return rules in which no two classes are alike."""
    return ClassRules(
        {kind: ClassRule(action, DEPTHS[kind], RAMPS_MS[kind]) for kind in SourceClass}
    )


class Room:
    """A mixer of which one voice is heard as its gain: a source of ones among silent ones."""

    def __init__(self, action: Action) -> None:
        self.mixer = Mixer(rules(action), PERIOD)

    def add(self, id_: str, rank: tuple[SourceClass, int], value: float) -> None:
        """Play ten seconds of one value."""
        sound = np.full(10 * SAMPLE_RATE_HZ, value, dtype=np.float32)
        self.mixer.add(Voice(id_, MemorySource(sound), PlaybackSpec(id_, *rank), PERIOD))

    def gains(self, seconds: float) -> np.ndarray:
        """Return the gain of what is heard, sample by sample."""
        blocks = np.zeros((round(seconds * SAMPLE_RATE_HZ / PERIOD), PERIOD), dtype=np.float32)
        for block in blocks:
            self.mixer.render(block)
        return blocks.ravel()


def check_ramp(gains: np.ndarray, begin: float, end: float, ramp_ms: float) -> None:
    """See that a gain goes from `begin` to `end` in a straight line that takes that long, and stays."""
    frames = round(ramp_ms * SAMPLE_RATE_HZ / 1000)
    line = begin + (end - begin) * np.arange(1, frames + 1) / frames
    np.testing.assert_allclose(gains[:frames], line, atol=2e-4)
    np.testing.assert_allclose(gains[frames:], end, atol=1e-6)


@pytest.mark.parametrize(("upper", "lower"), PAIRS)
def test_a_class_ducks_what_is_below_it_by_its_depth_in_its_ramp(
    upper: tuple[SourceClass, int], lower: tuple[SourceClass, int]
) -> None:
    """The depth to 0.01 dB, both ramps to the sample, whatever the two classes and priorities are."""
    room = Room(Action.DUCK)
    room.add("lower", lower, 1.0)
    assert (room.gains(0.1) == 1.0).all()
    room.add("upper", upper, 0.0)
    down = room.gains(0.4)
    check_ramp(down, 1.0, 10 ** (-DEPTHS[upper[0]] / 20), RAMPS_MS[upper[0]])
    assert 20 * np.log10(down[-1]) == pytest.approx(-DEPTHS[upper[0]], abs=0.01)
    room.mixer.stop("upper", 5.0)
    check_ramp(room.gains(0.4), float(down[-1]), 1.0, RAMPS_MS[upper[0]])


@pytest.mark.parametrize(("upper", "lower"), PAIRS)
def test_a_class_silences_what_is_below_it_in_its_ramp(
    upper: tuple[SourceClass, int], lower: tuple[SourceClass, int]
) -> None:
    """And gives it back as fast."""
    room = Room(Action.SILENCE)
    room.add("lower", lower, 1.0)
    room.gains(0.1)
    room.add("upper", upper, 0.0)
    check_ramp(room.gains(0.4), 1.0, 0.0, RAMPS_MS[upper[0]])
    room.mixer.stop("upper", 5.0)
    check_ramp(room.gains(0.4), 0.0, 1.0, RAMPS_MS[upper[0]])


@pytest.mark.parametrize(("upper", "lower"), PAIRS)
def test_a_newcomer_below_starts_as_low_as_it_has_to(
    upper: tuple[SourceClass, int], lower: tuple[SourceClass, int]
) -> None:
    """From its very first sample: nobody hears a blip of it."""
    room = Room(Action.DUCK)
    room.add("upper", upper, 0.0)
    room.gains(0.1)
    room.add("lower", lower, 1.0)
    np.testing.assert_allclose(room.gains(0.1), 10 ** (-DEPTHS[upper[0]] / 20), atol=1e-6)


def test_of_three_each_turns_music_up_as_fast_as_it_turned_it_down() -> None:
    """A page ends over an announcement over music: the page's ramp up to the announcement's depth, then its own."""
    room = Room(Action.DUCK)
    room.add("music", (SourceClass.MUSIC, 0), 1.0)
    room.add("announcement", (SourceClass.ANNOUNCEMENT, 0), 0.0)
    room.gains(0.4)
    room.add("page", (SourceClass.PAGE, 0), 0.0)
    by_page, by_announcement = (
        10 ** (-DEPTHS[kind] / 20) for kind in (SourceClass.PAGE, SourceClass.ANNOUNCEMENT)
    )
    check_ramp(room.gains(0.4), by_announcement, by_page, RAMPS_MS[SourceClass.PAGE])
    room.mixer.stop("page", 5.0)
    check_ramp(room.gains(0.4), by_page, by_announcement, RAMPS_MS[SourceClass.PAGE])
    room.mixer.stop("announcement", 5.0)
    check_ramp(room.gains(0.4), by_announcement, 1.0, RAMPS_MS[SourceClass.ANNOUNCEMENT])


def test_a_rule_that_changes_while_it_acts_takes_its_new_ramp() -> None:
    """Softer or louder; a rule that lets go altogether takes the ramp it had."""
    deep, soft = (
        Treatment(Action.DUCK, gain, ramp_ms, "page") for gain, ramp_ms in ((0.1, 30), (0.5, 70))
    )
    assert ramp_between(deep, soft) == 70
    assert ramp_between(soft, deep) == 30
    assert ramp_between(deep, Treatment()) == 30


def test_another_volume_comes_without_a_click_and_is_ducked_alike() -> None:
    """It moves in 50 ms from where it is; under a page it is the page's depth below the new volume."""
    room = Room(Action.DUCK)
    room.add("music", (SourceClass.MUSIC, 0), 1.0)
    room.gains(0.1)
    room.mixer.set_volume("music", 0.5, 50.0)
    check_ramp(room.gains(0.2), 1.0, 0.5, 50.0)
    room.add("page", (SourceClass.PAGE, 0), 0.0)
    ducked = 10 ** (-DEPTHS[SourceClass.PAGE] / 20)
    check_ramp(room.gains(0.4), 0.5, 0.5 * ducked, RAMPS_MS[SourceClass.PAGE])
    room.mixer.set_volume("music", 1.0, 50.0)
    check_ramp(room.gains(0.2), 0.5 * ducked, ducked, 50.0)
    room.mixer.stop("music", 5.0)
    room.mixer.set_volume("music", 1.0, 50.0)
    room.mixer.set_volume("long gone", 1.0, 50.0)
    assert not room.gains(0.1)[240:].any()


def slowly_silenced() -> Room:
    """Return a room in which an announcement has begun to silence music, which will take ten seconds."""
    room = Room(Action.SILENCE)
    patient = dict(rules(Action.SILENCE).rules)
    patient[SourceClass.ANNOUNCEMENT] = ClassRule(Action.SILENCE, ramp_ms=10_000)
    room.mixer.configure(ClassRules(patient))
    room.add("music", (SourceClass.MUSIC, 0), 1.0)
    room.add("announcement", (SourceClass.ANNOUNCEMENT, 0), 0.0)
    assert room.gains(0.5)[-1] == pytest.approx(0.95, abs=1e-3)
    return room


def test_an_emergency_does_not_wait_for_a_slower_class() -> None:
    """Both silence the music; what is faded for ten seconds is gone within the emergency's own ramp."""
    room = slowly_silenced()
    room.add("alarm", (SourceClass.EMERGENCY, 0), 0.0)
    check_ramp(room.gains(0.4), 0.95, 0.0, RAMPS_MS[SourceClass.EMERGENCY])


def test_what_fades_slowly_stops_at_once() -> None:
    """A stop takes its five milliseconds, whoever turns the voice down already."""
    room = slowly_silenced()
    room.mixer.stop("music", 5.0)
    check_ramp(room.gains(0.1), 0.95, 0.0, 5.0)
    assert [voice.id for voice in room.mixer] == ["announcement"]


def test_a_way_back_is_not_hurried_by_somebody_else() -> None:
    """While music comes back in its ten seconds another source starts and ends: it goes on coming."""
    room = slowly_silenced()
    room.mixer.stop("announcement", 5.0)
    room.gains(0.1)
    room.add("more music", (SourceClass.MUSIC, 0), 0.0)
    room.mixer.stop("more music", 5.0)
    check_ramp(room.gains(0.1), 0.95 + 0.05 * 0.01, 0.95 + 0.05 * 0.02, 100)
