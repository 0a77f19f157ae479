"""The equaliser: each preset has the response it promises, and changes are not heard as such."""

import subprocess
import sys

import numpy as np
import pytest

from daemons.audio.equaliser import PRESETS, Band, Equaliser, Filter, HighPass, build
from daemons.audio.limiter import TruePeakLimiter
from daemons.audio.master import Master
from daemons.audio.params.output import EQUALISERS

PERIOD = 480
RATE = 48_000
FREQUENCIES = np.geomspace(40, 18_000, 60)
SHAPED = [name for name, filters in PRESETS.items() if filters]


def designed_db(filters: tuple[Filter, ...], hz: np.ndarray) -> np.ndarray:
    """The response in dB by the formulas of the RBJ cookbook, apart from any library."""
    z = np.exp(-2j * np.pi * hz / RATE)
    whole = np.ones_like(z)
    for part in filters:
        if isinstance(part, HighPass):
            k = np.tan(np.pi * part.hz / RATE)
            whole *= ((1 - z) / ((1 + k) - (1 - k) * z)) ** part.order
            continue
        a = 10 ** (part.gain_db / 40)
        w = 2 * np.pi * part.hz / RATE
        alpha, cos = np.sin(w) / (2 * part.q), np.cos(w)
        if isinstance(part, Band):
            b_, a_ = (
                (1 + alpha * a, -2 * cos, 1 - alpha * a),
                (1 + alpha / a, -2 * cos, 1 - alpha / a),
            )
        else:
            sign = 1 if part.high else -1
            root = 2 * np.sqrt(a) * alpha
            b_ = (
                a * ((a + 1) + sign * (a - 1) * cos + root),
                -sign * 2 * a * ((a - 1) + sign * (a + 1) * cos),
                a * ((a + 1) + sign * (a - 1) * cos - root),
            )
            a_ = (
                (a + 1) - sign * (a - 1) * cos + root,
                sign * 2 * ((a - 1) - sign * (a + 1) * cos),
                (a + 1) - sign * (a - 1) * cos - root,
            )
        whole *= (b_[0] + b_[1] * z + b_[2] * z**2) / (a_[0] + a_[1] * z + a_[2] * z**2)
    return 20 * np.log10(np.abs(whole))


def run(equaliser: Equaliser, sound: np.ndarray) -> np.ndarray:
    """Send a sound through in periods."""
    out = sound.astype(np.float32).copy()
    for block in out.reshape(-1, PERIOD):
        equaliser.process(block)
    return out


def shaped(preset: str) -> Equaliser:
    """Return an equaliser that has a preset from the start."""
    equaliser = Equaliser(PERIOD)
    equaliser.change(build(preset, PERIOD), at_once=True)
    return equaliser


def test_every_choice_of_the_parameter_is_a_preset() -> None:
    """What can be chosen can be built, and nothing else is there."""
    assert [value for value, _label in EQUALISERS] == list(PRESETS)


@pytest.mark.parametrize("preset", SHAPED)
def test_the_response_is_the_designed_one(preset: str) -> None:
    """By an impulse, within 0.1 dB from 40 Hz to 18 kHz where anything comes through."""
    impulse = np.zeros(PERIOD * 100, np.float32)
    impulse[0] = 1.0
    spectrum = np.fft.rfft(run(shaped(preset), impulse).astype(np.float64))
    bins = np.round(FREQUENCIES * len(impulse) / RATE).astype(int)
    measured = 20 * np.log10(np.abs(spectrum[bins]))
    design = designed_db(PRESETS[preset], bins * RATE / len(impulse))
    heard = design > -40
    assert np.max(np.abs(measured - design)[heard]) < 0.1
    assert np.max(np.abs(design)) > 1.0


def test_nothing_is_delayed() -> None:
    """The first sample of an impulse comes out with the first sample."""
    impulse = np.zeros(PERIOD, np.float32)
    impulse[0] = 0.5
    for preset in SHAPED:
        assert abs(run(shaped(preset), impulse)[0]) > 0.1


def test_flat_does_not_touch_a_sample() -> None:
    """Without a preset the very block comes out."""
    sound = np.random.default_rng(1).uniform(-1, 1, PERIOD * 4).astype(np.float32)
    assert build("flat", PERIOD) is None
    assert np.array_equal(run(Equaliser(PERIOD), sound), sound)


@pytest.mark.parametrize(
    ("before", "after"), [("flat", "speech"), ("speech", "horn"), ("horn", "flat")]
)
def test_a_change_is_no_click(before: str, after: str) -> None:
    """A tone goes over from one level to the other without a step or a splash beside it."""
    hz = 1_000.0
    tone = 0.25 * np.sin(2 * np.pi * hz * np.arange(PERIOD * 60) / RATE)
    equaliser = Equaliser(PERIOD)
    equaliser.change(build(before, PERIOD), at_once=True)
    first = run(equaliser, tone[: PERIOD * 20])
    equaliser.change(build(after, PERIOD), at_once=False)
    second = run(equaliser, tone[PERIOD * 20 :])
    out = np.concatenate((first, second)).astype(np.float64)
    settled = tone - 0  # the tone as it went in
    levels = [designed_db(PRESETS[name], np.array([hz]))[0] for name in (before, after)]
    for part, level in (
        (out[PERIOD * 15 : PERIOD * 20], levels[0]),
        (out[-PERIOD * 10 :], levels[1]),
    ):
        expected = np.sqrt(np.mean(settled**2)) * 10 ** (level / 20)
        assert np.sqrt(np.mean(part**2)) == pytest.approx(expected, rel=0.01)
    around = out[PERIOD * 15 : PERIOD * 35] * np.hanning(PERIOD * 20)
    spectrum = np.abs(np.fft.rfft(around))
    frequencies = np.fft.rfftfreq(len(around), 1 / RATE)
    beside = spectrum[np.abs(frequencies - hz) > 300].max() / spectrum.max()
    assert 20 * np.log10(beside) < -70


def test_the_last_of_many_changes_holds() -> None:
    """Changes that come faster than one can be made end in the one asked for last."""
    equaliser = Equaliser(PERIOD)
    impulse = np.zeros(PERIOD * 20, np.float32)
    for preset in ("speech", "music", "horn", "flat", "small"):
        equaliser.change(build(preset, PERIOD), at_once=False)
        run(equaliser, impulse[:PERIOD])
    run(equaliser, impulse)
    impulse[0] = 1.0
    assert np.allclose(run(equaliser, impulse), run(shaped("small"), impulse), atol=1e-6)


@pytest.mark.parametrize("preset", SHAPED)
def test_boosts_stay_under_the_ceiling(preset: str) -> None:
    """Noise at full scale, raised by the preset and by 6 dB of gain, has no peak above -1 dBTP, also in between."""
    master = Master(PERIOD, 2.0, -1.0)
    master.set_equaliser(build(preset, PERIOD), at_once=True)
    noise = np.fft.rfft(np.random.default_rng(2).uniform(-1, 1, PERIOD * 60))
    noise[len(noise) * 18 // 24 :] = 0  # up to 18 kHz, as sound from clips and networks is
    out = np.clip(np.fft.irfft(noise), -1, 1).astype(np.float32)
    for block in out.reshape(-1, PERIOD):
        master.process(block)
    spectrum = np.fft.rfft(out[TruePeakLimiter.delay_frames :].astype(np.float64))
    finer = np.fft.irfft(np.pad(spectrum, (0, len(spectrum) * 7)))
    finer *= len(finer) / (len(out) - TruePeakLimiter.delay_frames)
    middle = finer[len(finer) // 10 : -len(finer) // 10]
    assert 20 * np.log10(np.abs(middle).max()) < -0.99
    assert 20 * np.log10(np.abs(middle).max()) > -2.5


def test_a_flat_unit_does_not_load_the_library() -> None:
    """Its 5 MB are for those who use it."""
    program = (
        "import sys, daemons.audio.__main__; from daemons.audio.equaliser import build; "
        "assert build('flat', 480) is None; assert 'pedalboard' not in sys.modules; "
        "build('horn', 480); assert 'pedalboard' in sys.modules"
    )
    subprocess.run([sys.executable, "-P", "-c", program], check=True, timeout=60)
