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
    assert np.array_equal(np.frombuffer(pcms[1].taken, dtype="<i2"), expected)


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
