"""The mixer: sums to the sample, ducks with a ramp, and lets what it silenced resume exactly where it was."""

from dataclasses import replace

import numpy as np
import pytest

from daemons.audio.ducking import Action, ClassRule, ClassRules
from daemons.audio.mixer import Ended, Mixer, Starved, Voice
from daemons.audio.playback import EndReason, PlaybackSpec, SourceClass
from daemons.audio.sources import MemorySource, Samples

PERIOD = 480
SILENCE_MS = 15
DUCK_MS = 25
RULES = ClassRules(
    {
        SourceClass.EMERGENCY: ClassRule(Action.SILENCE, ramp_ms=SILENCE_MS),
        SourceClass.PAGE: ClassRule(Action.DUCK, depth_db=20, ramp_ms=DUCK_MS),
        SourceClass.ANNOUNCEMENT: ClassRule(Action.DUCK, depth_db=12, ramp_ms=DUCK_MS),
        SourceClass.ADVERTISEMENT: ClassRule(Action.MIX),
        SourceClass.MUSIC: ClassRule(Action.MIX),
    }
)
MUSIC = PlaybackSpec("music", SourceClass.MUSIC)
PAGE = PlaybackSpec("page", SourceClass.PAGE)
EMERGENCY = PlaybackSpec("alarm", SourceClass.EMERGENCY)


class LiveSource:
    """Counts up for as long as it is read; can run dry and fail."""

    live = True
    duration_frames = None
    finished = False
    failure: str | None = None

    def __init__(self) -> None:
        self.position = 0
        self.dry = False

    def read_into(self, buffer: Samples) -> int:
        if self.dry:
            return 0
        buffer[:] = np.arange(self.position, self.position + len(buffer)) / 1e6
        self.position += len(buffer)
        return len(buffer)

    def close(self) -> None:
        """Nothing to close."""


class Desk:
    """A mixer, and what came out of it."""

    def __init__(self) -> None:
        self.mixer = Mixer(RULES, PERIOD)
        self.news: list[Ended | Starved] = []

    def add(self, id_: str, sound: np.ndarray | LiveSource, spec: PlaybackSpec) -> Voice:
        source = sound if isinstance(sound, LiveSource) else MemorySource(sound.astype(np.float32))
        voice = Voice(id_, source, spec, PERIOD)
        self.mixer.add(voice)
        return voice

    def render(self, periods: int) -> np.ndarray:
        blocks = np.full((periods, PERIOD), 99.0, dtype=np.float32)
        for block in blocks:
            self.news += self.mixer.render(block)
        return blocks.ravel()


def steps(frames: int) -> np.ndarray:
    """Samples of which each says where it stands, and that add up without rounding."""
    return (np.arange(1, frames + 1) / 2**18).astype(np.float32)


def test_one_voice_comes_out_as_it_went_in() -> None:
    """Alone and at full volume not a bit changes, and then there is silence."""
    desk = Desk()
    desk.add("a", steps(1_000), MUSIC)
    out = desk.render(4)
    assert np.array_equal(out[:1_000], steps(1_000))
    assert not out[1_000:].any()
    assert [(item.voice.id, item.reason) for item in desk.news if isinstance(item, Ended)] == [
        ("a", EndReason.FINISHED)
    ]
    assert not len(desk.mixer)


def test_equals_are_added() -> None:
    """Three voices of one rank are their sum, each with its own volume."""
    desk = Desk()
    for number, volume in enumerate((1.0, 0.5, 0.25)):
        desk.add(str(number), steps(2_000), replace(MUSIC, volume=volume))
    np.testing.assert_allclose(desk.render(4), 1.75 * steps(1_920), rtol=1e-6)


def test_ducking_takes_its_ramp_and_goes_on_playing() -> None:
    """Music falls to -20 dB in 25 ms while the page plays from its first sample, and comes back after it."""
    desk = Desk()
    desk.add("music", np.full(480_000, 0.5), MUSIC)
    before = desk.render(2)
    assert (before == 0.5).all()
    desk.add("page", np.full(4_800, 0.25), PAGE)
    out = desk.render(20)
    ramp = DUCK_MS * 48
    np.testing.assert_allclose(out[0], 0.75, atol=1e-3)
    np.testing.assert_allclose(out[ramp - 1 : 4_800], 0.25 + 0.05, atol=1e-6)
    music = out[: ramp + 100] - 0.25
    assert np.abs(np.diff(music)).max() < 1.01 * 0.45 / ramp
    np.testing.assert_allclose(out[4_800 + ramp :], 0.5, atol=1e-7)
    assert np.abs(np.diff(out[4_800:])).max() < 1.01 * 0.45 / ramp


def test_what_is_silenced_resumes_exactly_where_it_was() -> None:
    """Under an emergency music fades out, waits, and goes on with the very next sample: none lost, none twice."""
    desk = Desk()
    voice = desk.add("music", np.ones(100_000), MUSIC)
    desk.render(3)
    desk.add("alarm", np.full(48_000, 2.0**-20), EMERGENCY)
    desk.render(10)
    fade = SILENCE_MS * 48
    assert voice.paused
    assert voice.position_frames == 3 * PERIOD + fade
    desk.render(89)
    assert voice.position_frames == 3 * PERIOD + fade
    desk.render(2)
    assert voice.position_frames == 3 * PERIOD + fade + PERIOD


def test_a_fade_takes_no_sample_more_than_it_plays() -> None:
    """The samples of a silenced source, put together, are the source."""
    desk = Desk()
    sound = steps(20_000)
    desk.add("music", sound, MUSIC)
    first = desk.render(2)
    desk.add("alarm", np.zeros(4_800), EMERGENCY)
    second = desk.render(10)
    third = desk.render(30)
    fade = SILENCE_MS * 48
    heard = np.concatenate((first, second[:fade], third))
    where = slice(2 * PERIOD, 2 * PERIOD + 2 * fade)
    assert np.array_equal(
        np.delete(heard, np.r_[where])[:10_000],
        np.delete(sound[: len(heard)], np.r_[where])[:10_000],
    )
    down = np.linspace(1, 0, fade + 1)[1:]
    np.testing.assert_allclose(
        heard[where], sound[where] * np.concatenate((down, down[::-1] + 1 / fade)), atol=1e-4
    )


def test_a_live_source_does_not_wait() -> None:
    """Silenced, it is thrown away; afterwards it is heard as it is then."""
    desk = Desk()
    live = LiveSource()
    desk.add("talk", live, MUSIC)
    desk.render(5)
    desk.add("alarm", np.zeros(48_000), EMERGENCY)
    assert not desk.render(90)[SILENCE_MS * 48 :].any()
    assert live.position == 95 * PERIOD
    out = desk.render(20)
    np.testing.assert_allclose(out[-1], (115 * PERIOD - 1) / 1e6, rtol=1e-5)


def test_what_starts_under_something_higher_starts_low() -> None:
    """A newcomer is ducked from its first sample, without a ramp to be heard."""
    desk = Desk()
    desk.add("page", np.zeros(9_600), PAGE)
    desk.render(1)
    desk.add("music", np.ones(9_600), MUSIC)
    np.testing.assert_allclose(desk.render(2), 0.1, rtol=1e-6)


def test_stop_fades_in_five_milliseconds() -> None:
    """No click: 240 frames of ramp, then nothing; the others come back meanwhile."""
    desk = Desk()
    desk.add("music", np.full(48_000, 0.5), MUSIC)
    desk.add("page", np.full(48_000, 0.25), PAGE)
    desk.render(10)
    desk.mixer.stop("page", 5.0)
    out = desk.render(5)
    assert np.abs(np.diff(out)).max() < 0.25 / 240 + 0.45 / (DUCK_MS * 48)
    np.testing.assert_allclose(out[DUCK_MS * 48 :], 0.5, atol=1e-6)
    assert [item.reason for item in desk.news if isinstance(item, Ended)] == [EndReason.STOPPED]


def test_a_paused_voice_can_be_stopped() -> None:
    """Stopping what is silenced ends it at once."""
    desk = Desk()
    desk.add("music", np.ones(48_000), MUSIC)
    desk.add("alarm", np.zeros(48_000), EMERGENCY)
    desk.render(5)
    desk.mixer.stop("music", 5.0)
    desk.render(1)
    assert [voice.id for voice in desk.mixer] == ["alarm"]


def test_starving_is_told_once_and_heard_as_silence() -> None:
    """A live source that runs dry is silent, is reported once, and is heard again when it has something."""
    desk = Desk()
    live = LiveSource()
    desk.add("talk", live, MUSIC)
    desk.render(2)
    live.dry = True
    assert not desk.render(5).any()
    live.dry = False
    assert desk.render(1).any()
    assert [type(item) for item in desk.news] == [Starved]


def test_a_source_that_fails_says_so() -> None:
    """A failed source ends as failed."""
    desk = Desk()
    live = LiveSource()
    desk.add("talk", live, MUSIC)
    live.dry, live.finished, live.failure = True, True, "the disk is gone"
    desk.render(1)
    assert [item.reason for item in desk.news if isinstance(item, Ended)] == [EndReason.FAILED]


def test_other_rules_hold_at_once() -> None:
    """What plays is treated anew when the rules change."""
    desk = Desk()
    desk.add("music", np.ones(48_000), MUSIC)
    desk.add("page", np.zeros(48_000), PAGE)
    assert desk.render(5)[-1] == pytest.approx(0.1)
    rules = dict(RULES.rules)
    rules[SourceClass.PAGE] = ClassRule(Action.DUCK, depth_db=6, ramp_ms=10)
    desk.mixer.configure(ClassRules(rules))
    assert desk.render(5)[-1] == pytest.approx(10 ** (-6 / 20))
