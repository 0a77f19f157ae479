"""The ALSA driver looks at every count it gets back, and packs samples for whatever the device takes."""

import errno
from typing import Any

import alsaaudio
import numpy as np
import pytest

from common.errors import HardwareFault, NotSupported
from hw.drivers.alsa import AlsaInput, AlsaOutput, open_input
from hw.ports import SoundCard

PERIOD = 480


class FakePcm:
    """A device as pyalsaaudio shows it: returns what it is told to, and keeps what it takes."""

    takes: tuple[int, ...] = (alsaaudio.PCM_FORMAT_S32_LE,)
    channels = 2

    def __init__(self, direction: int, mode: int, **asked: Any) -> None:
        self.asked = asked
        self.answers: list[int | Exception] = []
        self.taken = b""
        self.to_read: list[tuple[int, bytes]] = []
        self.closed = False

    def info(self) -> dict[str, Any]:
        """Describe what was opened; formats it lacks are silently replaced by one it has."""
        wanted = self.asked["format"]
        return {
            "format": wanted if wanted in self.takes else self.takes[0],
            "format_name": "?",
            "channels": self.channels,
            "rate": 48_000,
            "period_size": 480,
            "periods": 3,
        }

    def write(self, data: Any) -> int:
        """Take the data, or answer as told."""
        frame = self.channels * (4 if self.asked["format"] == alsaaudio.PCM_FORMAT_S32_LE else 2)
        raw = bytes(data)
        answer = self.answers.pop(0) if self.answers else len(raw) // frame
        if isinstance(answer, Exception):
            raise answer
        self.taken += raw[: max(answer, 0) * frame]
        return answer

    def read(self) -> tuple[int, bytes]:
        """Give what is there."""
        return self.to_read.pop(0)

    def close(self) -> None:
        """Close."""
        self.closed = True


@pytest.fixture
def pcms(monkeypatch: pytest.MonkeyPatch) -> list[FakePcm]:
    """Put fakes in the place of pyalsaaudio's devices, and return those that were made."""
    made: list[FakePcm] = []

    def make(*given: Any, **asked: Any) -> FakePcm:
        made.append(FakePcm(*given, **asked))
        return made[-1]

    monkeypatch.setattr(alsaaudio, "PCM", make)
    return made


BLOCK = (np.arange(-240, 240) / 256).astype(np.float32)


def as_stereo(block: np.ndarray) -> bytes:
    """Pack as S32_LE, both channels the same."""
    return np.repeat((block.astype(np.float64) * 2**31).astype("<i4"), 2).tobytes()


def test_samples_are_packed_exactly(pcms: list[FakePcm]) -> None:
    """S32, both channels the same, not a bit changed."""
    output = AlsaOutput("card")
    assert not output.write(BLOCK)
    assert pcms[0].taken == as_stereo(BLOCK)


def test_full_scale_does_not_wrap(pcms: list[FakePcm]) -> None:
    """+1.0 and beyond are the largest value there is, never the smallest."""
    output = AlsaOutput("card")
    output.write(np.array([1.0, 2.0, -1.0, -2.0], dtype=np.float32))
    values = np.frombuffer(pcms[0].taken, dtype="<i4")[::2]
    assert (values[:2] > 2**31 - 200).all()
    assert (values[2:] == -(2**31)).all()


def test_an_underrun_is_told_and_nothing_is_lost(pcms: list[FakePcm]) -> None:
    """-EPIPE comes as a count, not as an exception: the block is written again, whole."""
    output = AlsaOutput("card")
    pcms[0].answers = [-errno.EPIPE]
    assert output.write(BLOCK)
    assert pcms[0].taken == as_stereo(BLOCK)
    assert not output.write(BLOCK)


def test_a_short_write_is_continued(pcms: list[FakePcm]) -> None:
    """What the device did not take is written next."""
    output = AlsaOutput("card")
    pcms[0].answers = [100, 0, 30]
    assert not output.write(BLOCK)
    assert pcms[0].taken == as_stereo(BLOCK)


@pytest.mark.parametrize(
    "answers",
    [[-errno.ENODEV], [alsaaudio.ALSAAudioError("No such device [card]")], [-errno.EPIPE] * 50],
)
def test_a_device_that_fails_is_lost(pcms: list[FakePcm], answers: list[int | Exception]) -> None:
    """Errors, and underruns without end, are a hardware fault that names the device."""
    output = AlsaOutput("card")
    pcms[0].answers = answers
    with pytest.raises(HardwareFault, match="card"):
        output.write(BLOCK)


def test_another_format_is_taken_when_the_first_is_not(
    pcms: list[FakePcm], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that has S16 alone is opened in S16, and what was tried before is closed."""
    monkeypatch.setattr(FakePcm, "takes", (alsaaudio.PCM_FORMAT_S16_LE,))
    output = AlsaOutput("card")
    output.write(BLOCK)
    assert "S16_LE stereo" in output.description
    assert pcms[0].closed
    assert not pcms[1].closed
    expected = np.repeat((BLOCK * 2**15).astype("<i2"), 2)
    taken = np.frombuffer(pcms[1].taken, dtype="<i2")
    assert np.abs(taken.astype(int) - expected).max() <= 1, "but for the dither"


def test_a_device_without_a_usable_shape_is_refused(
    pcms: list[FakePcm], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight channels of something are not for us; every attempt is closed."""
    monkeypatch.setattr(FakePcm, "channels", 8)
    with pytest.raises(HardwareFault, match="8 channels"):
        AlsaOutput("card")
    assert all(pcm.closed for pcm in pcms)


def test_an_overrun_is_counted_and_recording_goes_on(pcms: list[FakePcm]) -> None:
    """-EPIPE while reading is counted, and the next period is returned."""
    microphone = AlsaInput("card")
    pcms[0].to_read = [(-errno.EPIPE, b""), (PERIOD, as_stereo(BLOCK))]
    assert np.array_equal(microphone.read(), BLOCK)
    assert microphone.overruns == 1


def test_a_microphone_that_fails_is_lost(pcms: list[FakePcm]) -> None:
    """Any other negative count is a hardware fault."""
    microphone = AlsaInput("card")
    pcms[0].to_read = [(-errno.ENODEV, b"")]
    with pytest.raises(HardwareFault, match="card"):
        microphone.read()


def test_a_board_without_input_says_so() -> None:
    """There is nothing to open."""
    with pytest.raises(NotSupported, match="no audio input"):
        open_input(SoundCard(playback="card", capture=None))


@pytest.fixture
def of_16_bits(pcms: list[FakePcm], monkeypatch: pytest.MonkeyPatch) -> AlsaOutput:
    """Open a device that takes 16 bits only."""
    monkeypatch.setattr(FakePcm, "takes", (alsaaudio.PCM_FORMAT_S16_LE,))
    return AlsaOutput("small")


def played(pcms: list[FakePcm]) -> np.ndarray:
    """Return what the device got, in its own steps."""
    return np.frombuffer(pcms[-1].taken, "<i2")[::2].astype(np.float64)


def test_16_bits_are_dithered(of_16_bits: AlsaOutput, pcms: list[FakePcm]) -> None:
    """A tone of less than one step is still that tone, under noise of the right strength and without harmonics."""
    frames = PERIOD * 200
    tone = 0.4 * np.sin(2 * np.pi * 1_000 * np.arange(frames) / 48_000)
    for block in (tone / 2**15).astype(np.float32).reshape(-1, PERIOD):
        of_16_bits.write(block)
    heard = played(pcms)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(frames))) / (frames / 4)
    at = 1_000 * frames // 48_000
    assert spectrum[at] == pytest.approx(0.4, rel=0.05)
    for harmonic in (2, 3, 5):
        assert spectrum[at * harmonic] < 0.02
    # TPDF and the rounding: 1/6 + 1/12 of a step's square.
    assert np.var(heard - tone) == pytest.approx(0.25, rel=0.05)


def test_silence_is_not_dithered(of_16_bits: AlsaOutput, pcms: list[FakePcm]) -> None:
    """Nothing is played as nothing, and full scale does not wrap."""
    of_16_bits.write(np.zeros(PERIOD, np.float32))
    assert not played(pcms).any()
    for level in (1.0, -1.0):
        of_16_bits.write(np.full(PERIOD, level, np.float32))
    heard = played(pcms)
    assert heard[PERIOD : 2 * PERIOD].min() > 32_760
    assert heard[2 * PERIOD :].max() < -32_760


def test_32_bits_are_left_alone(pcms: list[FakePcm]) -> None:
    """What fits is not touched."""
    AlsaOutput("large").write(BLOCK)
    assert pcms[-1].taken == as_stereo(BLOCK)


def test_a_device_that_is_not_there_is_told_once(capfd: pytest.CaptureFixture[str]) -> None:
    """By the error, and not in lines of alsa-lib's own, which come again with every try."""
    with pytest.raises(HardwareFault, match="cannot open the sound device no-such-device"):
        AlsaOutput("no-such-device")
    assert capfd.readouterr().err == ""
