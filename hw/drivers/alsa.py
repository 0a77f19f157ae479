"""Sound through ALSA: a speaker and a microphone, both mono at 48 kHz in float32.

The same code drives a HAT, a PC's own card and the simulated card. Every count that ALSA returns is looked at:
on an underrun or overrun pyalsaaudio does not raise, it returns -EPIPE and prepares the device anew.
"""

import contextlib
import errno
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

import alsaaudio
import numpy as np
import numpy.typing as npt

from common.errors import HardwareFault, NotSupported
from hw.drivers import alsa_messages
from hw.ports import SoundCard

alsa_messages.silence()

SAMPLE_RATE_HZ: Final = 48_000

Samples = npt.NDArray[np.float32]

# Where ALSA fails this often in a row, it is not for want of time.
_MOST_XRUNS_IN_A_ROW: Final = 10

_WINDOW_PERIODS: Final = 20


class _Dither:
    """Noise of a triangular distribution over two steps, so that rounding to few bits distorts nothing.

    It is drawn beforehand and read from another place each time: drawing takes longer than all else in a period.
    Digital silence stays silence.
    """

    _FRAMES: Final = 1 << 17
    _STRIDE: Final = 76_543

    def __init__(self, longest: int) -> None:
        draw = np.random.default_rng(8210).random((2, self._FRAMES + longest), dtype=np.float32)
        self._noise = draw[0] - draw[1]
        self._place = 0

    def add(self, scaled: Samples) -> None:
        """Add it to samples in steps of the device, in place."""
        if scaled.any():
            scaled += self._noise[self._place : self._place + len(scaled)]
            self._place = (self._place + self._STRIDE) % self._FRAMES


class _Shape:
    """A sample format and channel count, and how the engine's samples get into it and out of it."""

    def __init__(
        self, name: str, alsa_format: int, dtype: str, scale: float, channels: int
    ) -> None:
        self.name = f"{name} {'stereo' if channels == 2 else 'mono'}"
        self.alsa_format = alsa_format
        self.channels = channels
        self._dtype = np.dtype(dtype)
        self._dithered = self._dtype.itemsize <= 2
        self._scale = np.float32(scale)
        # The largest float32 that is not above the largest integer.
        self._highest = np.nextafter(self._scale, np.float32(0)) if scale > 2**24 else scale - 1

    def encoder(self, frames: int) -> Callable[[Samples], npt.NDArray[np.generic]]:
        """Return what packs up to `frames` samples, with buffers of its own."""
        scaled = np.zeros(frames, dtype=np.float32)
        packed = np.zeros((frames, self.channels), dtype=self._dtype)
        dither = _Dither(frames) if self._dithered else None

        def encode(block: Samples) -> npt.NDArray[np.generic]:
            part = scaled[: len(block)]
            np.multiply(block, self._scale, out=part)
            if dither is not None:
                dither.add(part)
            np.rint(part, out=part)
            np.clip(part, -self._scale, self._highest, out=part)
            packed[: len(block)] = part[:, None]
            return packed[: len(block)]

        return encode

    def decode(self, data: bytes) -> Samples:
        """Unpack; of two channels the mean."""
        whole = np.frombuffer(data, dtype=self._dtype).reshape(-1, self.channels)
        samples: Samples = (whole.mean(axis=1) / self._scale).astype(np.float32)
        return samples


_SHAPES: Final = tuple(
    _Shape(name, alsa_format, dtype, scale, channels)
    for channels in (2, 1)
    for name, alsa_format, dtype, scale in (
        ("S32_LE", alsaaudio.PCM_FORMAT_S32_LE, "<i4", 2.0**31),
        ("S16_LE", alsaaudio.PCM_FORMAT_S16_LE, "<i2", 2.0**15),
    )
)


class AlsaOutput:
    """A device opened for playing."""

    def __init__(
        self,
        device: str,
        period_frames: int = 480,
        periods: int = 3,
        attached: AbstractContextManager[None] | None = None,
    ) -> None:
        """Open the device in the first shape it takes; raises `HardwareFault` when it takes none."""
        with attached or contextlib.nullcontext():
            self._pcm, shape, self.description = _open(
                device, alsaaudio.PCM_PLAYBACK, period_frames, periods
            )
        self._device = device
        self._encode = shape.encoder(period_frames)

    def write(self, block: Samples) -> bool:
        """Play a block, waiting for room; returns whether the device had run dry before."""
        data = self._encode(block)
        xruns = 0
        while len(data):
            try:
                written = self._pcm.write(data)
            except alsaaudio.ALSAAudioError as error:
                raise HardwareFault(f"{self._device}: {error}") from error
            if written == -errno.EPIPE:
                # It runs empty and is prepared again: what it did not take starts it anew.
                xruns += 1
                if xruns > _MOST_XRUNS_IN_A_ROW:
                    raise HardwareFault(f"{self._device}: underruns without end")
            elif written < 0:
                raise HardwareFault(f"{self._device}: error {-written} when writing")
            else:
                data = data[written:]
        return xruns > 0

    def close(self) -> None:
        """Let the buffer play out and close."""
        _close(self._pcm, self._device)


class AlsaInput:
    """A device opened for recording."""

    def __init__(
        self,
        device: str,
        period_frames: int = 480,
        periods: int = 3,
        attached: AbstractContextManager[None] | None = None,
    ) -> None:
        """Open the device in the first shape it takes; raises `HardwareFault` when it takes none."""
        with attached or contextlib.nullcontext():
            self._pcm, self._shape, self.description = _open(
                device, alsaaudio.PCM_CAPTURE, period_frames, periods
            )
        self._device = device
        self._window_s = _WINDOW_PERIODS * period_frames / SAMPLE_RATE_HZ
        self._window_start_s = time.monotonic()
        self._window_periods = 0
        self.overruns = 0

    def read(self) -> Samples:
        """Return the next period, waiting for it; what an overrun lost is counted, not replaced."""
        self._check_pace()
        for _attempt in range(_MOST_XRUNS_IN_A_ROW):
            try:
                frames, data = self._pcm.read()
            except alsaaudio.ALSAAudioError as error:
                raise HardwareFault(f"{self._device}: {error}") from error
            if frames > 0:
                return self._shape.decode(data)
            if frames != -errno.EPIPE:
                raise HardwareFault(f"{self._device}: error {-frames} when reading")
            self.overruns += 1
        raise HardwareFault(f"{self._device}: overruns without end")

    def close(self) -> None:
        """Close."""
        _close(self._pcm, self._device)

    def _check_pace(self) -> None:
        """Refuse what comes faster than time passes: ALSA's plug-ins give noise when nothing is behind them."""
        self._window_periods += 1
        if self._window_periods <= _WINDOW_PERIODS:
            return
        now = time.monotonic()
        if now - self._window_start_s < self._window_s / 2:
            raise HardwareFault(f"{self._device}: what it records comes faster than time passes")
        self._window_start_s = now
        self._window_periods = 1


def open_output(card: SoundCard, period_frames: int = 480, periods: int = 3) -> AlsaOutput:
    """Open a board's speaker."""
    return AlsaOutput(card.playback, period_frames, periods, card.attached(card.playback))


def open_input(card: SoundCard, period_frames: int = 480, periods: int = 3) -> AlsaInput:
    """Open a board's microphone."""
    if card.capture is None:
        raise NotSupported("this board has no audio input")
    return AlsaInput(card.capture, period_frames, periods, card.attached(card.capture))


def _open(
    device: str, direction: int, period_frames: int, periods: int
) -> tuple[alsaaudio.PCM, _Shape, str]:
    refused = []
    for shape in _SHAPES:
        try:
            pcm = alsaaudio.PCM(
                direction,
                alsaaudio.PCM_NORMAL,
                device=device,
                rate=SAMPLE_RATE_HZ,
                channels=shape.channels,
                format=shape.alsa_format,
                periodsize=period_frames,
                periods=periods,
            )
        except alsaaudio.ALSAAudioError as error:
            refused.append(str(error))
            continue
        got = pcm.info()
        if (got["format"], got["channels"], got["rate"]) == (
            shape.alsa_format,
            shape.channels,
            SAMPLE_RATE_HZ,
        ):
            size = f"{got['period_size']} x {got['periods']}"
            return pcm, shape, f"{device}: {shape.name}, {SAMPLE_RATE_HZ} Hz, {size} frames"
        pcm.close()
        refused.append(f"offers {got['format_name']}, {got['channels']} channels, {got['rate']} Hz")
    raise HardwareFault(
        f"cannot open the sound device {device}: {'; '.join(dict.fromkeys(refused))}"
    )


def _close(pcm: alsaaudio.PCM, device: str) -> None:
    try:
        pcm.close()
    except alsaaudio.ALSAAudioError as error:
        raise HardwareFault(f"{device}: {error}") from error
